"""What a row of a platform's table makes of an answer: the end of a post, or a finding.

Each platform has a table of its own, for each reads other marks; what a row then
makes of an answer stands here, once for all.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum, auto
from typing import TypeAlias, assert_never

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.delivery import Failed, Refused, Scope, Throttled, Unclear
from sentinel.domain.observation import Finding
from sentinel.domain.outcome import cause_of

Refusal: TypeAlias = Throttled | Failed | Refused | Unclear
"""How a post ends that was not accepted."""


class How(Enum):
    """The kind of end that a row makes."""

    TAKEN = auto()  # if the answer also says what was taken: else it is unclear
    THROTTLED = auto()
    FAILED = auto()  # certainly not taken; trying again may help
    REFUSED = auto()  # the account is, whatever the text
    CONTENT = auto()  # the text is
    UNCLEAR = auto()  # taken or not: nobody can tell
    # What a conversation takes another way round first. Left as it is:
    LOOK = auto()  # unclear: refused as a copy, so our own first try may be live
    AGAIN = auto()  # refused: seen to pass by itself
    AN_HOUR = auto()  # throttled, and for an hour at least
    GONE = auto()  # refused: there is no such object, or not for us
    WITHOUT_LINK = auto()  # failed: the page behind the link could not be read
    NOT_READY = auto()  # failed: the same container again, a little later
    ANEW = auto()  # failed: the container is lost, another one is made
    NO_PICTURE = auto()  # failed: the picture could not be fetched from its address
    # What is about one recipient of many.
    THEIRS = auto()  # refused for good
    PUT_OFF = auto()  # throttled: refused for now


def refusal(how: How, cause: Cause, evidence: str, until: datetime | None = None) -> Refusal:
    """Return how a post ends that was not accepted; `until` counts for limits alone."""
    match how:
        case How.THROTTLED | How.PUT_OFF | How.AN_HOUR:
            return Throttled(until=until, cause=cause, evidence=evidence)
        case How.FAILED | How.WITHOUT_LINK | How.NOT_READY | How.ANEW | How.NO_PICTURE:
            return Failed(cause, evidence)
        case How.REFUSED | How.AGAIN | How.GONE | How.THEIRS:
            return Refused(cause, evidence=evidence)
        case How.CONTENT:
            return Refused(cause, Scope.CONTENT, evidence)
        case How.UNCLEAR | How.LOOK | How.TAKEN:
            return Unclear(cause, evidence)
        case _:
            assert_never(how)


def finding(
    ability: Ability, cause: Cause, evidence: str, until: datetime | None = None
) -> Finding:
    """Return what a refused question says of `ability`; a credential error is unconfirmed.

    A question of ours that is not understood says nothing of any text.
    """
    found = Cause.PLATFORM_FAULT if cause is Cause.CONTENT_REJECTED else cause
    return Finding(
        ability=ability,
        cause=found,
        evidence=evidence,
        until=until,
        confirmed=found not in CREDENTIAL,
    )


def limited(ability: Ability, limit: Throttled) -> Finding:
    """Return what a limit says of `ability`: it is ours, or the platform defends itself."""
    cause = cause_of(limit)
    return Finding(ability=ability, cause=cause, evidence=limit.evidence, until=limit.until)
