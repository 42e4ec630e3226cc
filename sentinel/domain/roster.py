"""The rotas as they stand: what was read of each calendar, and who is on call by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sentinel.domain.rota import (
    Duty,
    Rota,
    Stint,
    bearers,
    course,
    gaps,
    on_call,
    stints,
    strangers,
)
from sentinel.domain.rules import Staff
from sentinel.errors import Phrase

AHEAD: Final = timedelta(days=14)
"""How far ahead a gap is a risk."""


class Trouble(StrEnum):
    """Why the calendar could not be read the last time."""

    NOT_STATED = "not_stated"
    NO_FILE = "no_file"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    TOO_LARGE = "too_large"
    NO_CALENDAR = "no_calendar"

    @property
    def phrase(self) -> Phrase:
        """What is wrong, to stand behind "the calendar"."""
        return _WORDS[self]


_WORDS: Final[Mapping[Trouble, Phrase]] = MappingProxyType(
    {
        Trouble.NOT_STATED: Phrase(
            de="ist nicht bekannt, denn die Variable oder Datei mit seiner Adresse fehlt",
            en="is not known, for the variable or file with its address is missing",
        ),
        Trouble.NO_FILE: Phrase(de="ist nicht lesbar", en="cannot be read"),
        Trouble.NO_ANSWER: Phrase(de="antwortet nicht", en="does not answer"),
        Trouble.REFUSED: Phrase(de="wird nicht herausgegeben", en="is not handed out"),
        Trouble.TOO_LARGE: Phrase(de="ist größer als 1 MiB", en="is larger than 1 MiB"),
        Trouble.NO_CALENDAR: Phrase(de="ist kein iCalendar", en="is no iCalendar"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """What was read of one calendar."""

    duties: tuple[Duty, ...] = ()
    skipped: int = 0  # entries that nobody can read
    fetched_at: datetime | None = None  # when this copy was; None: there is none yet
    trouble: Trouble | None = None  # of the last try


NOTHING: Final = Roster()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One rota as it stands: its duties with their contacts, by the rules of now."""

    rota: Rota
    roster: Roster
    known: tuple[Stint, ...]
    bearing: Mapping[str, str]

    @property
    def looked_at(self) -> bool:
        """False before anybody has tried to read the calendar: nothing is known of its gaps."""
        roster = self.roster
        tried = roster.fetched_at is not None or roster.trouble is not None
        return tried or self.rota.calendar is None

    def on_call(self, at: datetime) -> tuple[str, ...]:
        """Return the contacts on call at `at`; nobody in a gap."""
        return on_call(self.known, self.rota.overrides, at)

    def course(self, start: datetime, end: datetime) -> tuple[Stint, ...]:
        """Return who is on call from `start` to `end`, gaps among them."""
        return course(self.known, self.rota.overrides, start, end)

    def gaps(self, at: datetime) -> tuple[Stint, ...]:
        """Return the gaps of the next days."""
        return gaps(self.known, self.rota.overrides, at, at + AHEAD)

    def strangers(self, at: datetime) -> tuple[str, ...]:
        """Return whom the calendar names in the next days and the rules do not know."""
        return strangers(self.roster.duties, self.bearing, at, at + AHEAD)


def watch(staff: Staff, rosters: Mapping[str, Roster], name: str) -> Watch:
    """Return one rota as it stands."""
    roster = rosters.get(name, NOTHING)
    bearing = _bearing(staff)
    return Watch(
        rota=staff.rotas[name],
        roster=roster,
        known=stints(roster.duties, bearing),
        bearing=bearing,
    )


def called(
    staff: Staff, rosters: Mapping[str, Roster], names: Iterable[str], at: datetime
) -> tuple[str, ...]:
    """Return the contacts behind names of contacts and rotas, each once; a gap adds nobody."""
    found: list[str] = []
    for name in names:
        if name in staff.rotas:
            found += _now(staff, rosters.get(name, NOTHING), staff.rotas[name], at)
        elif name in staff.contacts:
            found.append(name)
    return tuple(dict.fromkeys(one for one in found if one in staff.contacts))


def _now(staff: Staff, roster: Roster, rota: Rota, at: datetime) -> tuple[str, ...]:
    """Return who is on call at `at`, reading no name but those of that moment."""
    duties = [one for one in roster.duties if one.starts_at <= at < one.ends_at]
    return on_call(stints(duties, _bearing(staff)), rota.overrides, at)


def _bearing(staff: Staff) -> Mapping[str, str]:
    return bearers({one.name: one.names for one in staff.contacts.values()})


def first_called(staff: Staff, rosters: Mapping[str, Roster], at: datetime) -> tuple[str, ...]:
    """Return who hears first at `at`: where nobody is on call, the next level, or else all."""
    for level in staff.levels:
        if found := called(staff, rosters, level.notify, at):
            return found
    return tuple(staff.contacts)
