"""Gathers journal entries about outages into escalations: what broke for one reason is one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sentinel.domain.escalation import Escalation
from sentinel.service.board import Board
from sentinel.service.troubles import key_of
from sentinel.storage.journal import Entry
from sentinel.storage.outages import Outage
from sentinel.storage.view import Unit, View

_OF_OUTAGES: Final = frozenset({"outage.opened", "outage.changed", "outage.closed"})
_STRANDED: Final = "message.stranded"
_CARRIED: Final = "message.carried_again"
_SAID_OVER: Final = frozenset({_CARRIED, "message.expired"})
_OVER: Final = frozenset({"message.withdrawn", "message.superseded"})  # nobody waits for it now
_OF_STRANDINGS: Final = _SAID_OVER | _OVER | {_STRANDED}
_LOOK_ANEW: Final = frozenset({"rules.applied", "silence.begun", "silence.ended"})
_GRAVE: Final = frozenset({"extreme", "severe"})

BRIEF: Final = timedelta(seconds=5)
"""A message that was stranded no longer than this, and is carried again before anybody was told,
wakes nobody."""


class Gathering:
    """One batch of journal entries on its way into escalations, within one unit."""

    def __init__(self, unit: Unit, board: Board, at: datetime) -> None:
        self._unit = unit
        self._board = board
        self._at = at
        self._outages: dict[str, Outage] = {}  # by id
        self._strandings: dict[str, Outage] = {}  # by message
        self._changed: dict[str, Outage] = {}
        self._climbs: dict[str, Escalation] = {}  # those not over, by id
        self._by_key: dict[str, str] = {}
        self._made: dict[str, Escalation] = {}
        self._woken: set[str] = set()

    async def take(self, entries: Iterable[Entry]) -> list[Entry]:
        """Put entries into escalations; return those that belong to none."""
        batch = list(entries)
        ids = {entry.subject for entry in batch if entry.kind in _OF_OUTAGES}
        messages = {entry.subject for entry in batch if entry.kind in _OF_STRANDINGS}
        if ids or messages:
            await self._standing()
        self._outages = await self._unit.outages_with(ids)
        self._strandings = await self._unit.strandings(messages)
        rest = [entry for entry in batch if not self._taken(entry)]
        await self._write()
        if any(_of_all(entry) for entry in batch):
            await self._unit.wake_escalations(self._at)
        return rest

    async def _standing(self) -> None:
        """Read what is open: a new outage of the same operator and cause belongs to it."""
        self._climbs = {climb.id: climb for climb in await self._unit.lock_open_escalations()}
        self._by_key = {climb.key: climb.id for climb in self._climbs.values()}
        for outage in await self._unit.open_outages():
            if outage.escalation_id in self._climbs:  # its cause may have changed since
                self._by_key.setdefault(key_of(outage), str(outage.escalation_id))

    def _taken(self, entry: Entry) -> bool:
        """Put one entry where it belongs; False: it is not about an outage that we keep."""
        if entry.kind in _OF_OUTAGES:
            known = self._outages.get(entry.subject)
        elif entry.kind in _OF_STRANDINGS:
            known = self._strandings.get(entry.subject)
        else:
            return False
        if known is None:
            return False
        outage = self._changed.get(known.id, known)
        if entry.kind in {"outage.opened", _STRANDED}:
            return self._opened(outage, entry)
        return self._went_on(outage, entry)

    def _went_on(self, outage: Outage, entry: Entry) -> bool:
        """Take in that an outage changed or is over; False: the entry is told by itself."""
        if entry.kind == "outage.changed" and not (outage.escalation_id or outage.closed_at):
            return self._opened(outage, entry)  # it is from before there were escalations
        ours = outage.escalation_id in self._climbs
        if ours:
            self._woken.add(str(outage.escalation_id))
        if outage.end_told_at is not None and entry.kind in _SAID_OVER:
            return False  # it was given up before, and ends after all
        if outage.told_at is None and entry.kind in _SAID_OVER:
            return entry.kind == _CARRIED and entry.at - outage.opened_at <= BRIEF
        if not ours:
            return False  # the end of one from before there were escalations, or told long ago
        if entry.kind == "outage.changed":
            self._changed[outage.id] = replace(outage, entry=entry.number)
        elif entry.kind in _OVER:
            self._changed[outage.id] = replace(outage, end_told_at=outage.told_at and self._at)
            return False
        else:
            self._changed[outage.id] = replace(outage, end_entry=entry.number)
        return True

    def _opened(self, outage: Outage, entry: Entry) -> bool:
        outage = replace(outage, entry=entry.number, end_entry=None)
        if outage.end_told_at is not None or outage.escalation_id not in self._climbs:
            outage = replace(
                outage, told_entry=None, told_at=None, end_told_at=None, escalation_id=None
            )
        if outage.escalation_id is None:
            climb = self._climb_of(outage, entry.at)
            outage = replace(outage, escalation_id=climb.id)
            if outage.acknowledged_at is not None:  # by somebody who was quicker than we
                outage = replace(outage, told_entry=entry.number, told_at=outage.acknowledged_at)
        self._woken.add(str(outage.escalation_id))
        self._changed[outage.id] = outage
        return True

    def _climb_of(self, outage: Outage, at: datetime) -> Escalation:
        """Return the open escalation that an outage belongs to, or a new one."""
        key = key_of(outage)
        known = self._by_key.get(key)
        if known is not None:
            return self._climbs[known]
        climb = Escalation(
            id=self._board.new_id(),
            key=key,
            opened_at=at,
            begun_at=at,
            climbs_from=at,
            due_at=self._at,
            acknowledged_at=outage.acknowledged_at,
            acknowledged_by=outage.acknowledged_by,
            comment=outage.comment,
        )
        self._climbs[climb.id] = self._made[climb.id] = climb
        self._by_key[key] = climb.id
        return climb

    async def _write(self) -> None:
        for climb in self._made.values():
            await self._unit.open_escalation(climb)
        await self._unit.save_told(self._changed.values())
        await self._unit.wake_escalations(self._at, self._woken - self._made.keys())


def _of_all(entry: Entry) -> bool:
    """Return whether an entry may change how grave any outage is, or whether it is silent."""
    if entry.kind == "message.received":
        return (entry.payload or {}).get("severity") in _GRAVE
    return entry.kind in _LOOK_ANEW


async def outages_of(view: View, entries: Iterable[Entry]) -> frozenset[int]:
    """Return the numbers of the entries that go into an escalation, as far as can be seen."""
    batch = list(entries)
    ids = {entry.subject for entry in batch if entry.kind in _OF_OUTAGES}
    messages = {entry.subject for entry in batch if entry.kind in _OF_STRANDINGS}
    known = {*await view.outages_with(ids), *await view.strandings(messages)}
    told = _OF_OUTAGES | _OF_STRANDINGS
    return frozenset(e.number for e in batch if e.kind in told and e.subject in known)
