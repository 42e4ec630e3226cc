"""How much of a rate limit is left: the smallest of what anybody says.

Three sources speak of one quota: the platform's headers or quota endpoint
(`Reading`), the platform's documentation, and the city's own rules. What the
last two say is compared with our own count of posts. The one with the least
left wins. `reserve` is kept for extreme and severe messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Finding, Window
from sentinel.domain.rules import QuotaRule

LOW_USE = 0.2
"""A 429 while more than this share is left is the platform defending itself (contract 7)."""


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

    Args:
        name: posts, replies, reads or calls. A reading named `posts/24h` is of `posts`.
        readings: The last reading of each window.
        posts: When we used one unit each; at least those of the longest window.
        rule: What the city's rules say.
        documented: What the platform's documentation says.
        at: Now.
    """
    reserve = rule.reserve if rule else 0
    rooms = [
        _by_headers(reading, posts, reserve, at)
        for reading in readings
        if reading.window.name.partition("/")[0] == name
    ]
    rooms += [_by_count(r, posts, reserve, at, Source.DOCUMENTATION) for r in documented]
    if rule:
        rooms.append(_by_count(rule, posts, reserve, at, Source.RULES))
    known = [some for some in rooms if some]
    return min(known, key=lambda some: (some.remaining, some.limit), default=None)


def judge_quota(room: Room, at: datetime) -> Finding:
    """Return what the room means for publishing at `at`.

    It never proves that publishing works: a full quota is no open door.
    """
    evidence = f"{max(room.remaining, 0):g} of {room.limit:g} left ({room.source})"
    until = room.resets_at if room.resets_at and room.resets_at > at else None
    cause = None
    if room.remaining <= 0:
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


def exhausted_at(
    room: Room, posts: Sequence[datetime], at: datetime, over: timedelta = timedelta(hours=1)
) -> datetime | None:
    """Return when the room runs out if we go on as in the last `over`; None: not before reset."""
    used = _used(posts, at - over, at)
    if room.remaining <= 0:
        return at
    if used == 0:
        return None
    end = at + over * (room.remaining / used)
    return None if room.resets_at and room.resets_at <= end else end


def _by_headers(
    reading: Reading, posts: Sequence[datetime], reserve: float, at: datetime
) -> Room | None:
    window = reading.window
    resets = window.resets_at or (reading.at + window.per if window.per else None)
    if resets and resets <= at:  # full again, but for what we used since
        remaining = window.limit - _used(posts, resets, at)
        resets = None
    elif window.remaining is not None:
        remaining = window.remaining - _used(posts, reading.at, at)
    elif window.per is not None:
        remaining = window.limit - _used(posts, at - window.per, at)
    else:
        return None
    return Room(
        limit=window.limit,
        remaining=max(remaining, 0),
        reserve=reserve,
        resets_at=resets,
        source=Source.HEADERS,
    )


def _by_count(
    rule: QuotaRule, posts: Sequence[datetime], reserve: float, at: datetime, source: Source
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
    )


def _frees_at(inside: Sequence[datetime], rule: QuotaRule) -> datetime | None:
    """Return when the window has room again (it slides), or when it next grows."""
    if not inside or not rule.limit:
        return None
    beyond = max(len(inside) - rule.limit, 0)
    return inside[beyond] + rule.per


def _used(posts: Sequence[datetime], after: datetime, until: datetime) -> int:
    return sum(after < post <= until for post in posts)
