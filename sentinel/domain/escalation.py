"""Escalations: groups of outages on their way up through the levels of staff.

`sentinel.domain.climb` says what is due of one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

NOBODY_YET = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """How far one group of outages has climbed, and who owns it."""

    id: str  # UUIDv7
    key: str  # what groups: kind, operator and cause
    opened_at: datetime
    begun_at: datetime  # when this climb began: it grows worse, and another begins
    climbs_from: datetime  # levels are counted from here; what keeps it still moves it
    due_at: datetime | None  # when something is to be done next; None: nothing is
    news_at: datetime | None = None  # when what those told do not know yet is due
    level: int = NOBODY_YET  # the last that was told
    rounds: int = 0  # repeats after the last level
    held: bool = False  # a silence or quiet hours kept it still
    grave: bool = False  # it hits a route
    worst: int = 0  # how bad it was when last told, or acknowledged
    told: tuple[str, ...] = ()  # contacts
    letter: str | None = None  # what was last told together has the same
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None  # an actor's id, not a name
    comment: str | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One outage of the group, as the climb sees it: open, or its end not told yet."""

    id: str
    rank: int = 0  # how bad it is
    grave: bool = False
    fresh: bool = False  # staff were not told of it, nor of this wave
    changed: bool = False  # staff heard of it in other words than hold now
    ended_at: datetime | None = None  # None: it is open
    worded: bool = True  # its end is in the journal, in words; else it is settled in silence
    awaited: bool = False  # the words come later: on its way is not there
    waves: int = 1
    silent_until: datetime | None = None  # a silence covers it


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """What the rules say of climbing. `afters` are the levels' times, ascending."""

    afters: tuple[timedelta, ...]
    group_wait: timedelta
    repeat_every: timedelta
    calm_for: timedelta  # what came back and fell again counts as over only after this
    nobody: frozenset[int] = frozenset()  # levels in which nobody is on call now

    def due_after(self, level: int, *, grave: bool) -> timedelta:
        """Return how long after the begin a level is due."""
        if level == 0 and not grave:
            return max(self.afters[0], self.group_wait)
        return self.afters[level]


class Word(StrEnum):
    """What a telling says."""

    CALLED = "called"  # a level is told for the first time in this climb
    REPEATED = "repeated"  # nobody acknowledged
    ADDED = "added"  # to those told: more, or worse
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One thing to tell. `levels` of an end: none; it goes to whoever was told."""

    word: Word
    levels: tuple[int, ...]
    troubles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is to be told now, and where the climb stands when that is queued."""

    escalation: Escalation
    tellings: tuple[Telling, ...] = ()
    settled: tuple[str, ...] = ()  # of these nothing is told any more: they are over
    anew: bool = False  # it grew worse after somebody had acknowledged


def acknowledged(
    escalation: Escalation, troubles: Iterable[Trouble], by: str, comment: str | None, at: datetime
) -> Escalation:
    """Return the escalation with an owner: nothing is due until it grows worse, or ends."""
    standing = [trouble for trouble in troubles if trouble.ended_at is None]
    return replace(
        escalation,
        acknowledged_at=at,
        acknowledged_by=by,
        comment=comment,
        worst=max([escalation.worst, *(trouble.rank for trouble in standing)]),
        grave=escalation.grave or any(trouble.grave for trouble in standing),
        news_at=None,
        held=False,
        due_at=at,  # a look says what is left to do
    )
