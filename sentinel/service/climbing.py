"""Climbs: what is due of open escalations, told to whom it is for, in one transaction.

The plan is made in a look and written in a unit, which takes it only if nobody
moved an escalation in between: an acknowledgement always comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import structlog

from sentinel.domain.climb import step
from sentinel.domain.escalation import Escalation, Step, Telling, Word
from sentinel.domain.leads import Lead
from sentinel.domain.letter import Link
from sentinel.domain.quiet import quiet_until
from sentinel.domain.rules import Contact
from sentinel.service.board import Board
from sentinel.service.compose import Told
from sentinel.service.outages import DAEMON
from sentinel.service.signed import acknowledge_url
from sentinel.service.telling import Teller
from sentinel.service.troubles import Scene, ladder_of, scene_of, troubles_of
from sentinel.storage.notifications import Notification
from sentinel.storage.outages import Outage
from sentinel.storage.view import Unit, View

log = structlog.get_logger()

AT_ONCE: Final = 1_000
"""Escalations in one look; the rest comes with the next, a moment later."""

Note = Callable[[Unit], None]
"""Journals one thing."""

Called = Callable[[int], Sequence[str]]
"""Returns the names of the contacts whom a level of the rules calls now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be written: all of it, or nothing if an escalation is no longer as it was."""

    before: Mapping[str, Escalation]
    steps: tuple[Step, ...]
    outages: tuple[Outage, ...]  # as staff know of them afterwards
    disowned: tuple[str, ...]  # ids of outages that nobody owns any more
    notifications: tuple[Notification, ...]
    notes: tuple[Note, ...]


@dataclass(slots=True)
class _Letter:
    """What one contact is told in one look."""

    news: list[Told] = field(default_factory=list)
    leads: list[tuple[int, Lead | None]] = field(default_factory=list)  # with their weight
    escalations: list[Escalation] = field(default_factory=list)
    level: int = 0
    grave: bool = False  # goes first
    pierces: bool = False  # whatever the hour


async def plan(view: View, board: Board, teller: Teller, called: Called) -> Plan | None:
    """Return what is due now, worked out; None: nothing is."""
    due = await view.escalations_due(board.now(), AT_ONCE)
    if not due:
        return None
    groups: dict[str, list[Outage]] = {climb.id: [] for climb in due}
    for outage in await view.unsettled(list(groups)):
        groups[str(outage.escalation_id)].append(outage)
    scene = await scene_of(view, board)
    return await _Planning(view, board, teller, called, scene).of(due, groups)


async def carry_out(unit: Unit, made: Plan) -> bool:
    """Write a plan; False: an escalation was moved meanwhile, and nothing was written."""
    now = await unit.lock_escalations(list(made.before))
    if now != made.before:
        return False
    await unit.save_escalations([one.escalation for one in made.steps])
    await unit.save_told(made.outages)
    if made.disowned:
        await unit.own_outages(made.disowned, None, None, None)
    for notification in made.notifications:
        await unit.add_notification(notification)
    for note in made.notes:
        note(unit)
    return True


class _Planning:
    """Works out one plan."""

    def __init__(
        self, view: View, board: Board, teller: Teller, called: Called, scene: Scene
    ) -> None:
        self._view = view
        self._board = board
        self._staff = board.rules.staff  # of one moment: new rules may come at any wait
        self._teller = teller
        self._scene = scene
        levels = range(len(ladder_of(board).afters))
        self._called = {level: tuple(called(level)) for level in levels}
        self._ladder = ladder_of(board, (n for n in levels if not self._called[n]))
        self._letters: dict[str, _Letter] = {}
        self._number = board.new_id()  # of all that is told together
        self._notes: list[Note] = []

    async def of(self, due: Sequence[Escalation], groups: Mapping[str, list[Outage]]) -> Plan:
        """Return the plan for these escalations and their outages."""
        steps = [self._step(climb, groups[climb.id]) for climb in due]
        moved: dict[str, Outage] = {}
        news = await self._words(steps, groups)
        before = {climb.id: climb for climb in due}
        for number, one in enumerate(steps):
            known = {outage.id: outage for outage in groups[one.escalation.id]}
            steps[number] = self._tell(one, before[one.escalation.id], known, news)
            moved |= self._settled(one, known)
        anew = [o.id for one in steps if one.anew for o in groups[one.escalation.id]]
        return Plan(
            before=before,
            steps=tuple(steps),
            outages=tuple(moved.values()),
            disowned=tuple(anew),
            notifications=tuple(
                self._notification(n) for n, one in self._letters.items() if one.news
            ),
            notes=tuple(self._notes),
        )

    def _step(self, climb: Escalation, outages: Iterable[Outage]) -> Step:
        at = self._scene.at
        until = quiet_until(self._staff.quiet_hours, self._board.zone, at)
        troubles = troubles_of(outages, self._scene)
        return step(climb, troubles, self._ladder, at, quiet_until=until)

    async def _words(
        self, steps: Iterable[Step], groups: Mapping[str, list[Outage]]
    ) -> Mapping[str, Told]:
        """Return in words what is to be told of each outage, by its id; each once."""
        wanted = {name for one in steps for telling in one.tellings for name in telling.troubles}
        outages = [o for group in groups.values() for o in group if o.id in wanted]
        return await self._teller.words(self._view, outages, self._scene)

    def _tell(
        self,
        one: Step,
        before: Escalation,
        known: Mapping[str, Outage],
        news: Mapping[str, Told],
    ) -> Step:
        """Put a step's tellings into the letters of those who are called."""
        climb, told = one.escalation, list(one.escalation.told)
        if one.anew:
            self._notes.append(partial(_renewed, climb, len(known)))
        full: set[str] = set()  # whoever is told everything needs no addition
        for telling in one.tellings:
            to = self._contacts(telling, climb)
            items = [news[name] for name in telling.troubles if name in news]
            lead = self._teller.lead(telling, climb, told, before.acknowledged_by)
            for name in to:
                if telling.word is Word.ADDED and name in full:
                    continue
                self._put(name, telling, climb, items)
                weight = 0 if lead is not None and one.anew else _weight(telling)
                self._letters[name].leads.append((weight, lead))
            if telling.word is not Word.ENDED:
                told += [name for name in to if name not in told]
            full |= set(to)
            self._notes.append(partial(_told, telling, climb, tuple(to)))
        if climb.closed_at is not None:
            self._notes.append(partial(_closed, climb, tuple(told)))
        letter = self._number if one.tellings else climb.letter
        return replace(one, escalation=replace(climb, told=tuple(told), letter=letter))

    def _contacts(self, telling: Telling, climb: Escalation) -> list[str]:
        if telling.word is Word.ENDED:
            return [name for name in climb.told if name in self._staff.contacts]
        names = [name for level in telling.levels for name in self._called[level]]
        if not names and not any(self._called.values()):
            names = list(self._staff.contacts)  # somebody must hear
        return list(dict.fromkeys(names))

    def _put(self, name: str, telling: Telling, climb: Escalation, news: list[Told]) -> None:
        letter = self._letters.setdefault(name, _Letter())
        letter.news += news
        letter.escalations.append(climb)
        letter.level = max([letter.level, *telling.levels])
        letter.grave |= climb.grave and telling.word is not Word.ENDED
        letter.pierces |= climb.grave

    def _notification(self, name: str) -> Notification:
        letter, at = self._letters[name], self._scene.at
        contact: Contact = self._staff.contacts[name]
        quiet = None if letter.pierces else quiet_until(contact.quiet_hours, self._board.zone, at)
        ours = sorted(
            letter.escalations, key=lambda one: (one.closed_at is not None, not one.grave)
        )
        _, lead = min(letter.leads, key=lambda weighed: weighed[0])
        return replace(
            self._teller.letter(contact, letter.news, lead, ours[0], self._link(name, ours)),
            level=letter.level,
            grave=letter.grave,
            due_at=quiet or at,
        )

    def _link(self, contact: str, climbs: Sequence[Escalation]) -> Link | None:
        """Return the link by which a contact takes on what they are told; None: all is over."""
        first = climbs[0]
        if first.closed_at is not None or first.acknowledged_at is not None:
            return None
        url = acknowledge_url(
            self._board.rules.server.public_url,
            self._view.derived_key,
            escalation_id=first.id,
            contact=contact,
            told_at=self._scene.at,
        )
        return Link(url=url, acknowledges=1)  # whoever opens it takes on all of the letter

    def _settled(self, one: Step, known: Mapping[str, Outage]) -> Mapping[str, Outage]:
        """Return the outages of a step as staff know of them afterwards."""
        at, moved = self._scene.at, dict[str, Outage]()
        for telling in one.tellings:
            if telling.word is Word.ENDED:
                continue
            for name in telling.troubles:
                outage = known[name]
                moved[name] = replace(outage, told_entry=outage.entry, told_at=outage.told_at or at)
        for name in one.settled:
            moved[name] = replace(moved.get(name, known[name]), end_told_at=at)
        return moved


