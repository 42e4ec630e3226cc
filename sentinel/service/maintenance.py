"""Follows silences and maintenance: journals their begin and end, and keeps what the rules state.

What the rules state becomes a row of its own, made once: its id is made of what
it says, so that a restart, or another node, finds it there. What the rules
give up before its time is over, and may state again: then it comes back. What
a person ended early does not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from sentinel.domain.quiet import Maintenance
from sentinel.domain.rules import Rules
from sentinel.domain.silence import Silence
from sentinel.service.board import Board
from sentinel.service.outages import DAEMON
from sentinel.service.silencing import payload_of
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit, View

log = structlog.get_logger()

ANNOUNCE: Final = timedelta(days=7)
"""How long before it begins maintenance of the rules is announced; earlier, nobody remembers it."""


class Maintaining:
    """Turns times of the rules into silences, and time into their begins and ends."""

    def __init__(self, storage: Storage, board: Board) -> None:
        self._storage = storage
        self._board = board

    async def look(self) -> int:
        """Journal what begins and ends now; return how much that is.

        Raises:
            StorageError: What changed is not written; the next look tries again.
        """
        at = self._board.now()
        async with self._storage.read() as view:
            standing = await view.standing_silences()
            missing = await _missing(view, self._board.rules, at)
        wanted = {_id(one) for one in self._board.rules.staff.maintenance}
        given_up = [
            s for s in standing if s.actor_id == RULES and s.id not in wanted and at < s.ends_at
        ]
        turning = [s for s in standing if _turns(s, at) and s not in given_up]
        if not (turning or missing or given_up):
            return 0
        async with self._storage.write() as unit:
            for silence in missing:
                await _keep(unit, silence)
                facts = payload_of(silence)
                unit.note("silence.planned", actor=DAEMON, subject=silence.id, payload=facts)
            for silence in turning:
                await _turn(unit, silence, at)
            for silence in given_up:
                await _give_up(unit, silence, at)
        return len(turning) + len(missing) + len(given_up)


RULES: Final = "rules"
"""The actor of what the rules state."""


def _turns(silence: Silence, at: datetime) -> bool:
    return silence.ends_at <= at or (silence.begun_at is None and silence.starts_at <= at)


async def _turn(unit: Unit, silence: Silence, at: datetime) -> None:
    if silence.ends_at <= at:
        await _end(unit, silence, at)
    elif await unit.begin_silence(silence.id, at):
        facts = payload_of(silence)
        unit.note("silence.begun", actor=DAEMON, subject=silence.id, payload=facts)


async def _end(unit: Unit, silence: Silence, at: datetime) -> None:
    if await unit.end_silence(silence.id, at):
        await _say_ended(unit, silence, at)


async def _give_up(unit: Unit, silence: Silence, at: datetime) -> None:
    """End what the rules state no more. What has not begun leaves nothing but its entries."""
    if await unit.drop_silence(silence.id):
        await _say_ended(unit, silence, at)
    elif await unit.end_silence(silence.id, at):
        # Its planned end is over too: so it differs from what a person ended early.
        await unit.save_silence(replace(silence, ends_at=at, ended_at=at))
        await _say_ended(unit, silence, at)


async def _say_ended(unit: Unit, silence: Silence, at: datetime) -> None:
    begun = silence.begun_at is not None
    facts = {**payload_of(silence), "early": at < silence.ends_at, "begun": begun}
    unit.note("silence.ended", actor=DAEMON, subject=silence.id, payload=facts)
    await unit.wake_escalations(at)  # what is still open alarms now


async def _keep(unit: Unit, silence: Silence) -> None:
    """Write what the rules state; what they had given up stands again, as if it were new."""
    if await unit.silence(silence.id) is None:
        await unit.add_silence(silence)
    else:
        await unit.save_silence(silence)


async def _missing(view: View, rules: Rules, at: datetime) -> list[Silence]:
    """Return what the rules state, comes soon or is in force, and is not kept or was given up."""
    soon = [one for one in rules.staff.maintenance if one.starts_at - ANNOUNCE <= at < one.ends_at]
    found = [(one, await view.silence(one.id)) for one in _made(soon, at)]
    return [one for one, known in found if known is None or _was_given_up(known, one)]


def _was_given_up(known: Silence, stated: Silence) -> bool:
    return known.ended_at is not None and known.ends_at < stated.ends_at


def _made(stated: Iterable[Maintenance], at: datetime) -> Iterable[Silence]:
    for one in stated:
        yield Silence(
            id=_id(one),
            kind="maintenance",
            channels=one.channels,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            reason=one.reason,
            actor_kind="daemon",
            actor_id=RULES,
            created_at=at,
        )


def _id(one: Maintenance) -> str:
    """Return the same id for the same words."""
    times = (one.starts_at.timestamp(), one.ends_at.timestamp())
    said = repr((sorted(one.channels), *times, one.reason))
    return f"rules-{hashlib.sha256(said.encode()).hexdigest()[:32]}"
