"""How many posts may be begun on a channel now, so that no limit we know of is run into.

A burst of fifty posts at a platform that has three left provokes a refusal that
anybody could foresee. So no more posts are under way on a channel than its
tightest window has left, and routine messages keep off the reserve. Two things
stand above that: a grave message always gets one try at a time ("never the last
one"), and a window that names no end gets one try as well, for who else would
find out that it is over?
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor

from sentinel.domain.quota import Room

WINDOWS = ("posts", "calls")
"""The quotas that a post uses up; what it reads and what it replies to are others'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many more posts may be begun now: if all of them are grave, and if none is."""

    grave: int
    routine: int


def pace(rooms: Iterable[Room], *, under_way: int, lanes: int) -> Pace:
    """Return how many posts may join the `under_way` ones, with `lanes` at once at the most.

    Args:
        rooms: What is left of each window that a post uses up; none: nobody limits it.
        under_way: Posts that are begun and not ended; each may still use up one.
        lanes: How many may be under way if no window were tight.
    """
    known = list(rooms)
    free = lanes - under_way
    first = min(free, 1) if under_way == 0 else 0
    grave = min([free, *(floor(room.uses) - under_way for room in known)])
    routine = min([free, *(floor(room.uses - room.reserve) - under_way for room in known)])
    trial = first if _endless(known) else 0
    return Pace(grave=max(grave, first, 0), routine=max(routine, trial, 0))


def _endless(rooms: Iterable[Room]) -> bool:
    """Return whether what is used up is said to be so for ever: only a try shows that it ended."""
    empty = [room for room in rooms if room.uses < 1]
    return bool(empty) and all(room.limit > 0 and room.resets_at is None for room in empty)
