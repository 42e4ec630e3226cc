"""One message on one account: how a try can end, and what becomes of the delivery.

            claim                    Accepted
 planned ----------> publishing ------------------> published
  ^  ^  ^                | | |
  |  |  | Throttled,     | | | Unclear, or a crash in mid-attempt
  |  |  +----Failed------+ | +-----------------> unknown --Found--> published
  |  |                     |                       | |
  |  +------ProvenAbsent, or NotSeen(repeatable)---+ +--a person--> published
  |                        |
  |   Refused(channel)     | Refused(content)
  +--- moved <-------------+--------------------> refused
 replan   ^
          +--- the route went on without it

Every arrow is a row of `_ALLOWED`; `settle`, `settle_find` and `step` are the
only ways to move. A person may confirm that what is not being published is
out; a live delivery leaves `published` only when a person has it taken down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias, assert_never

from sentinel.domain.cause import Cause
from sentinel.domain.pauses import REPEAT_AFTER, backoff, find_pause


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PLANNED = "planned"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    UNKNOWN = "unknown"  # perhaps posted; `find` or a person decides
    AWAITING_PERSON = "awaiting_person"
    REFUSED = "refused"  # the content was refused
    MOVED = "moved"  # the route went on without it; may be planned again while valid
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


_S = DeliveryState
_ALLOWED: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    _S.PLANNED: frozenset(
        {_S.PUBLISHING, _S.AWAITING_PERSON, _S.MOVED, _S.EXPIRED, _S.WITHDRAWN, _S.PUBLISHED}
    ),
    _S.PUBLISHING: frozenset({_S.PUBLISHED, _S.PLANNED, _S.MOVED, _S.REFUSED, _S.UNKNOWN}),
    _S.UNKNOWN: frozenset({_S.PUBLISHED, _S.PLANNED}),
    _S.AWAITING_PERSON: frozenset({_S.PUBLISHED, _S.MOVED, _S.EXPIRED, _S.WITHDRAWN}),
    _S.MOVED: frozenset({_S.PLANNED, _S.EXPIRED, _S.WITHDRAWN, _S.PUBLISHED}),
    _S.REFUSED: frozenset({_S.PUBLISHED}),
    _S.PUBLISHED: frozenset({_S.WITHDRAWN}),
    **dict.fromkeys((_S.EXPIRED, _S.WITHDRAWN), frozenset()),
}
_SETTLED = frozenset({_S.PUBLISHED, _S.REFUSED, _S.EXPIRED, _S.WITHDRAWN})
"""Only a person changes these any more: confirms what was refused, takes down what is live."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The platform's proof that it took the post."""

    post_id: str
    permalink: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Posted; the platform named it. `note` is a finding for a person (truncated, unlisted)."""

    receipt: Receipt
    evidence: str = ""
    note: Cause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    """Certainly not posted: too fast. `until` None: the platform does not say.

    `own_fault` False: our own use is low, so the platform is defending itself.
    """

    until: datetime | None
    own_fault: bool = True
    cause: Cause = Cause.RATE_LIMITED
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """Certainly not posted; trying again may help."""

    cause: Cause
    evidence: str = ""


class Scope(StrEnum):
    """What a refusal is about."""

    CHANNEL = "channel"  # the account, its credential, plan or permission
    CONTENT = "content"  # this text


@dataclass(frozen=True, slots=True)
class Refused:
    """Certainly not posted; the same try would be refused again."""

    cause: Cause
    scope: Scope = Scope.CHANNEL
    evidence: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """The answer was lost after we sent, or says nothing: posted or not, we cannot tell."""

    cause: Cause
    evidence: str = ""


Outcome: TypeAlias = Accepted | Throttled | Failed | Refused | Unclear


@dataclass(frozen=True, slots=True)
class Found:
    """It is there."""

    receipt: Receipt
    note: Cause | None = None


@dataclass(frozen=True, slots=True)
class ProvenAbsent:
    """The platform's own word: it does not exist and cannot appear any more."""

    evidence: str = ""


@dataclass(frozen=True, slots=True)
class NotSeen:
    """Not seen (yet). `repeatable`: this server is shown to drop a second copy with our key."""

    evidence: str = ""
    repeatable: bool = False


