"""What happened in a run, as values: what was kept, what arrived, who heard what.

Nothing here comes from the daemon's mouth. What it keeps is read from its
database (`tests.support.outbox`), what was posted from the platforms, what
staff were told from their inbox, and what was accepted from who heard the yes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From `since` on (real time) the daemon's clock was `ahead` of the real one."""

    since: datetime
    ahead: timedelta


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
        """Return what it may have shown: two times, shortly after it was set."""
        found = [timedelta()]
        for step in self.steps:
            if at >= step.since + STEPPING:
                found = [step.ahead]
            elif at >= step.since:
                found.append(step.ahead)
        return tuple(at + ahead for ahead in found)


STEPPING = timedelta(seconds=2.5)
"""Within this time after it was set, the daemon's clock may still show the time of before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A promise that was not kept."""

    rule: str
    about: str  # which message, channel or entry
    what: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.about}: {self.what}"
