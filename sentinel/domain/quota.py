"""How much of a rate limit is left: the smallest of what anybody says.

Three sources speak of one quota: the platform's headers or quota endpoint
(`Reading`), the platform's documentation, and the city's own rules. What the
last two say is compared with our own count of posts. The one with the least
left wins. `reserve` is kept for extreme and severe messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Finding, Window
from sentinel.domain.rules import QuotaRule

LOW_USE = 0.2
"""A 429 while more than this share is left is the platform defending itself (contract 7)."""


class Kind(StrEnum):
    """How what was used comes back."""

    FIXED = "fixed"  # all of it at the reset
    ROLLING = "rolling"  # each use by itself, when it is old enough
    CREDIT = "credit"  # never by itself: somebody has to pay


class Source(StrEnum):
    """Who says so."""

    HEADERS = "headers"  # the platform, in an answer
    RULES = "rules"
    DOCUMENTATION = "documentation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A window as the platform stated it at `at`."""

    window: Window
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much is left of one quota of one account, in the quota's own unit."""

    limit: float
    remaining: float
    reserve: float
    resets_at: datetime | None
    source: Source
    name: str = ""  # of the window, as the platform calls it ("posts/24h")
    kind: Kind = Kind.FIXED
    per: timedelta | None = None
    cost: float = 1.0  # what one use takes


def room(
    name: str,
    *,
    readings: Iterable[Reading] = (),
    posts: Sequence[datetime] = (),
    rule: QuotaRule | None = None,
    documented: Iterable[QuotaRule] = (),
    at: datetime,
) -> Room | None:
    """Return what is left of the quota `name` at `at`, or None if nobody limits it.

    Of several windows the one with the least left wins (`rooms` for all of them).
    """
    known = rooms(name, readings=readings, posts=posts, rule=rule, documented=documented, at=at)
    return min(known, key=lambda some: (some.remaining, some.limit), default=None)


def rooms(
    name: str,
    *,
    readings: Iterable[Reading] = (),
    posts: Sequence[datetime] = (),
    rule: QuotaRule | None = None,
    documented: Iterable[QuotaRule] = (),
    at: datetime,
) -> tuple[Room, ...]:
    """Return what is left of every window of the quota `name` at `at`.

    Args:
        name: posts, replies, reads or calls. A reading named `posts/24h` is of `posts`.
        readings: The last reading of each window.
        posts: When we used it; at least within the longest window, and by every
            account that shares it (`sentinel.domain.budget`).
        rule: What the city's rules say.
        documented: What the platform's documentation says.
        at: Now.
    """
    reserve = rule.reserve if rule else 0
    found = [
        _by_headers(reading, posts, reserve, at)
        for reading in readings
        if reading.window.name.partition("/")[0] == name
    ]
    said = [(one, Source.DOCUMENTATION) for one in documented]
    said += [(rule, Source.RULES)] if rule else []
    found += [_by_count(one, by, posts, at, name=name, reserve=reserve) for one, by in said]
    return tuple(some for some in found if some)


def judge_quota(room: Room, at: datetime) -> Finding:
    """Return what the room means for publishing at `at`.

    It never proves that publishing works: a full quota is no open door.
    """
    evidence = f"{max(room.remaining, 0):g} of {room.limit:g} left ({room.source})"
    until = room.resets_at if room.resets_at and room.resets_at > at else None
    cause = None
    if room.remaining < room.cost:  # not even one more
        stated = room.source is Source.HEADERS
        cause = Cause.RATE_LIMITED if stated else Cause.QUOTA_EXHAUSTED
    elif room.remaining <= room.reserve:
        cause = Cause.QUOTA_LOW
    return Finding(
        ability=Ability.PUBLISH,
        cause=cause,
        evidence=evidence,
        until=until if cause else None,
        proves=False,
    )


def own_use_low(room: Room) -> bool:
    """Return whether more than a fifth is left, so that a 429 cannot be our own doing."""
    return room.limit > 0 and room.remaining > LOW_USE * room.limit


def defending(finding: Finding, known: Iterable[Room]) -> Finding:
    """Return a "too many requests" as what it is: our own doing, or the platform defending itself.

    A window that the platform states to be used up makes it ours. Else it is
    the platform's, if what its headers say or what we counted ourselves leaves
    more than a fifth (Bluesky, April 2026: 429 for everybody, whatever they had
    sent). Where nobody knows a limit, the platform's word stands.
    """
    if finding.cause is not Cause.RATE_LIMITED:
        return finding
    windows = list(known)
    stated = [room for room in windows if room.source is Source.HEADERS]
    counted = [room for room in windows if room.source is not Source.HEADERS]
    if any(room.remaining < room.cost for room in stated):
        return finding
    least = [min(some, key=_share) for some in (stated, counted) if some]
    if any(own_use_low(room) for room in least):
        return replace(finding, cause=Cause.PLATFORM_DEFENDING)
    return finding


def _share(room: Room) -> float:
    return room.remaining / room.limit if room.limit > 0 else 0.0


def _by_headers(
    reading: Reading, posts: Sequence[datetime], reserve: float, at: datetime
) -> Room | None:
    window = reading.window
    resets = window.resets_at or (reading.at + window.per if window.per else None)
    kind = Kind.FIXED if window.resets_at else Kind.ROLLING if window.per else Kind.CREDIT
    if resets and resets <= at:  # full again, but for what we used since
        remaining = window.limit - window.cost * _used(posts, resets, at)
        resets = None
    elif window.remaining is not None:
        remaining = window.remaining - window.cost * _used(posts, reading.at, at)
    elif window.per is not None:
        remaining = window.limit - window.cost * _used(posts, at - window.per, at)
    else:
        return None
    return Room(
        limit=window.limit,
        remaining=max(remaining, 0),
        reserve=reserve,
        resets_at=resets,
        source=Source.HEADERS,
        name=window.name,
        kind=kind,
        per=window.per,
        cost=window.cost,
    )


def _by_count(
    rule: QuotaRule,
    source: Source,
    posts: Sequence[datetime],
    at: datetime,
    *,
    name: str,
    reserve: float,
) -> Room | None:
    if rule.limit is None:
        return None
    inside = sorted(post for post in posts if at - rule.per < post <= at)
    return Room(
        limit=rule.limit,
        remaining=max(rule.limit - len(inside), 0),
        reserve=reserve,
        resets_at=_frees_at(inside, rule),
        source=source,
        name=name,
        kind=Kind.ROLLING,
        per=rule.per,
    )


def _frees_at(inside: Sequence[datetime], rule: QuotaRule) -> datetime | None:
    """Return when the window has room again (it slides), or when it next grows."""
    if not inside or not rule.limit:
        return None
    beyond = max(len(inside) - rule.limit, 0)
    return inside[beyond] + rule.per


def _used(posts: Sequence[datetime], after: datetime, until: datetime) -> int:
    return sum(after < post <= until for post in posts)
