"""Our line or theirs: whether our own line out is lost, by the word of its controls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UplinkHealth:
    """What is known of one of our lines."""

    lost: bool
    since: datetime
    answered: int  # controls that answered last time
    asked: int


def judge_uplink(answers: int, lost_below: int) -> bool:
    """Return whether the line is lost: fewer than `lost_below` controls answered."""
    return answers < lost_below


def uplink_after(
    before: UplinkHealth | None, *, answered: int, asked: int, lost_below: int, at: datetime
) -> UplinkHealth:
    """Return the line's health after its controls were asked at `at`.

    A line with fewer controls than `lost_below` is lost when any of them is
    silent; one without controls is never called lost, for nobody can tell.
    """
    lost = judge_uplink(answered, min(lost_below, asked))
    since = before.since if before and before.lost == lost else at
    return UplinkHealth(lost=lost, since=since, answered=answered, asked=asked)
