"""A person takes an outage on: nobody is reminded of it any more, unless it grows worse."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from sentinel.domain.escalation import Escalation, acknowledged
from sentinel.errors import InputError, Phrase
from sentinel.service.board import Board
from sentinel.service.chains import nothing
from sentinel.service.troubles import scene_of, troubles_of
from sentinel.storage.actor import Actor
from sentinel.storage.outages import Outage
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

log = structlog.get_logger()

_TICK: Final = timedelta(seconds=1)  # links count in whole seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose a notification's link is, and when they were sent it."""

    contact: str
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """Who takes it on, when, and what they say."""

    by: Actor
    at: datetime
    comment: str | None
    holder: Holder | None  # None: it is no link by which they do
    seen: int | None  # the last journal entry that they had before them; None: all there is


async def acknowledge(
    storage: Storage,
    board: Board,
    *,
    outage_ids: Collection[str] = (),
    escalation_id: str | None = None,
    actor: Actor,
    comment: str = "",
    holder: Holder | None = None,
    seen: int | None = None,
) -> None:
    """Acknowledge outages, and with each all that staff were told of together with it.

    What somebody has acknowledged before stays theirs.

    With `escalation_id`, also what was last told in the same letters; with a
    `holder`, only what they were told of. With `seen`, only what journal entries
    up to that number have put into words: what came later calls again.

    Raises:
        InputError: 404: there is no such outage or escalation; 409: it is over.
        StorageError: It could not be written; nothing was acknowledged.
    """
    said = comment.strip() or None
    claim = _Claim(by=actor, at=board.now(), comment=said, holder=holder, seen=seen)
    work = partial(_acknowledge, board, frozenset(outage_ids), escalation_id, claim)
    count = await storage.carry_out(work)
    log.info("outage.acknowledged", outages=count)


async def _acknowledge(
    board: Board, ids: frozenset[str], escalation_id: str | None, claim: _Claim, unit: Unit
) -> int:
    outages = await unit.outages_with(ids)
    missing = ids - outages.keys()
    if missing:
        raise nothing(min(missing))
    climbs = {o.escalation_id for o in outages.values() if o.escalation_id and not o.closed_at}
    if escalation_id is not None:
        climbs |= await _of_letter(unit, escalation_id, claim.holder)
    loose = [o for o in outages.values() if o.escalation_id is None and o.closed_at is None]
    if not climbs and not loose:
        raise _over()
    taken, owned = await _take_loose(unit, loose, claim), False
    for name in sorted(climbs):
        climb = await unit.lock_escalation(name)
        if climb is None:
            raise nothing(name)
        owned |= climb.acknowledged_at is not None
        if climb.closed_at is None and climb.acknowledged_at is None:
            taken += await _take(unit, board, climb, claim)
    if not taken and not owned:
        raise _over()
    return taken


async def _of_letter(unit: Unit, escalation_id: str, holder: Holder | None) -> set[str]:
    """Return all that was told together with an escalation: a letter has but one link."""
    climb = await unit.escalation(escalation_id)
    if climb is None:
        raise nothing(escalation_id)
    if climb.closed_at is not None:
        raise _over()
    told = await unit.told_with(climb)
    return {one.id for one in (of_holder(told, climb, holder) if holder else told)}


def of_holder(told: Iterable[Escalation], own: Escalation, holder: Holder) -> list[Escalation]:
    """Return what of all that was told together a link is about: its own, and what they know."""
    return [
        one
        for one in told
        if one.id == own.id
        or (holder.contact in one.told and one.begun_at < holder.told_at + _TICK)
    ]


async def _take(unit: Unit, board: Board, climb: Escalation, claim: _Claim) -> int:
    """Take on all that one escalation is about."""
    outages = await unit.unsettled([climb.id])
    standing = [one for one in outages if one.closed_at is None and _in_sight(one, claim)]
    if not standing:
        return 0
    troubles = troubles_of(standing, await scene_of(unit, board))
    owned = acknowledged(climb, troubles, claim.by.id, claim.comment, claim.at)
    await unit.save_escalations([owned])
    known = [
        replace(outage, told_entry=outage.entry, told_at=outage.told_at or claim.at)
        for outage in standing
        if outage.entry is not None
    ]
    await unit.save_told(known)  # whoever takes it on knows of it
    await _own(unit, standing, claim, escalation=climb.id)
    return len(standing)


def _in_sight(outage: Outage, claim: _Claim) -> bool:
    return claim.seen is None or outage.entry is None or outage.entry <= claim.seen


async def _take_loose(unit: Unit, outages: list[Outage], claim: _Claim) -> int:
    """Take on what opened a moment ago, and nobody was told of yet."""
    if outages:
        await _own(unit, outages, claim, escalation=None)
    return len(outages)


async def _own(unit: Unit, outages: list[Outage], claim: _Claim, *, escalation: str | None) -> None:
    ids = [outage.id for outage in outages]
    await unit.own_outages(ids, claim.by.id, claim.at, claim.comment)
    unit.note(
        "outage.acknowledged",
        actor=claim.by,
        subject=ids[0],
        payload={
            "escalation": escalation,
            "outages": ids,
            "channels": sorted({o.channel for o in outages if o.channel}),
            "comment": claim.comment,
        },
    )


def _over() -> InputError:
    return InputError(Phrase(de="diese Störung ist vorbei", en="this outage is over"), status=409)
