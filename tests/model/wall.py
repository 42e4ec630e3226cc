"""The clock on the wall, which somebody may set, beside one that nobody sets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)


class Wall:
    """One machine's clock; it begins at noon."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._offset = timedelta()
        self._ticks = 0
        self.furthest = NOON  # what it ever showed

    def now(self) -> datetime:
        """Return what it shows; no two looks at it say the same."""
        self._ticks += 1
        shown = NOON + timedelta(seconds=self._elapsed()) + self._offset + self._ticks * TICK
        self.furthest = max(self.furthest, shown)
        return shown

    def step(self, by: timedelta) -> None:
        """Somebody sets it."""
        self._offset += by

    def steady(self) -> Callable[[], datetime]:
        """Return a clock that agrees with it now, and that nobody sets from here on."""
        began, base = self.now(), self._elapsed()
        return lambda: began + timedelta(seconds=self._elapsed() - base)
