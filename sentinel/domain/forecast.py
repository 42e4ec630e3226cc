"""When a limit will be used up, and how sure that is.

A disaster uses up its own budget: on 1 January 2024 a Japanese warning service
was cut off by its posting limit two hours after the earthquake, with tsunami
warnings still in force; in April 2023 an American weather service got fifty
posts a day. So the forecast must speak while there is still time to do
something (`WARN_BEFORE`), and it must say how sure it is: a few posts make a
pace, but not a steady one. `likely` is the pace going on as it is; `earliest`
is as fast as the few uses seen may honestly mean, `latest` as slow.

Pure arithmetic over what was used when. Pacing by what is left stands in
`sentinel.domain.pacing`, what the rest means for a channel in
`sentinel.domain.quota`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import sqrt

from sentinel.domain.quota import Kind, Reading, Room, Source

WARN_BEFORE = timedelta(minutes=30)
"""A warning comes when the earliest end is so near. A pace that doubles leaves half of it."""

UNLIKELY_BEYOND = timedelta(hours=2)
"""If the end is likely to be later than this, a few posts in a row are no reason to warn yet."""

SURE = 1.64
"""Standard deviations of a random count to the safe side: right nineteen times of twenty."""

_HOUR = timedelta(hours=1)

BEYOND = timedelta(days=30)
"""What lasts longer than this is not forecast."""

_PACES = (
    (timedelta(minutes=5), 3),
    (timedelta(minutes=15), 2),
    (timedelta(hours=1), 1),
)
"""Over how long a pace is measured, and from how many uses on. The fastest may be the true one."""

_STEADY = 8
"""The likely pace is that of the shortest time with so many uses, else that of the hour."""


@dataclass(frozen=True, slots=True)
class Use:
    """So much of a limit was used at a moment, in the limit's own unit."""

    at: datetime
    amount: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """When something will come. None: not before the limit is full again."""

    earliest: datetime | None = None
    likely: datetime | None = None
    latest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When one window runs out."""

    window: str
    source: Source
    exhausted: Span  # nothing more goes out
    reserve: Span  # only extreme and severe messages go out


def uses_of(posts: Iterable[datetime], cost: float = 1.0) -> tuple[Use, ...]:
    """Return our own posts as uses of a window of which each takes `cost`."""
    return tuple(Use(at, cost) for at in sorted(posts))


def drops(readings: Iterable[Reading]) -> tuple[Use, ...]:
    """Return what was used between successive readings of one window, oldest first.

    For limits whose unit is not a post: percent of an hour, points of a query,
    money. What came back in between is not seen, so this is the net pace.
    """
    uses = []
    for before, after in pairwise(sorted(readings, key=lambda reading: reading.at)):
        had, has = before.window.remaining, after.window.remaining
        if had is not None and has is not None and has < had:
            uses.append(Use(after.at, had - has))
    return tuple(uses)


def forecast(room: Room, uses: Sequence[Use], at: datetime) -> Forecast:
    """Return when the room runs out if it goes on as the `uses` of the last hour say.

    Args:
        room: What is left at `at`.
        uses: What was used when (`uses_of` our posts, or `drops` of readings);
            for a window that we count ourselves, at least those within it.
        at: Now.
    """
    pace, back = _paces(_lately(room, uses), at), _comes_back(room, uses, at)
    return Forecast(
        window=room.name,
        source=room.source,
        exhausted=_span(room, room.remaining, pace, back, at),
        reserve=_span(room, room.remaining - room.reserve * room.cost, pace, back, at),
    )


def uses_seen(
    room: Room, posts: Iterable[datetime], readings: Iterable[Reading], at: datetime
) -> tuple[Use, ...]:
    """Return what was used of a window lately, by our posts or by how its readings fell.

    The greater of the two in the last hour: others may use it up too (another
    program on the account, our own checks), and readings may be too few.
    """
    ours = uses_of(posts, room.cost)
    if room.source is not Source.HEADERS:
        return ours
    fell = drops(readings)
    return max(ours, fell, key=lambda uses: sum(use.amount for use in uses if use.at > at - _HOUR))


def soonest(forecasts: Iterable[Forecast]) -> Forecast | None:
    """Return the forecast of the window that may run out first: the smallest of several wins."""
    ending = [some for some in forecasts if some.exhausted.earliest is not None]
    return min(ending, key=_first, default=None)


def warns(ends: Span, at: datetime, *, scarce: bool = False) -> bool:
    """Return whether people have to be told now that the limit, or all but its reserve, may end.

    If it is likely to be full again before, only where it is `scarce`.
    """
    if ends.earliest is None or ends.earliest > at + WARN_BEFORE:
        return False
    return scarce if ends.likely is None else ends.likely <= at + UNLIKELY_BEYOND


def _first(some: Forecast) -> tuple[float, float]:
    earliest, likely = some.exhausted.earliest, some.exhausted.likely
    return (
        earliest.timestamp() if earliest else float("inf"),
        likely.timestamp() if likely else float("inf"),
    )


def _lately(room: Room, uses: Sequence[Use]) -> Sequence[Use]:
    """Return the uses whose pace goes on: once the reserve is reached, those that took from it.

    From then on routine messages go elsewhere, so that theirs is over.
    """
    taken = room.reserve * room.cost - room.remaining
    if taken < 0 or not room.reserve:
        return uses
    kept = 0
    while kept < len(uses) and taken > 0:
        kept += 1
        taken -= uses[-kept].amount
    return uses[len(uses) - kept :]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pace:
    """How fast it goes, in units a second: as slow and as fast as honest, and likely."""

    slowest: float = 0.0
    likely: float = 0.0
    fastest: float = 0.0


def _paces(uses: Sequence[Use], at: datetime) -> _Pace:
    likely = fastest = slowest = 0.0
    for over, enough in reversed(_PACES):
        inside = [use.amount for use in uses if at - over < use.at <= at]
        count, seconds = len(inside), over.total_seconds()
        if count < enough:
            continue
        mean, doubt = sum(inside) / count, SURE * sqrt(count)
        fastest = max(fastest, (count + doubt) * mean / seconds)
        if not likely or count >= _STEADY:
            likely = sum(inside) / seconds
            slowest = max(count - doubt, 0.0) * mean / seconds
    return _Pace(slowest=slowest, likely=likely, fastest=fastest)


def _span(room: Room, left: float, pace: _Pace, back: Sequence[Use], at: datetime) -> Span:
    earliest = _ends(room, left, pace.fastest, back, at)
    likely = _ends(room, left, pace.likely, back, at)
    latest = _ends(room, left, pace.slowest, back, at)
    return Span(earliest=earliest, likely=likely, latest=latest)


def _comes_back(room: Room, uses: Sequence[Use], at: datetime) -> list[Use]:
    """Return what each own use gives back when it has left a window that slides."""
    if room.kind is not Kind.ROLLING or room.per is None or room.source is Source.HEADERS:
        return []
    back = (Use(use.at + room.per, use.amount) for use in uses if use.at <= at < use.at + room.per)
    return sorted(back, key=lambda use: use.at)


def _ends(
    room: Room, left: float, pace: float, back: Iterable[Use], at: datetime
) -> datetime | None:
    """Return when `left` is used up at this pace, before it is full again."""
    if left < room.cost:
        return at
    if pace <= 0:
        return None
    now = at
    for use in back:
        if (end := now + _lasts(left, pace)) <= use.at:
            return end
        left += use.amount - pace * (use.at - now).total_seconds()
        now = use.at
    end = now + _lasts(left, pace)
    return end if end < _full_at(room, at) else None


def _lasts(left: float, pace: float) -> timedelta:
    return min(timedelta(seconds=min(left / pace, BEYOND.total_seconds())), BEYOND)


def _full_at(room: Room, at: datetime) -> datetime:
    """Return when a forecast ends: at the reset, or when what is used now has come back."""
    match room.kind:
        case Kind.FIXED:
            return room.resets_at or at + (room.per or BEYOND)
        case Kind.ROLLING:
            return at + (room.per or BEYOND)
        case Kind.CREDIT:
            return at + BEYOND
