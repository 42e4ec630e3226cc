"""The one place where clocks are read and identities are drawn."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import uuid_utils

_UNSET = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Runs on while the process, or the whole machine, sleeps; nobody can set it."""


def utc_now() -> datetime:
    """Return the wall clock's time, in UTC."""
    return datetime.now(UTC)


def elapsed() -> float:
    """Return seconds since some moment in the past, by a clock that nobody sets."""
    return time.clock_gettime(_UNSET)


def new_id() -> str:
    """Return a fresh UUIDv7: ids sort by age."""
    return str(uuid_utils.uuid7())


@dataclass(frozen=True, slots=True)
class Clock:
    """The two clocks of a daemon: one tells the time of day, one only how much has passed."""

    now: Callable[[], datetime] = utc_now
    elapsed: Callable[[], float] = elapsed

    def steady(self) -> Callable[[], datetime]:
        """Return a clock that agrees with the wall clock now, and is never set from here on."""
        began, base = self.now(), self.elapsed()
        return lambda: began + timedelta(seconds=self.elapsed() - base)


SYSTEM = Clock()
"""The clocks of this machine."""