FindResult: TypeAlias = Found | ProvenAbsent | NotSeen


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The platform took the post down, or no longer has it."""

    evidence: str = ""


@dataclass(frozen=True, slots=True)
class StillThere:
    """The post may still stand: the platform refused to take it down, or did not answer."""

    cause: Cause
    evidence: str = ""


WithdrawResult: TypeAlias = Withdrawn | StillThere


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What will be sent, word for word. Made once, stored, never made again.

    `key` is the idempotency key, record key or Message-ID: whatever the
    platform knows a repetition by. `payload` holds all else that the platform
    file needs to build the very same bytes (facets, creation time), as JSON.
    """

    text: str
    key: str
    length: int  # in the platform's own unit
    limit: int
    payload: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[str, ...] = ()  # recipients, for e-mail and SMS
    cut: tuple[str, ...] = ()  # names of the fields that were shortened or left out
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message on its way to one account."""

    id: str
    message_id: str
    channel: str
    account: str
    routes: tuple[str, ...]
    state: DeliveryState
    rendered: Rendered
    without_link: Rendered | None = None  # sent instead if the notice is not up in time
    planned_at: datetime
    due_at: datetime
    since: datetime  # in this state since
    cause: Cause | None = None
    evidence: str = ""
    attempts: int = 0
    finds: int = 0  # look-ups since the outcome became unclear
    memory: Mapping[str, str] = field(default_factory=dict)  # what the conversation remembered
    receipt: Receipt | None = None
    posted_at: datetime | None = None
    read_back_at: datetime | None = None
    public_at: datetime | None = None
    confirmed_by: str | None = None
    note: Cause | None = None  # a finding for a person: truncated, not_visible, reader_restricted
    take_down_at: datetime | None = None  # a person wants the live post gone: tried from then on

    @property
    def settled(self) -> bool:
        """True if the machine will do nothing more with it by itself."""
        return self.state in _SETTLED

    @property
    def live(self) -> bool:
        """True if it is out: the platform or a person says so."""
        return self.state is DeliveryState.PUBLISHED

    @property
    def pending(self) -> bool:
        """True while the machine or a person is still to bring it out on this channel."""
        return self.state in {_S.PLANNED, _S.PUBLISHING, _S.AWAITING_PERSON}


def step(delivery: Delivery, state: DeliveryState, at: datetime, **changes: Any) -> Delivery:
    """Return the delivery moved to `state` at `at`.

    Raises:
        ValueError: The table does not allow it; nothing is changed.
    """
    if state is not delivery.state and state not in _ALLOWED[delivery.state]:
        raise ValueError(f"a delivery cannot go from {delivery.state} to {state}")
    since = delivery.since if state is delivery.state else at
    return replace(delivery, state=state, since=since, **changes)


def settle(delivery: Delivery, outcome: Outcome, at: datetime) -> Delivery:
    """Return a delivery in `publishing` after its attempt ended in `outcome` at `at`.

    Whether the route moves on meanwhile is routing's decision, not this one's.
    """
    match outcome:
        case Accepted(receipt=receipt, evidence=evidence, note=note):
            posted = step(delivery, _S.PUBLISHED, at, receipt=receipt, posted_at=at)
            return replace(posted, cause=None, evidence=evidence, note=note)
        case Throttled(until=until, own_fault=own_fault, cause=cause, evidence=evidence):
            # A reset in the past (their clock, or ours) must not mean "at once, for ever".
            due = until if until and until > at else at + backoff(delivery.attempts)
            why = cause if own_fault else Cause.PLATFORM_DEFENDING
            return step(delivery, _S.PLANNED, at, due_at=due, cause=why, evidence=evidence)
        case Failed(cause, evidence):
            due = at + backoff(delivery.attempts)
            return step(delivery, _S.PLANNED, at, due_at=due, cause=cause, evidence=evidence)
        case Refused(cause, Scope.CONTENT, evidence):
            return step(delivery, _S.REFUSED, at, cause=cause, evidence=evidence)
        case Refused(cause, _, evidence):
            return step(delivery, _S.MOVED, at, cause=cause, evidence=evidence)
        case Unclear(cause, evidence):
            due = at + find_pause(0)
            lost = step(delivery, _S.UNKNOWN, at, due_at=due, cause=cause, evidence=evidence)
            return replace(lost, finds=0)
        case _:
            assert_never(outcome)


def settle_find(delivery: Delivery, result: FindResult, at: datetime) -> Delivery:
    """Return a delivery in `unknown` after a look-up ended in `result` at `at`."""
    match result:
        case Found(receipt, note):
            posted_at = delivery.posted_at or at
            found = step(delivery, _S.PUBLISHED, at, receipt=receipt, posted_at=posted_at)
            return replace(found, cause=None, evidence="found by look-up", note=note)
        case ProvenAbsent(evidence):
            return step(delivery, _S.PLANNED, at, due_at=at, cause=None, evidence=evidence)
        case NotSeen(evidence, repeatable):
            if repeatable and at - delivery.since >= REPEAT_AFTER:
                return step(delivery, _S.PLANNED, at, due_at=at, cause=None, evidence=evidence)
            return replace(
                delivery,
                finds=delivery.finds + 1,
                due_at=at + find_pause(delivery.finds + 1),
                evidence=evidence,
            )
        case _:
            assert_never(result)
