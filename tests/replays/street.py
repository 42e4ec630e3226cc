"""The simulator's platforms without a network between: a request is answered where it is made.

So a whole day passes in seconds, and each platform still answers by the fact
sheets, word for word and header for header. What a plan allows in a day stands
beside it: X counts that apart from its quarters of an hour.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from urllib.parse import urlencode

from yarl import URL

from sentinel.domain.cause import Cause
from sentinel.simulator.desk import Desk, Silence
from sentinel.simulator.faces import Call, HttpFace, faces
from sentinel.simulator.faults import Board
from sentinel.simulator.world import World
from sentinel.transport.http import Http
from sentinel.transport.trail import Trail
from sentinel.wire import Lost, Request, Response

HOST = "http://127.0.0.1:9"
DAY = timedelta(hours=24)


@dataclass(slots=True)
class DailyCap:
    """So many posts in 24 hours from the first; then everybody is refused until they are over."""

    limit: int
    now: Callable[[], datetime]
    began: datetime | None = None
    used: int = 0
    refused: list[datetime] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether one more would be one too many."""
        self._turn()
        return self.used >= self.limit

    def refuse(self) -> Response:
        """Answer as X does: the quarter of an hour is fine, the day is over."""
        self.refused.append(self.now())
        body = {"title": "Too Many Requests", "detail": "Too Many Requests", "status": 429}
        return Response(status=429, headers=self.headers(), body=json.dumps(body).encode())

    def count(self) -> None:
        """Count a post that was taken."""
        self.used += 1

    def headers(self) -> dict[str, str]:
        """Return what X says of the day on every answer to a post."""
        assert self.began is not None
        ends = self.began + DAY
        return {
            "x-rate-limit-limit": "100",
            "x-rate-limit-remaining": "99",
            "x-rate-limit-reset": str(int((self.now() + timedelta(minutes=15)).timestamp())),
            "x-user-limit-24hour-limit": str(self.limit),
            "x-user-limit-24hour-remaining": str(self.limit - self.used),
            "x-user-limit-24hour-reset": str(int(ends.timestamp())),
        }

    def _turn(self) -> None:
        if self.began is None or self.now() >= self.began + DAY:
            self.began, self.used = self.now(), 0


class Street(Http):
    """The last step of Sentinel's own transport: to the simulator's desk instead of a socket."""

    def __init__(self, now: Callable[[], datetime], cap: DailyCap) -> None:
        self._now = now
        self._cap = cap
        self.world = World(1.0)  # windows as long as documented
        self._faces = {name: face for name, face in faces().items() if isinstance(face, HttpFace)}
        self.faults = Board(lambda: [face.target for face in self._faces.values()], now)
        self._desk = Desk(self.world, self.faults, now)

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def once(self, url: URL, request: Request, trail: Trail) -> Response | Lost:
        """Answer a request at once, as the platform would."""
        trail.sent = True
        _, platform, account, *rest = url.path.split("/")
        face, path = self._faces[platform], "/" + "/".join(rest)
        posts = platform == "x" and request.method == "POST" and path == "/2/tweets"
        if posts and self._cap.full:
            return self._cap.refuse()
        public = path == "/public" or path.startswith("/public/")
        call = Call(
            account=self.world.account(platform, account),
            method=request.method,
            path=path.removeprefix("/public") if public else path,
            public=public,
            query=tuple(url.query.items()),
            headers={"content-type": _kind(request), **_lower(request)},
            body=_body(request),
            at=self._now(),
            base=f"{HOST}/{platform}/{account}",
        )
        answer = self._desk.decide(face, call).answer
        if isinstance(answer, Silence):
            return Lost(Cause.UNREACHABLE, "cut", sent=True)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        if posts and answer.status == HTTPStatus.CREATED:
            self._cap.count()
            headers |= self._cap.headers()
        headers |= {"date": format_datetime(self._now(), usegmt=True)}
        return Response(status=answer.status, headers=headers, body=answer.body, url=str(url))


def _lower(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _kind(request: Request) -> str:
    return "application/json" if request.json is not None else "application/x-www-form-urlencoded"


def _body(request: Request) -> bytes:
    if request.json is not None:
        return json.dumps(request.json).encode()
    if request.form is not None:
        return urlencode(dict(request.form)).encode()
    return request.body or b""
