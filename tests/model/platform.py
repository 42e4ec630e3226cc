"""A platform of the model, and the line to it: Sentinel's own pipeline up to the last step."""

# ruff: noqa: ARG002 - every platform keeps one signature, needed or not

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    FindResult,
    Found,
    NotSeen,
    Outcome,
    ProvenAbsent,
    Receipt,
    Refused,
    Rendered,
    Scope,
    StillThere,
    Throttled,
    Unclear,
    Withdrawn,
    WithdrawResult,
)
from sentinel.platforms import Account, Draft, Facts, Platform, Published
from sentinel.transport.driver import Transport
from sentinel.transport.http import Http
from sentinel.transport.renewals import Renewer
from sentinel.transport.trail import Trail
from sentinel.transport.way import Way
from sentinel.wire import Lost, Request, Response, Steps, ask
from tests.model.world import Kind, World, answered

Posted = Callable[[str, str], None]
"""Hears (account, text) of each post that begins or is handed over."""


class Square(Platform):
    """The one platform of the model; what an account of it is like, the world says."""

    name = "square"
    facts = Facts(
        operator="own",
        text_limit=500,
        unit="characters",
        abilities=frozenset({Ability.PUBLISH, Ability.PUBLIC}),
    )

    def length(self, text: str) -> int:
        return len(text)

    def render(self, draft: Draft, account: Account) -> Rendered:
        text = f"{draft.message.label}: {draft.message.content.headline} {draft.link}"
        return Rendered(text=text, key=draft.delivery_id, length=len(text), limit=500)

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        where, said = f"http://127.0.0.1/{account.setting('account')}", rendered.text
        yield from ask(Request(method="HEAD", url=where, params={"text": said}))
        body = {"text": said, "key": rendered.key}
        answer = yield from ask(Request(method="POST", url=where, json=body, commits=True))
        match answer.status:
            case 201:
                return Accepted(receipt=Receipt(post_id=answer.text))
            case 403:
                return Refused(Cause(answer.text))
            case 422:
                return Refused(Cause.CONTENT_REJECTED, Scope.CONTENT)
            case 429:
                until = datetime.fromisoformat(answer.text) if answer.body else None
                return Throttled(until=until, own_fault=until is not None)
            case 503:
                return Failed(Cause.PLATFORM_FAULT)
            case _:
                return Unclear(Cause.PLATFORM_FAULT)

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        where = f"http://127.0.0.1/{account.setting('account')}"
        params = {"text": rendered.text, "key": rendered.key}
        answer = yield from ask(Request(method="GET", url=where, params=params))
        match answer.status:
            case 200:
                return Found(Receipt(post_id=answer.text))
            case 410:
                return ProvenAbsent()
            case _:
                return NotSeen(repeatable=account.settings["kind"] == Kind.KEYED)

    def withdraw(self, account: Account, published: Published) -> Steps[WithdrawResult] | None:
        return self._withdraw(account, published)

    def _withdraw(self, account: Account, published: Published) -> Steps[WithdrawResult]:
        where = f"http://127.0.0.1/{account.setting('account')}"
        params = {"id": published.receipt.post_id}
        answer = yield from ask(Request(method="DELETE", url=where, params=params))
        return Withdrawn() if answer.status == 200 else StillThere(Cause.PLATFORM_FAULT)


class Wire(Http):
    """The last step: instead of into the network, requests go to the world."""

    def __init__(self, world: World, begins: Posted, hands_over: Posted) -> None:
        self._world = world
        self._begins = begins
        self._hands_over = hands_over
        self.cut = False  # the process is dead: nothing it does reaches anybody
        self.awake = asyncio.Event()  # unset while the process stands still
        self.awake.set()

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def send(self, request: Request, trail: Trail) -> Response | Lost:
        """Hand a request to the world, which may take its time."""
        account = request.url.rpartition("/")[2]
        if self.cut:
            return Lost(Cause.UNREACHABLE, "dead", sent=False)
        if request.method == "HEAD":
            self._begins(account, request.params["text"])
        if request.commits:
            self._hands_over(account, request.json["text"])
        trail.sent = True
        answer = await answered(self._world, account, request)
        if not request.commits:
            await self.awake.wait()
        return answer


class Line(Transport):
    """Sentinel's own transport with the model's last step."""

    def __init__(self, wire: Wire, renewer: Renewer) -> None:
        super().__init__(way=_way(), renewer=renewer, ledger=lambda *_: None)
        self._http = wire


class _Way(Way):
    """A way whose certificates are read once: the model asks for no other."""

    tls = cache(Way.tls)


@cache
def _way() -> Way:
    return _Way()
