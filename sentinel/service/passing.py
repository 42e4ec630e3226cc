"""Lets time pass over healths, and looks again only at those that time alone will change."""

from __future__ import annotations

from datetime import datetime

from sentinel.domain.health import ChannelHealth, at_time, next_change_at
from sentinel.domain.rules import Probing


class Passing:
    """Knows when each channel's health next changes if nothing more is observed.

    Every channel is asked every second, and a thousand answers would hold up
    the loop. What is observed, judged by other rules or shifted with the wall
    clock is not what was looked at, and is looked at anew.
    """

    def __init__(self) -> None:
        self._looked: dict[str, tuple[ChannelHealth, Probing, datetime | None]] = {}  # by channel

    def passed(self, health: ChannelHealth, probing: Probing, at: datetime) -> ChannelHealth:
        """Return the health as it stands at `at`; the very same object if nothing changed."""
        due = self._due(health, probing, at)
        if due is None or due > at:
            return health
        return at_time(health, probing, at)

    def _due(self, health: ChannelHealth, probing: Probing, at: datetime) -> datetime | None:
        known = self._looked.get(health.channel)
        if known is not None and known[0] is health and known[1] is probing:
            return known[2]
        due = next_change_at(health, probing, at)
        self._looked[health.channel] = (health, probing, due)
        return due
