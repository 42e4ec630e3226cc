"""How long to wait before trying, or looking, again."""

from __future__ import annotations

from datetime import timedelta

FIND_PAUSES_S = (2, 5, 10, 30, 60, 120, 300, 600, 1800)
"""Pauses between look-ups after an unclear outcome; after the last, only a person decides."""

REPEAT_AFTER = timedelta(seconds=30)
"""The shortest time between an unclear attempt and its repetition."""


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after the given number of attempts: 1, 2, 4 … at most 60 s."""
    return timedelta(seconds=min(60, 2 ** min(max(attempts - 1, 0), 6)))


def find_pause(finds: int) -> timedelta:
    """Return how long to wait before the next look-up after the given number of them."""
    return timedelta(seconds=FIND_PAUSES_S[min(finds, len(FIND_PAUSES_S) - 1)])
