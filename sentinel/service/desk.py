"""What people do by hand: hold, resume, freeze, release, reload; journalled, with who and why."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog

from sentinel.domain.health import released
from sentinel.domain.rules import Freeze
from sentinel.errors import InputError, Phrase
from sentinel.failpoints import reach
from sentinel.service.board import Board, Hold
from sentinel.service.verdicts import Verdicts
from sentinel.storage.actor import Actor
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

log = structlog.get_logger()

HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Desk:
    """The hands of the crisis team on the daemon.

    One switches after the other: what is in force is then what was written last.
    """

    storage: Storage
    board: Board
    verdicts: Verdicts
    reconsider: Callable[[], None]  # who switches need not wait until all follows from it
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def load(self) -> None:
        """Take up the holds and freezes of before a restart."""
        async with self.storage.read() as view:
            kept = await view.flag(HOLD)
            self.board.freezes = dict(await view.freezes())
        if kept:
            since = datetime.fromisoformat(kept["since"])
            self.board.hold = Hold(reason=kept["reason"], by=kept["by"], since=since)
            self.board.hold_kept = self.board.hold

    async def hold(self, reason: str, actor: Actor) -> Hold:
        """Stop all publishing at once, until `resume`."""
        _needs_reason(reason)
        hold = Hold(reason=reason, by=actor.id, since=self.board.now())
        self.board.hold = hold  # at once: it must not wait for a disk that refuses
        async with self._turn:
            await self.storage.carry_out(partial(_keep_hold, hold, actor))
            reach("desk.held")
            self.board.hold = hold  # again: somebody may have resumed while we waited
            self.board.hold_kept = hold
        log.warning("publishing.held")
        self.reconsider()
        return hold

    async def resume(self, actor: Actor) -> None:
        """Let publishing go on; a hold that comes meanwhile stays in force."""
        known = self.board.hold
        async with self._turn:
            await self.storage.carry_out(partial(_end_hold, actor))
            reach("desk.resumed")
            if self.board.hold == known:
                self.board.hold = None
        log.warning("publishing.resumed")
        self.reconsider()

    async def freeze(
        self, channel: str, reason: str, until: datetime | None, actor: Actor
    ) -> Freeze:
        """Take a channel out of service, with a reason and an optional end."""
        self._known(channel)
        _needs_reason(reason)
        if until is not None and until <= self.board.now():
            raise InputError(
                Phrase(de="until liegt in der Vergangenheit", en="until is in the past"),
                field="until",
            )
        freeze = Freeze(channel=channel, reason=reason, by=actor.id, until=until)
        async with self._turn:
            await self.storage.carry_out(partial(_keep_freeze, freeze, actor))
            reach("desk.frozen")
            self.board.freezes[channel] = freeze
        log.warning("channel.frozen", channel=channel)
        self.reconsider()
        return freeze

    async def release(self, channel: str, actor: Actor) -> None:
        """Put a channel back, and clear what only a person may clear."""
        self._known(channel)
        async with self._turn:
            await self.storage.carry_out(partial(_end_freeze, channel, actor))
            reach("desk.released")
            self.board.freezes.pop(channel, None)
        log.warning("channel.released", channel=channel)
        health = released(self.board.health(channel), None, self.board.now())
        await self.verdicts.put(channel, health)
        self.reconsider()

    def _known(self, channel: str) -> None:
        if channel not in self.board.rules.channels:
            raise InputError(
                Phrase(
                    de=f"Es gibt keinen Kanal {channel!r}", en=f"there is no channel {channel!r}"
                ),
                field="channel",
                status=404,
            )


async def _keep_hold(hold: Hold, actor: Actor, unit: Unit) -> None:
    since = hold.since.isoformat()
    await unit.set_flag(HOLD, {"reason": hold.reason, "by": hold.by, "since": since})
    payload = {"reason": hold.reason}
    unit.note("publishing.held", actor=actor, subject="publishing", payload=payload)
    reach("desk.hold_before_commit")


async def _end_hold(actor: Actor, unit: Unit) -> None:
    await unit.set_flag(HOLD, None)
    payload = {"by": f"{actor.kind} {actor.id}"}
    unit.note("publishing.resumed", actor=actor, subject="publishing", payload=payload)
    reach("desk.resume_before_commit")


async def _keep_freeze(freeze: Freeze, actor: Actor, unit: Unit) -> None:
    await unit.add_freeze(freeze)
    until = freeze.until.isoformat() if freeze.until else None
    payload = {"reason": freeze.reason, "until": until}
    unit.note("channel.frozen", actor=actor, subject=freeze.channel, payload=payload)
    reach("desk.freeze_before_commit")


async def _end_freeze(channel: str, actor: Actor, unit: Unit) -> None:
    await unit.remove_freeze(channel)
    unit.note("channel.released", actor=actor, subject=channel, payload={})
    reach("desk.release_before_commit")


def _needs_reason(reason: str) -> None:
    if not reason.strip():
        raise InputError(
            Phrase(de="Bitte einen Grund angeben (reason)", en="please give a reason (reason)"),
            field="reason",
        )
