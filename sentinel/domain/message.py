"""What the crisis team wants said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sentinel.domain.cause import Severity

HEADLINE_LIMIT = 160


class Kind(StrEnum):
    """What a message does in its chain."""

    ALERT = "alert"
    UPDATE = "update"
    ALL_CLEAR = "all_clear"


class MessageState(StrEnum):
    """Where a message stands, over all its routes."""

    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    HELD = "held"
    AWAITING_APPROVAL = "awaiting_approval"
    LIVE = "live"
    STRANDED = "stranded"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The same message in another language (`de-x-ls` is Leichte Sprache)."""

    language: str
    headline: str
    text: str
    short_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is to be said. Everything a caller of intake decides."""

    headline: str
    text: str
    severity: Severity
    short_text: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)  # by channel
    instruction: str | None = None
    area: str | None = None
    variants: tuple[Variant, ...] = ()
    category: str = "Safety"
    urgency: str = "Immediate"
    certainty: str = "Observed"
    event: str | None = None  # None: the headline
    tags: tuple[str, ...] = ()
    language: str = "de"
    link: str | None = None
    image: str | None = None
    alt_text: str | None = None
    not_before: datetime | None = None
    expires_at: datetime | None = None
    routine: bool = False
    exercise: bool = False
    channels: tuple[str, ...] = ()  # limits the route's choice; empty: no limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that was accepted: on disk, numbered, with its routes and its end fixed."""

    id: str
    number: int  # short, for people: "Nr. 17"
    chain: str  # id of the first message of the chain
    kind: Kind = Kind.ALERT
    content: Content
    routes: tuple[str, ...]  # names, fixed when accepted; an all-clear may inherit more
    accepted_at: datetime
    expires_at: datetime
    effective_severity: Severity  # the gravest of its chain
    references: tuple[str, ...] = ()  # ids of the links it follows, the first of them first
    withdrawn_at: datetime | None = None  # by a person; nothing more goes out
    superseded_at: datetime | None = None  # a later link took effect; what is unsent stays unsent
    needs_approval: bool = False  # a second person must agree before anything goes out
    approved_at: datetime | None = None
    approved_by: str | None = None  # KIND:ID of the actor who agreed

    @property
    def label(self) -> str:
        """What people call it; also the mark in every text that carries no notice's link."""
        return f"Nr. {self.number}"

    @property
    def awaits_approval(self) -> bool:
        """True while a second person has to agree."""
        return self.needs_approval and self.approved_at is None

    @property
    def due_at(self) -> datetime:
        """The moment from which it may be posted; an approval that comes later moves it."""
        due = self.content.not_before or self.accepted_at
        return max(due, self.approved_at) if self.approved_at is not None else due

    def is_due(self, at: datetime) -> bool:
        """Return whether it may be posted at `at`, as far as its start is concerned.

        Without a start of its own it may since it was accepted, also on a clock
        that was set back meanwhile.
        """
        return self.content.not_before is None or self.due_at <= at

    @property
    def follows(self) -> bool:
        """True if it updates or ends an earlier link of its chain."""
        return self.id != self.chain

    def in_effect(self, at: datetime) -> bool:
        """Return whether it is what its chain has to say at `at`, were it the latest link.

        From this moment on every earlier link is superseded.
        """
        stopped = self.withdrawn_at is not None or self.superseded_at is not None
        runs = self.is_due(at) and at < self.expires_at
        return runs and not stopped and not self.awaits_approval
