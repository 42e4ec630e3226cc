"""Times of the rules in which less is told: quiet hours of every day, and planned maintenance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Every day from `start` to `end`, over midnight if `end` comes first."""

    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """Maintenance that the rules state. No `channels`: of everything."""

    channels: tuple[str, ...] = ()
    starts_at: datetime
    ends_at: datetime
    reason: str


def quiet_until(hours: QuietHours | None, zone: tzinfo, at: datetime) -> datetime | None:
    """Return when the quiet hours end in which `at` lies, in UTC; None: it lies in none.

    By the clock on the wall: in the nights in which it is set they are an hour
    shorter or longer. An hour that the change skips begins where it ends.
    """
    if hours is None:
        return None
    today = at.astimezone(zone).date()
    for day in (today - _DAY, today):
        last = day + _DAY if hours.end <= hours.start else day
        start = datetime.combine(day, hours.start, zone).astimezone(UTC)
        end = datetime.combine(last, hours.end, zone).astimezone(UTC)
        if start <= at < end:
            return end
    return None
