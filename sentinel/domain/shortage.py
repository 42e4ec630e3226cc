"""How near a limit is to its end, in one word and one sentence.

A limit that has much left after a few posts is nobody's concern, however fast
these came. It is one when an hour's pace would use it up within hours, when it
may end before anybody could act, when only the reserve is left, and when
nothing is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import assert_never

from sentinel.domain.forecast import Forecast, Span, warns
from sentinel.domain.quota import Kind, Room
from sentinel.domain.wording import zone_de
from sentinel.errors import Phrase

FORESEEN = timedelta(hours=4)
"""So far ahead an hour's pace is believed. It says nothing about the night."""

BEGUN = 0.2
"""While less than this share is used, a few fast posts say nothing about the hours to come."""

SCARCE = 0.1
"""With a smaller share left, a limit may end although it most likely is full again before."""

TOLD_FOR = timedelta(hours=1)
"""Staff hear of one window once; of windows shorter than this not with each."""


class Nearness(StrEnum):
    """How near the end is; the first is the gravest."""

    OVER = "over"  # nothing goes out
    RESERVED = "reserved"  # only extreme and severe messages go out
    NEAR = "near"  # it may run out soon: staff are told
    FORESEEN = "foreseen"  # it will if this goes on for hours
    FAR = "far"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """One window of a channel: what is left, and for how long."""

    room: Room
    forecast: Forecast
    nearness: Nearness

    @property
    def presses(self) -> bool:
        """Whether somebody has to act."""
        return self.nearness in {Nearness.OVER, Nearness.RESERVED, Nearness.NEAR}


def budget(room: Room, forecast: Forecast, at: datetime) -> Budget:
    """Return a window with how near its end is at `at`."""
    return Budget(room=room, forecast=forecast, nearness=_nearness(room, forecast, at))


def shortest(budgets: Iterable[Budget]) -> Budget | None:
    """Return the window that is nearest to its end; None of none."""
    order = list(Nearness)

    def first(one: Budget) -> tuple[int, float, float]:
        ends = one.forecast.exhausted.likely
        return (
            order.index(one.nearness),
            ends.timestamp() if ends else float("inf"),
            one.room.uses - one.room.reserve,
        )

    return min(budgets, key=first, default=None)


def told_until(room: Room, at: datetime) -> datetime:
    """Return how long staff need not hear of a window again: to its end, at least an hour."""
    match room.kind:
        case Kind.FIXED:
            end = room.resets_at or at
        case Kind.ROLLING:
            end = at + (room.per or TOLD_FOR)
        case Kind.CREDIT:
            end = at + timedelta(hours=24)
        case _:
            assert_never(room.kind)
    return max(end, at + TOLD_FOR)


def explain_shortage(channel: str, some: Budget, zone: tzinfo = UTC) -> Phrase | None:
    """Return one sentence for a press officer, times in `zone`; None: there is no shortage."""
    room = some.room
    left = f"{int(room.uses)}/{int(room.limit / (room.cost or 1))}"
    what = Phrase(
        de=f"Das Kontingent {room.name} von {channel}", en=f"The quota {room.name} of {channel}"
    )
    match some.nearness:
        case Nearness.FAR:
            return None
        case Nearness.OVER:
            de, en = f"{what.de} ist aufgebraucht", f"{what.en} is used up"
            if room.resets_at:  # with the day: it is often tomorrow, and may be in weeks
                again = room.resets_at.astimezone(zone)
                de += f"; wieder frei am {again:%d.%m. um %H:%M} {zone_de(again)}"
                en += f"; free again at {again:%H:%M %Z on %d %b}"
            return Phrase(de=f"{de}.", en=f"{en}.")
        case Nearness.RESERVED:
            de = f"{what.de} ist bis auf die Reserve aufgebraucht: {left} übrig, nur noch für "
            en = f"{what.en} is down to its reserve: {left} left, for "
            de += "extreme und schwere Meldungen"
            en += "extreme and severe messages only"
        case _:
            de, en = f"{what.de} wird knapp: {left} übrig", f"{what.en} runs low: {left} left"
    when = _when(some, zone)
    return Phrase(de=f"{de}{when.de}.", en=f"{en}{when.en}.")


def _when(some: Budget, zone: tzinfo) -> Phrase:
    """Say when only the reserve, and when nothing will be left, as surely as it is known."""
    kept, ends = some.forecast.reserve, some.forecast.exhausted
    above = some.room.reserve and some.room.uses > some.room.reserve
    parts = [
        _clock(
            kept if above else Span(),
            zone,
            Phrase(
                de="nur noch für extreme und schwere Meldungen", en="for extreme and severe only"
            ),
        ),
        _clock(ends, zone, Phrase(de="aufgebraucht", en="used up")),
    ]
    return Phrase(de="".join(p.de for p in parts), en="".join(p.en for p in parts))


def _clock(ends: Span, zone: tzinfo, what: Phrase) -> Phrase:
    if ends.earliest is None:
        return Phrase(de="", en="")
    start = ends.earliest.astimezone(zone)
    first = f"{start:%H:%M}"
    de, en = f"; {what.de} frühestens um {first}", f"; {what.en} at {first} at the earliest"
    if ends.likely is not None:
        likely = f"{ends.likely.astimezone(zone):%H:%M}"
        de, en = f"{de}, voraussichtlich um {likely}", f"{en}, probably at {likely}"
    return Phrase(de=f"{de} ({zone_de(start)})", en=f"{en} ({start:%Z})")


def stage(some: Budget, at: datetime) -> str | None:
    """Return what staff have to hear of now: that all but the reserve, or that all may be used up.

    Only what can still be acted upon: of what is over, the verdict tells.
    """
    if some.nearness is Nearness.OVER:
        return None
    above = some.room.uses > some.room.reserve
    if some.room.reserve and above:
        return "reserve" if _near(some.room, some.forecast.reserve, at) else None
    return "all" if _near(some.room, some.forecast.exhausted, at) else None


def _near(room: Room, ends: Span, at: datetime) -> bool:
    whole = room.limit / (room.cost or 1)
    above = room.uses - room.reserve
    left = above if above > 0 else room.uses
    return warns(ends, at, scarce=left < SCARCE * whole)


def _nearness(room: Room, forecast: Forecast, at: datetime) -> Nearness:
    if room.uses < 1:
        return Nearness.OVER
    if room.uses <= room.reserve:
        return Nearness.RESERVED
    if _near(room, forecast.reserve, at):
        return Nearness.NEAR
    likely = forecast.reserve.likely
    begun = room.remaining <= (1 - BEGUN) * room.limit
    foreseen = begun and likely is not None and likely <= at + FORESEEN
    return Nearness.FORESEEN if foreseen else Nearness.FAR
