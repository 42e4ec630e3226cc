"""Housekeeping: what the city's retention says is no longer to be kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from sentinel.service.board import Board
from sentinel.storage.storage import Storage

log = structlog.get_logger()


class Keeper:
    """Drops what is older than the rules allow; the journal's chain stays verifiable."""

    def __init__(self, storage: Storage, board: Board, now: Callable[[], datetime]) -> None:
        self._storage = storage
        self._board = board
        self._now = now

    async def tidy(self) -> None:
        """Drop old checks and messages once."""
        kept, at = self._board.rules.retention, self._now()
        async with self._storage.write() as unit:
            checks = await unit.drop_observations(at - kept.checks)
            messages = await unit.drop_messages(at - kept.messages)
            await unit.empty_payloads(at - kept.messages)
        log.info("storage.tidied", checks=checks, messages=messages)
