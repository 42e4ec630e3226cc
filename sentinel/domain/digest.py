"""The daily digest: when it is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Once a day, at this hour by the city's clock, these hear how things stand."""

    at: time
    notify: tuple[str, ...]  # contacts or rotas


def day_due(digest: Digest, at: datetime, zone: tzinfo, last: date) -> date | None:
    """Return the day whose digest is due at `at`; None while `last` is the day it was made for.

    An hour that a day does not have, as its clock is put forward, comes an hour
    later; one that a day has twice comes the first time. A day on which nobody
    could make it in time gets it late; a day that is over gets none.
    """
    today = at.astimezone(zone).date()
    if last >= today:
        return None
    return today if due_at(digest, today, zone) <= at else None


def due_at(digest: Digest, day: date, zone: tzinfo) -> datetime:
    """Return the moment at which a day's digest is due."""
    return datetime.combine(day, digest.at, zone)
