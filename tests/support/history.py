"""What happened in a run, as values: what was kept, what arrived, who heard what.

Nothing here comes from the daemon's mouth. What it keeps is read from its
database (`tests.support.outbox`), what was posted from the platforms, what
staff were told from their inbox, and what was accepted from who heard the yes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it stands in the database."""

    id: str
    number: int
    kind: str
    state: str
    routes: tuple[str, ...]
    references: tuple[str, ...]
    accepted_at: datetime
    expires_at: datetime
    key: str | None = None
    channels: tuple[str, ...] = ()  # limits the route's choice; empty: no limit
    not_before: datetime | None = None
    withdrawn_at: datetime | None = None
    superseded_at: datetime | None = None
    needs_approval: bool = False
    approved_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery as it stands in the database."""

    id: str
    message: str
    channel: str
    state: str
    attempts: int
    confirmed_by: str | None = None
    take_down_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try as it stands in the database. `outcome` None: it never ended."""

    delivery: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What was to be told to staff, as it stands in the database."""

    id: str
    state: str
    subject: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the journal, as it stands in the database. `payload` is its JSON text."""

    number: int
    at: datetime
    kind: str
    actor_kind: str
    actor_id: str
    subject: str
    payload: str | None
    digest: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The outbox: everything that the database holds about messages."""

    messages: tuple[Message, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    notifications: tuple[Notification, ...] = ()
    journal: tuple[Entry, ...] = ()
    head: tuple[int, str] = (0, "0" * 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What a channel's platform took. `at` None: the platform does not say when (a page)."""

    channel: str
    id: str
    text: str  # as it was sent
    at: datetime | None
    deleted: bool = False
    visible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One request to publish, whatever came of it. `post` is the post that it became, or was."""

    channel: str
    text: str
    at: datetime
    post: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Something that arrived in the staff's inbox."""

    at: datetime
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A yes that a sender heard."""

    id: str
    number: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A hold: from the moment when its yes was heard to the moment when its end was asked for."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a route asks for."""

    always: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    copies: int = 1


STEPPING = timedelta(seconds=2.5)
"""Within this time after it was set, the daemon's clock may still show the time of before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The daemon's clock was set: it is `ahead` of the real one until the next step.

    Somebody set it at `since` (real time); the daemon saw it after `after`, when it
    last showed the time of before, and not later than `by`.
    """

    since: datetime
    ahead: timedelta
    after: datetime | None = None  # None: since
    by: datetime | None = None  # None: `STEPPING` later


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A run that has come to rest: nobody sends any more, and every fault is gone."""

    kept: Kept
    posts: tuple[Post, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    told: tuple[Told, ...] = ()
    heard: tuple[Heard, ...] = ()
    held: tuple[Held, ...] = ()
    filed: tuple[str, ...] = ()  # keys of the files that lie in the intake folder as accepted
    lying: tuple[str, ...] = ()  # files that still lie there undecided
    routes: Mapping[str, Asked] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    ended_at: datetime

    def daemon_time(self, at: datetime) -> datetime:
        """Return what the daemon's clock showed at a moment of real time."""
        return self.daemon_times(at)[-1]

    def daemon_times(self, at: datetime) -> tuple[datetime, ...]:
        """Return what it may have shown: two times, while it is not known whether it was set."""
        found = [timedelta()]
        for step in self.steps:
            if at >= (step.by or step.since + STEPPING):
                found = [step.ahead]
            elif at > (step.after or step.since):
                found.append(step.ahead)
        return tuple(at + ahead for ahead in found)

    def real(self, stamp: datetime) -> datetime:
        """Return when it really was that the daemon's clock showed `stamp`.

        This is exact, even beside a step: steps are far larger than a run is long, so of
        the moments when it may have shown that, only one falls into the time of the run.
        """
        moments = [stamp - ahead for ahead in aheads(self.steps)]
        fitting = [real for real in moments if stamp - real in self._shown(real)]
        return min(fitting or [stamp], key=lambda real: abs(self.ended_at - real))

    def _shown(self, real: datetime) -> list[timedelta]:
        """Return how far ahead the clock may have been, whatever is known of its steps."""
        found = [timedelta()]
        for step in self.steps:
            if real > step.since + STEPPING:
                found = [step.ahead]
            elif real >= step.since:
                found.append(step.ahead)
        return found


def aheads(steps: Iterable[Step]) -> list[timedelta]:
    """Return how far ahead a clock was at one time or another."""
    return list(dict.fromkeys([timedelta(), *(step.ahead for step in steps)]))


def as_seen(steps: Iterable[Step], stamps: Collection[datetime]) -> tuple[Step, ...]:
    """Return the steps with the moments between which the daemon saw them.

    Args:
        steps: When its clock was set, from outside, as time went by.
        stamps: What its clock showed when it wrote something down. What shows the time
            of before was written before the step, what shows that of after, after it.
    """
    seen, before = [], timedelta()
    for step in steps:
        last = max(_around(step, before, stamps), default=step.since)
        first = min(_around(step, step.ahead, stamps), default=step.since + STEPPING)
        seen.append(replace(step, after=min(last, first), by=max(last, first)))
        before = step.ahead
    return tuple(seen)


def _around(step: Step, ahead: timedelta, stamps: Collection[datetime]) -> list[datetime]:
    """Return the real moments, soon after a step, that were stamped on a clock so far ahead."""
    moments = (stamp - ahead for stamp in stamps)
    return [real for real in moments if step.since <= real <= step.since + STEPPING]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A promise that was not kept."""

    rule: str
    about: str  # which message, channel or entry
    what: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.about}: {self.what}"
