"""Which of a contact's addresses is tried next: a failing one gives way, and not for ever.

Times are seconds of a clock that nobody sets; nothing here outlives the process:
after a restart every address is worth a try.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sentinel.domain.pauses import backoff

REST_S: Final = 60.0
LONGEST_REST_S: Final = 900.0
KNOCK_S: Final = 300.0
"""How often an address that needs the line is tried while the line is called lost.

The controls may be wrong, or blocked since the day they were written down; then
staff must hear of it all the same.
"""
_DOUBLINGS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One address as it stands. `fails`: times in a row that it took nothing."""

    offline: bool = False  # works without our line
    fails: int = 0
    failed_at: float = 0.0

    @property
    def rests_until(self) -> float:
        """Until when any other address is better: 1 minute, 2, 4 … at most 15."""
        if not self.fails:
            return self.failed_at
        doubled = 2.0 ** min(self.fails - 1, _DOUBLINGS)
        return self.failed_at + min(LONGEST_REST_S, REST_S * doubled)

    @property
    def again_at(self) -> float:
        """When it may be tried again although it failed: where there is no better one."""
        if not self.fails:
            return self.failed_at
        return self.failed_at + backoff(self.fails).total_seconds()


def failed(way: Way, at: float) -> Way:
    """Return the address after it took nothing at `at`."""
    return replace(way, fails=way.fails + 1, failed_at=at)


def well(way: Way) -> Way:
    """Return the address after it took something."""
    return replace(way, fails=0, failed_at=0.0)


def choose(ways: Sequence[Way], at: float, *, lost_since: float | None = None) -> int | None:
    """Return the index of the address to try at `at`; None: none of them now.

    The first in the list that does not rest; if all do, the first whose pause
    is over. While our line is lost (since `lost_since`) only those that work
    without it count; the others are knocked at every few minutes.
    """
    near = [n for n, way in enumerate(ways) if way.offline or lost_since is None]
    for number in near:
        if not ways[number].fails or ways[number].rests_until <= at:
            return number
    for number in near:
        if ways[number].again_at <= at:
            return number
    if lost_since is None:
        return None
    for number, way in enumerate(ways):
        if not way.offline and max(way.failed_at, lost_since) + KNOCK_S <= at:
            return number
    return None


def cut_off(ways: Sequence[Way]) -> bool:
    """Return whether a contact cannot be reached without our line."""
    return not any(way.offline for way in ways)
