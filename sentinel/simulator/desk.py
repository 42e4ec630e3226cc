"""The desk: every request to a face passes here, and meets the faults on the board.

`decide` is one step without a wait, so two requests at once never mix; only
then is anything delayed, held or cut. A request that is answered late or not at
all has therefore been acted on, as on a real server that is slow to say so.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from enum import Enum, auto

from aiohttp import web

from sentinel.simulator.faces import Answer, Call, HttpFace, Route, Said, page
from sentinel.simulator.faults import Board, Fault
from sentinel.simulator.kinds import Kind, Role
from sentinel.simulator.world import Arrival, Window, World


class Silence(Enum):
    """Ways of not answering."""

    CUT = auto()  # the connection is reset
    HELD = auto()  # the connection stays open, and nothing comes


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What comes of a request: an answer or a silence, and how long it takes."""

    answer: Answer | Silence
    after_s: float = 0.0


# In this order: what says more about the account outranks what says less.
_WORDED_BY_THE_FACE = (
    Kind.CREDENTIAL_GLITCH,
    Kind.CREDENTIAL_REVOKED,
    Kind.ACCOUNT_LOCKED,
    Kind.PAYMENT_REQUIRED,
    Kind.PLAN_REFUSED,
    Kind.LOGIN_WALL,
    Kind.INTERSTITIAL,
)


class Desk:
    """Takes requests to one simulator's HTTP faces."""

    def __init__(self, world: World, board: Board, now: Callable[[], datetime]) -> None:
        self._world = world
        self._board = board
        self._now = now
        self.closing = asyncio.Event()  # set: held requests are let go

    async def serve(
        self, request: web.Request, face: HttpFace, account: str, path: str
    ) -> web.StreamResponse:
        """Answer a request to `account` of `face`, or do not."""
        call = await self._call(request, face, account, path)
        decision = self.decide(face, call)
        await asyncio.sleep(decision.after_s)
        match decision.answer:
            case Silence.HELD:
                await self.closing.wait()
                cut(request.transport)
                return web.Response()
            case Silence.CUT:
                cut(request.transport)
                return web.Response()
            case Answer() as answer:
                return self._response(answer)

    def decide(self, face: HttpFace, call: Call) -> Decision:
        """Return what comes of `call`, and do it."""
        route, call = _routed(face, call)
        role = Role.HEALTH if route is None else face.role(route, call)
        call = replace(
            call,
            faults=self._board.draw(face.target, call.account.name, face.hitting(role)),
            in_force=self._board.in_force(face.target, call.account.name),
        )
        said = face.said(call) if role is Role.PUBLISH else Said("")
        known = len(call.account.posts)
        answer = self._outcome(face, route, role, call)
        if role is Role.PUBLISH:
            self._note(call, said, answer, new=len(call.account.posts) > known)
        slow = call.faults.get(Kind.SLOW)
        return Decision(answer=answer, after_s=slow.seconds.total_seconds() if slow else 0.0)

    def _outcome(
        self, face: HttpFace, route: Route | None, role: Role, call: Call
    ) -> Answer | Silence:
        if (broken := _broken(face, call)) is not None:
            return broken
        if route is None:
            return face.unknown(call)
        if route.login and not call.public and (refusal := face.login(call)) is not None:
            return refusal
        window = face.count(call, route, role)
        extra = dict(face.dress(call))
        answer = _worded(face, call) or _limited(face, call, window) or route.handler(call)
        if window is not None:
            extra |= face.rate_headers(_shown(call, window))
        match _afterwards(face, call, answer):
            case Answer() as final:
                return replace(final, headers=extra | dict(final.headers))
            case silence:
                return silence

    def _note(self, call: Call, said: Said, answer: Answer | Silence, *, new: bool) -> None:
        posts = call.account.posts
        post = (
            posts[-1] if new else next((p for p in posts if said.key and p.key == said.key), None)
        )
        if post is not None and not new:
            post.arrivals += 1
        self._world.arrivals.append(
            Arrival(
                platform=call.account.platform,
                account=call.account.name,
                at=call.at,
                text=said.text,
                key=said.key,
                status=answer.status if isinstance(answer, Answer) else None,
                id=None if post is None else post.id,
            )
        )

    async def _call(self, request: web.Request, face: HttpFace, account: str, path: str) -> Call:
        public = path == "/public" or path.startswith("/public/")
        return Call(
            account=self._world.account(face.name, account),
            method=request.method,
            path=path.removeprefix("/public") if public else path,
            public=public,
            query=tuple(request.query.items()),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
            at=self._now(),
            base=f"{request.scheme}://{request.host}/{face.name}/{account}",
        )

    def _response(self, answer: Answer) -> web.Response:
        headers = {"Date": format_datetime(self._now(), usegmt=True), "Server": "simulator"}
        headers |= dict(answer.headers)
        if answer.status != web.HTTPNoContent.status_code:
            headers["Content-Type"] = answer.media_type
        return web.Response(status=answer.status, body=answer.body, headers=headers)


