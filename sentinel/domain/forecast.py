"""When a limit will be used up, and how sure that is.

A disaster uses up its own budget: on 1 January 2024 a Japanese warning service
was cut off by its posting limit two hours after the earthquake, with tsunami
warnings still in force; in April 2023 an American weather service got fifty
posts a day. So the forecast must speak while there is still time to do
something (`WARN_BEFORE`), and it must say how sure it is: a few posts make a
pace, but not a steady one. `likely` is the pace going on as it is; `earliest`
is as fast as the few uses seen may honestly mean.

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
from sentinel.errors import Phrase

WARN_BEFORE = timedelta(minutes=30)
"""A warning comes when the earliest end is so near. A pace that doubles leaves half of it."""

SURE = 1.64
"""Standard deviations of a random count to the safe side: right nineteen times of twenty."""

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
    likely, fastest = _paces(uses, at)
    back = _comes_back(room, uses, at)
    return Forecast(
        window=room.name,
        source=room.source,
        exhausted=Span(
            earliest=_ends(room, room.remaining, fastest, back, at),
            likely=_ends(room, room.remaining, likely, back, at),
        ),
        reserve=Span(
            earliest=_ends(room, room.remaining - room.reserve, fastest, back, at),
            likely=_ends(room, room.remaining - room.reserve, likely, back, at),
        ),
    )


def soonest(forecasts: Iterable[Forecast]) -> Forecast | None:
    """Return the forecast of the window that may run out first: the smallest of several wins."""
    ending = [some for some in forecasts if some.exhausted.earliest is not None]
    return min(ending, key=_first, default=None)


def warns(some: Forecast, at: datetime, before: timedelta = WARN_BEFORE) -> bool:
    """Return whether people have to be told now that the limit may run out."""
    return some.exhausted.earliest is not None and some.exhausted.earliest <= at + before


def explain_forecast(channel: str, some: Forecast) -> Phrase | None:
    """Return one sentence for a press officer (times in UTC); None: it does not run out."""
    earliest, likely = some.exhausted.earliest, some.exhausted.likely
    if earliest is None:
        return None
    de = f"Das Kontingent von {channel} kann um {earliest:%H:%M} UTC aufgebraucht sein"
    en = f"The quota of {channel} may be used up at {earliest:%H:%M} UTC"
    if likely is not None and likely > earliest:
        de += f", voraussichtlich um {likely:%H:%M} UTC"
        en += f", probably at {likely:%H:%M} UTC"
    return Phrase(de=f"{de}.", en=f"{en}.")


def _first(some: Forecast) -> tuple[float, float]:
    earliest, likely = some.exhausted.earliest, some.exhausted.likely
    return (
        earliest.timestamp() if earliest else float("inf"),
        likely.timestamp() if likely else float("inf"),
    )


def _paces(uses: Sequence[Use], at: datetime) -> tuple[float, float]:
    """Return the likely and the fastest honest pace, in units a second."""
    likely = fastest = 0.0
    for over, enough in reversed(_PACES):
        inside = [use.amount for use in uses if at - over < use.at <= at]
        count, seconds = len(inside), over.total_seconds()
        if count < enough:
            continue
        mean = sum(inside) / count
        fastest = max(fastest, (count + SURE * sqrt(count)) * mean / seconds)
        if not likely or count >= _STEADY:
            likely = sum(inside) / seconds
    return likely, fastest


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
