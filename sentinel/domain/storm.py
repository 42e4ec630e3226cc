"""How many parcels a contact gets at most: whoever is woken by sixty mails reads none of them.

What is held back is not lost: it goes out in one parcel with what comes after it.
Times are seconds of a clock that nobody sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Cap:
    """So many at once, and then one in so many seconds."""

    burst: int
    every_s: float


CALM: Final = Cap(10, 30.0)
GRAVE: Final = Cap(20, 3.0)
"""Citizens wait for what these are about: only a loop of our own could reach this."""


@dataclass(frozen=True, slots=True)
class Room:
    """How many parcels a cap still allowed at `at`, when the last one went."""

    cap: Cap
    left: float
    at: float


def fresh(cap: Cap) -> Room:
    """Return the room of somebody who was sent nothing yet."""
    return Room(cap, float(cap.burst), float("-inf"))


def free_at(room: Room) -> float:
    """Return from when the next parcel may go."""
    return room.at + max(1.0 - room.left, 0.0) * room.cap.every_s


def after(room: Room, at: float) -> Room:
    """Return the room after one more parcel at `at`, whoever let it pass."""
    grown = min(room.left + (at - room.at) / room.cap.every_s, float(room.cap.burst))
    return Room(room.cap, max(grown - 1.0, 0.0), at)
