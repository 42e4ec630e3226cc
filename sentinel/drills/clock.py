"""The world's clock in a drill: the simulated platforms go by it, the daemon by the machine's."""

from __future__ import annotations

from datetime import datetime, timedelta

from sentinel.app.clock import utc_now


class WorldClock:
    """The time everywhere but at the daemon, whose own clock may be fast."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._told: list[tuple[int, timedelta]] = [(0, timedelta())]

    def now(self) -> datetime:
        """Return the time that the simulated platforms go by."""
        return utc_now() - self._ahead

    def put_back(self, ahead: timedelta, notes: int) -> None:
        """Make the daemon's clock fast by `ahead`; so many `notes` have come before."""
        self._ahead = ahead
        self._told.append((notes, ahead))

    def came_at(self, number: int, stamp: str) -> datetime:
        """Return when the note of that number really came, by the stamp that it bears."""
        ahead = next(ahead for before, ahead in reversed(self._told) if before <= number)
        return datetime.fromisoformat(stamp) + ahead
