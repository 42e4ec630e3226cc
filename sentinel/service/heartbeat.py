"""The dead man's switch: a sign of life to somebody elsewhere, who calls when it stops.

It is given only while the daemon really works, which includes a real write just
before each sign. Whoever hangs, hangs silently; so nothing here says "I am
broken" to the receiver. Not calling is the message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Literal, TypeAlias

import structlog

from probes import Tools
from sentinel.domain.beat import Ail
from sentinel.domain.rules import Heartbeat
from sentinel.errors import SecretError
from sentinel.platforms import Account
from sentinel.rules.secrets import resolve_secret
from sentinel.service.accounts import Hide
from sentinel.service.board import Board
from sentinel.service.vitals import Vitals
from sentinel.storage.storage import Storage
from sentinel.wire import Lost, Request, ask

log = structlog.get_logger()

LOOK_S = 1.0
"""How often new rules are looked for."""

WRITE_WITHIN_S = 10.0
_TAKEN = range(200, 300)
_NOBODY = Account(channel="", base_url="", public_url="")

Result: TypeAlias = Literal["sent", "unheard", "withheld"]


class Beats:
    """Calls the receiver that the rules name, again and again."""

    def __init__(
        self,
        *,
        storage: Storage,
        board: Board,
        vitals: Vitals,
        tools: Tools,
        hide: Hide,
        elapsed: Callable[[], float],
    ) -> None:
        self._storage = storage
        self._board = board
        self._vitals = vitals
        self._tools = tools
        self._hide = hide
        self._elapsed = elapsed
        self._said: tuple[str, tuple[str, ...]] | None = None  # what the log said last
        self.results: dict[Result, int] = {}

    async def run_until(self, stop: asyncio.Event) -> None:
        """Call at the pace that the rules say until `stop` is set; a call under way is cut off."""
        async with asyncio.TaskGroup() as group:
            beating = group.create_task(self._beating())
            await stop.wait()
            beating.cancel()

    async def _beating(self) -> None:
        while True:
            began, heartbeat = self._elapsed(), self._board.rules.staff.heartbeat
            if heartbeat is None:
                await asyncio.sleep(LOOK_S)
                continue
            await self._try(heartbeat)
            next_at = began + heartbeat.every.total_seconds()
            while (left := next_at - self._elapsed()) > 0:
                await asyncio.sleep(min(left, LOOK_S))
                if self._board.rules.staff.heartbeat != heartbeat:
                    break

    async def _try(self, heartbeat: Heartbeat) -> None:
        """Beat. A sign that is not given is all that a fault of ours in it may come to."""
        try:
            await self.beat(heartbeat)
        except Exception as error:  # noqa: BLE001 - the loop goes on, and says what it was
            self._say("heartbeat.crashed", (type(error).__name__,))

    async def beat(self, heartbeat: Heartbeat) -> Result:
        """Give one sign of life, if there is life; say what became of it."""
        writes = await self._writes(heartbeat.every)
        ailing = self._vitals.ails(heartbeat.every, writes=writes)
        result = self._withhold(ailing) if ailing else await self._call(heartbeat)
        self.results[result] = self.results.get(result, 0) + 1
        return result

    async def _writes(self, every: timedelta) -> bool:
        """Return whether a real write reaches the disk now, and there is room for more."""
        try:
            async with asyncio.timeout(min(every.total_seconds(), WRITE_WITHIN_S)):
                return await self._storage.writable() and await self._storage.has_room()
        except TimeoutError:
            return False

    def _withhold(self, ailing: tuple[Ail, ...]) -> Result:
        self._say("heartbeat.withheld", tuple(ailing))
        return "withheld"

    async def _call(self, heartbeat: Heartbeat) -> Result:
        try:
            url = resolve_secret(heartbeat.url, self._board.env)
        except SecretError as error:
            self._say("heartbeat.unheard", (error.phrase.en,))
            return "unheard"
        self._hide([url])  # whoever knows it can make a dead sentinel look alive
        request = Request(method=heartbeat.method, url=url, anonymous=heartbeat.method == "GET")
        try:
            answer = await self._tools.converse(ask(request), _NOBODY)
        except Lost as lost:
            self._say("heartbeat.unheard", (lost.evidence,))
            return "unheard"
        except Exception as error:  # noqa: BLE001 - no address may end the daemon; it is logged
            # Only its kind: what it says may hold the address, which is secret.
            self._say("heartbeat.crashed", (type(error).__name__,))
            return "unheard"
        if answer.status not in _TAKEN:
            self._say("heartbeat.unheard", (f"HTTP {answer.status}",))
            return "unheard"
        self._say("heartbeat.sent", ())
        return "sent"

    def _say(self, event: str, why: tuple[str, ...]) -> None:
        """Say it once, and again when it is something else."""
        if self._said == (event, why):
            return
        before, self._said = self._said, (event, why)
        match event:
            case "heartbeat.withheld":
                log.error("heartbeat.withheld", why=list(why))
            case "heartbeat.crashed":
                log.error("heartbeat.crashed", error=why[0])
            case "heartbeat.unheard":
                log.warning("heartbeat.unheard", evidence=why[0])
            case _:
                log.info("heartbeat.sent", again=before is not None)
