"""Housekeeping: what the city's retention says is no longer to be kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from sentinel.domain.availability import Grain
from sentinel.service.board import Board
from sentinel.storage.storage import Storage

log = structlog.get_logger()

HOURS_KEPT = timedelta(days=30)
"""Availability is kept by the hour so long, then by the day."""

WINDOWS_KEPT = timedelta(days=40)
"""What a platform said of a limit says nothing any more after that: longer than any month's."""


class Keeper:
    """Drops what is older than the rules allow; the journal's chain stays verifiable."""

    def __init__(
        self,
        storage: Storage,
        board: Board,
        now: Callable[[], datetime],
        leads: Callable[[], bool] = lambda: True,  # of several nodes only the leader tidies
    ) -> None:
        self._storage = storage
        self._board = board
        self._now = now
        self._leads = leads

    async def tidy(self) -> None:
        """Drop old checks and messages once, if this node is to."""
        if not self._leads():
            return
        kept, at = self._board.rules.retention, self._now()
        async with self._storage.write() as unit:
            checks = await unit.drop_observations(at - kept.checks)
            messages = await unit.drop_messages(at - kept.messages)
            await unit.drop_notifications(at - kept.messages)
            await unit.drop_windows(at - WINDOWS_KEPT)
            await unit.empty_payloads(at - kept.messages)
            await unit.days_of_hours(Grain.DAY.start(at - HOURS_KEPT))
            await unit.drop_rollups(at - kept.rollups)
        log.info("storage.tidied", checks=checks, messages=messages)