def _told(telling: Telling, climb: Escalation, to: Sequence[str], unit: Unit) -> None:
    facts = {
        "key": climb.key,
        "outages": len(telling.troubles),
        "contacts": list(to),
        "grave": climb.grave,
    }
    match telling.word:
        case Word.CALLED:
            facts["levels"] = [level + 1 for level in telling.levels]
            unit.note("escalation.reached", actor=DAEMON, subject=climb.id, payload=facts)
        case Word.REPEATED:
            facts["round"] = climb.rounds
            unit.note("escalation.repeated", actor=DAEMON, subject=climb.id, payload=facts)
        case Word.ADDED | Word.ENDED:
            pass  # the outages' own entries say it


def _renewed(climb: Escalation, outages: int, unit: Unit) -> None:
    payload = {"key": climb.key, "outages": outages}
    unit.note("escalation.renewed", actor=DAEMON, subject=climb.id, payload=payload)


def _closed(climb: Escalation, told: Sequence[str], unit: Unit) -> None:
    payload = {"key": climb.key, "told": list(told)}
    unit.note("escalation.closed", actor=DAEMON, subject=climb.id, payload=payload)


def _weight(telling: Telling) -> int:
    """Return which of several tellings says best why there is a letter: the least does."""
    match telling.word:
        case Word.CALLED:
            return 1 if telling.levels[0] == 0 else 2
        case Word.REPEATED:
            return 3
        case Word.ADDED:
            return 4
        case Word.ENDED:
            return 5
