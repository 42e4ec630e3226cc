"""How often something may be tried: a bucket of tries that fills again with time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`tries` at once, and one more every `every`."""

    tries: int
    every: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """What was tried: so much is used up, as of then."""

    used: float
    at: datetime


def used_at(bucket: Bucket | None, pace: Pace, now: datetime) -> float:
    """Return how many tries are used up; time gives them back, a clock set back takes none."""
    if bucket is None:
        return 0.0
    passed = max(now - bucket.at, timedelta())
    return max(bucket.used - passed / pace.every, 0.0)


def wait_for(bucket: Bucket | None, pace: Pace, now: datetime) -> timedelta:
    """Return how long until the next try is allowed; nothing: now."""
    over = used_at(bucket, pace, now) + 1 - pace.tries
    return max(over, 0.0) * pace.every


def tried(bucket: Bucket | None, pace: Pace, now: datetime) -> Bucket:
    """Return the bucket after one more try."""
    return Bucket(used=used_at(bucket, pace, now) + 1, at=now)


def given_back(bucket: Bucket) -> Bucket:
    """Return the bucket as if one try less had been made: it was a good one."""
    return replace(bucket, used=max(bucket.used - 1, 0.0))
