"""Moments as people read them, in a time zone: day, hour and the zone's name."""

from __future__ import annotations

from datetime import datetime, tzinfo

from sentinel.domain.wording import zone_de
from sentinel.errors import Phrase


def moment(at: datetime, zone: tzinfo) -> Phrase:
    """Return day and hour."""
    there = at.astimezone(zone)
    return Phrase(de=f"{there:%d.%m. %H:%M} {zone_de(there)}", en=f"{there:%d %b %H:%M} {there:%Z}")


def hour(at: datetime, zone: tzinfo) -> str:
    """Return the hour alone."""
    return f"{at.astimezone(zone):%H:%M}"


def span(begin: datetime, end: datetime, zone: tzinfo) -> Phrase:
    """Return a period; the day is said once if it is the same."""
    first, last = begin.astimezone(zone), end.astimezone(zone)
    until = moment(end, zone)
    if first.date() == last.date():
        until = Phrase(de=f"{last:%H:%M} {zone_de(last)}", en=f"{last:%H:%M} {last:%Z}")
    return Phrase(
        de=f"{first:%d.%m. %H:%M} bis {until.de}", en=f"{first:%d %b %H:%M} to {until.en}"
    )
