"""Is our own clock right? A wrong one breaks OAuth 1.0a and makes WordPress schedule, not publish.

Pure: it works on the Date headers that the uplink's controls sent anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

OWN = True

_HALF_A_SECOND = timedelta(milliseconds=500)  # Date headers are cut to whole seconds


def offset(dates: Sequence[datetime], seen_at: Sequence[datetime]) -> timedelta | None:
    """Return how far our clock is ahead (negative: behind); None if no control told the time.

    The median, so that one control with a wrong clock of its own says nothing.
    Good to about a second.

    Args:
        dates: What the controls' Date headers said.
        seen_at: What our clock said when each of them came.
    """
    ahead = [
        (seen - date - _HALF_A_SECOND).total_seconds()
        for date, seen in zip(dates, seen_at, strict=True)
    ]
    return timedelta(seconds=median(ahead)) if ahead else None