def cut(transport: asyncio.BaseTransport | None) -> None:
    """Reset a connection, so that the other end reads an error and not an orderly end."""
    if not isinstance(transport, asyncio.Transport):
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _routed(face: HttpFace, call: Call) -> tuple[Route | None, Call]:
    for route in face.known:
        part = route.match(call.method, call.path)
        if part is not None and (route.public or not call.public):
            return route, replace(call, part=part)
    return None, call


def _broken(face: HttpFace, call: Call) -> Answer | Silence | None:
    """Play the faults that meet a request before the platform's own software does."""
    faults: Mapping[Kind, Fault] = call.faults
    if Kind.REFUSE_CONNECTION in faults or Kind.UPLINK_LOST in faults:
        return Silence.CUT
    if Kind.BLACK_HOLE in faults or Kind.SWALLOWED in faults:
        return Silence.HELD
    if edge := faults.get(Kind.EDGE_PAGE):
        ray = f"{call.account.serial():016x}-FRA"
        return page(
            "<title>Attention Required!</title></head><body><h1>Sorry, you have been blocked</h1>",
            int(edge.option("status")),
            Server="cloudflare",
            CF_RAY=ray,
        )
    if error := faults.get(Kind.HTML_ERROR):
        return page(
            "<title>Error</title></head><body><h1>Sorry, something went wrong.</h1>",
            int(error.option("status")),
        )
    if Kind.SERVER_ERROR in faults or Kind.FLAPPING in faults:
        return face.refuse(Kind.SERVER_ERROR, call)
    return None


def _worded(face: HttpFace, call: Call) -> Answer | None:
    refusals = (face.refuse(kind, call) for kind in _WORDED_BY_THE_FACE if kind in call.faults)
    return next((refusal for refusal in refusals if refusal is not None), None)


def _limited(face: HttpFace, call: Call, window: Window | None) -> Answer | None:
    if window is None:
        return None
    forced = {Kind.RATE_LIMITED, Kind.READ_LIMITED, Kind.RATE_LIMITED_LOW_USE} & set(call.faults)
    return face.limited(call, _shown(call, window)) if forced or window.over else None


def _shown(call: Call, window: Window) -> Window:
    """Return the limit as a fault makes it look."""
    for kind in (Kind.RATE_LIMITED, Kind.READ_LIMITED):
        if fault := call.faults.get(kind):
            return replace(window, remaining=0, resets_at=fault.resets_at(call.at))
    if low := call.faults.get(Kind.RATE_LIMITED_LOW_USE):
        left = window.limit * 97 // 100
        return replace(window, remaining=left, resets_at=low.resets_at(call.at))
    return window


def _afterwards(face: HttpFace, call: Call, answer: Answer) -> Answer | Silence:
    """Play the faults that hide from the sender that its post was taken."""
    if answer.status >= web.HTTPMultipleChoices.status_code:
        return answer
    if Kind.ACCEPTED_THEN_TIMEOUT in call.faults:
        return Silence.HELD
    for kind, words in (
        (Kind.ACCEPTED_THEN_ERROR, Kind.SERVER_ERROR),
        (Kind.DUPLICATE_REFUSED, Kind.DUPLICATE_REFUSED),
    ):
        if kind in call.faults:
            return face.refuse(words, call) or answer
    return answer
