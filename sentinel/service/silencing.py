"""Silences and maintenance by a person's hand: planned with a reason and an end, and ended early.

Their begin and end by time are the notifier's business, and so is announcing them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog

from sentinel.domain.silence import Silence, SilenceKind, subject_of
from sentinel.errors import InputError, Phrase
from sentinel.service.board import Board
from sentinel.service.shapes import stamp
from sentinel.storage.actor import Actor
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

log = structlog.get_logger()

LONGEST: Final = timedelta(days=31)
"""Of one silence: nobody remembers a longer one, and it would hide a real loss."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person asks for. Neither `channel` nor `operator`: all. No `starts_at`: now."""

    kind: SilenceKind = "silence"
    channel: str | None = None
    operator: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime
    reason: str


async def plan_silence(storage: Storage, board: Board, wanted: Wanted, actor: Actor) -> Silence:
    """Keep a silence, and return it.

    Raises:
        InputError: 422: no reason, no such channel or operator, or times that cannot be.
        StorageError: It could not be written; nothing was kept.
    """
    at = board.now()
    _check(board, wanted, at)
    silence = Silence(
        id=board.new_id(),
        kind=wanted.kind,
        channel=wanted.channel,
        operator=wanted.operator,
        starts_at=wanted.starts_at or at,
        ends_at=wanted.ends_at,
        reason=wanted.reason.strip(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        created_at=at,
    )
    await storage.carry_out(partial(_plan, silence, actor, at))
    log.warning("silence.planned", silence=silence.id, kind=silence.kind)
    return silence


async def end_silence(storage: Storage, board: Board, silence_id: str, actor: Actor) -> Silence:
    """End a silence before its time; one that is over stays as it is. Returns it as it is then.

    Raises:
        InputError: 404: there is no such silence.
        StorageError: It could not be written; it goes on.
    """
    at = board.now()
    silence = await storage.carry_out(partial(_end, silence_id, actor, at))
    log.warning("silence.ended", silence=silence.id, kind=silence.kind)
    return silence


async def _plan(silence: Silence, actor: Actor, at: datetime, unit: Unit) -> None:
    await unit.add_silence(silence)
    unit.note("silence.planned", actor=actor, subject=silence.id, payload=payload_of(silence))
    await unit.wake_escalations(at)


async def _end(silence_id: str, actor: Actor, at: datetime, unit: Unit) -> Silence:
    known = await unit.silence(silence_id)
    if known is None:
        raise InputError(
            Phrase(de=f"Es gibt kein {silence_id!r}", en=f"there is no {silence_id!r}"), status=404
        )
    if not await unit.end_silence(silence_id, at):
        return known
    payload = {**payload_of(known), "early": True, "begun": known.begun_at is not None}
    unit.note("silence.ended", actor=actor, subject=silence_id, payload=payload)
    await unit.wake_escalations(at)  # what is still open alarms now
    return replace(known, ended_at=at)


def payload_of(silence: Silence) -> Mapping[str, Any]:
    """Return what the journal keeps of a silence."""
    return {
        **subject_of(silence),
        "kind": silence.kind,
        "reason": silence.reason,
        "starts_at": stamp(silence.starts_at),
        "ends_at": stamp(silence.ends_at),
    }


def _check(board: Board, wanted: Wanted, at: datetime) -> None:
    channels = board.rules.channels
    if not wanted.reason.strip():
        raise _wrong("reason", de="Bitte einen Grund angeben", en="please give a reason")
    if wanted.channel is not None and wanted.operator is not None:
        raise _wrong(
            "operator",
            de="entweder ein Kanal oder ein Betreiber, nicht beides",
            en="either a channel or an operator, not both",
        )
    if wanted.channel is not None and wanted.channel not in channels:
        name = wanted.channel
        raise _wrong("channel", de=f"es gibt keinen Kanal {name!r}", en=f"no channel {name!r}")
    operators = sorted({channel.operator for channel in channels.values()})
    if wanted.operator is not None and wanted.operator not in operators:
        known = ", ".join(operators)
        raise _wrong(
            "operator",
            de=f"kein Kanal hat den Betreiber {wanted.operator!r}; bekannt: {known}",
            en=f"no channel has the operator {wanted.operator!r}; known: {known}",
        )
    _check_times(wanted.starts_at or at, wanted.ends_at, at)


def _check_times(starts_at: datetime, ends_at: datetime, at: datetime) -> None:
    if ends_at <= at:
        raise _wrong("ends_at", de="liegt in der Vergangenheit", en="is in the past")
    if ends_at <= starts_at:
        raise _wrong("ends_at", de="liegt vor dem Beginn", en="is before the begin")
    if ends_at - starts_at > LONGEST:
        days = LONGEST.days
        raise _wrong("ends_at", de=f"höchstens {days} Tage am Stück", en=f"at most {days} days")


def _wrong(field: str, *, de: str, en: str) -> InputError:
    return InputError(Phrase(de=f"{field}: {de}", en=f"{field}: {en}"), field=field)
