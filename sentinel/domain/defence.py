"""Whose doing a "too many requests" is: ours, or the platform defending itself.

Bluesky, April 2026: 429 for everybody, whatever they had sent. A platform that
refuses those who hardly used it is down, and its channel is an outage; one
that we asked too much of is well, and will be open again at the reset. Decided
by what is known at that moment: what the platform's headers say, and what we
counted ourselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Outcome, Throttled
from sentinel.domain.observation import Finding
from sentinel.domain.quota import Kind, Room, Source

LOW_USE = 0.2
"""A 429 while more than this share is left is the platform defending itself (contract 7)."""

_TOO_MANY = frozenset({Cause.RATE_LIMITED, Cause.PLATFORM_DEFENDING})


def own_use_low(room: Room) -> bool:
    """Return whether more than a fifth is left, so that a 429 cannot be our own doing."""
    return room.limit > 0 and room.remaining > LOW_USE * room.limit


def defends_itself(known: Iterable[Room]) -> bool | None:
    """Return whether a refusal now is the platform's own doing; None: nobody knows a limit.

    A window that the platform states to be used up makes it ours. Else it is
    the platform's, if the tightest of what its headers say, or of what we
    counted ourselves, leaves more than a fifth.
    """
    windows = [room for room in known if room.kind is not Kind.CREDIT]  # a purse sets no pace
    stated = [room for room in windows if room.source is Source.HEADERS]
    counted = [room for room in windows if room.source is not Source.HEADERS]
    if any(room.uses < 1 for room in stated):
        return False
    least = [min(some, key=_share) for some in (stated, counted) if some]
    return any(own_use_low(room) for room in least) if least else None


def is_too_many(finding: Finding) -> bool:
    """Return whether a check was refused for asking too much, whoever's doing that was."""
    return finding.cause in _TOO_MANY


def whose(finding: Finding, known: Iterable[Room], at: datetime) -> Finding:
    """Return a check's "too many requests" as what it is. Where nobody knows, its word stands."""
    windows = list(known)
    defends = defends_itself(windows) if is_too_many(finding) else None
    if defends is None:
        return finding
    if defends:
        return replace(finding, cause=Cause.PLATFORM_DEFENDING, until=None)
    until = finding.until or _full_again(windows, at)
    return replace(finding, cause=Cause.RATE_LIMITED, until=until)


def whose_refusal(outcome: Outcome, known: Iterable[Room], at: datetime) -> Outcome:
    """Return a post's "not now" as what it is, like `whose`.

    A cap that the platform names as such (X's usage cap) is not in question.
    """
    if not isinstance(outcome, Throttled) or outcome.cause is not Cause.RATE_LIMITED:
        return outcome
    windows = list(known)
    defends = defends_itself(windows)
    if defends is None:
        return outcome
    if defends:
        return replace(outcome, own_fault=False, until=None)
    return replace(outcome, own_fault=True, until=outcome.until or _full_again(windows, at))


def _full_again(known: Iterable[Room], at: datetime) -> datetime | None:
    """Return when the last of the used-up windows is full again, if all of them say."""
    resets = [room.resets_at for room in known if room.uses < 1]
    known_resets = [reset for reset in resets if reset is not None and reset > at]
    return max(known_resets) if known_resets and len(known_resets) == len(resets) else None


def _share(room: Room) -> float:
    return room.remaining / room.limit if room.limit > 0 else 0.0
