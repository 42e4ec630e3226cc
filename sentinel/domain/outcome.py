"""What an outcome says beyond its own delivery."""

from __future__ import annotations

from typing import assert_never

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    Outcome,
    Refused,
    Scope,
    Throttled,
    Unclear,
)
from sentinel.domain.observation import Finding


def name_of(outcome: Outcome) -> str:
    """Return the outcome's word: accepted, throttled, failed, refused, unclear."""
    return type(outcome).__name__.lower()


def cause_of(outcome: Outcome) -> Cause | None:
    """Return why it is not `accepted`, or None if it is."""
    match outcome:
        case Accepted():
            return None
        case Throttled(own_fault=own_fault, cause=cause):
            return cause if own_fault else Cause.PLATFORM_DEFENDING
        case Failed(cause) | Refused(cause) | Unclear(cause):
            return cause
        case _:
            assert_never(outcome)


def finding_of(outcome: Outcome) -> Finding | None:
    """Return what a real post's outcome says of the channel's ability to publish.

    A refused content says nothing of the channel. A refused credential is not
    confirmed: one answer is not enough to call it dead.
    """
    if isinstance(outcome, Refused) and outcome.scope is Scope.CONTENT:
        return None
    until = outcome.until if isinstance(outcome, Throttled | Refused) else None
    return Finding(
        ability=Ability.PUBLISH,
        cause=cause_of(outcome),
        evidence=outcome.evidence or f"a post was {name_of(outcome)}",
        until=until,
        confirmed=False,
    )
