"""What people switched on any node: read from the storage, and put in force here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog

from sentinel.domain.rules import Freeze
from sentinel.service.board import Board, Hold
from sentinel.service.desk import HOLD
from sentinel.storage.view import View

log = structlog.get_logger()


class Switches:
    """Follows hold and freezes.

    Only what changed on disk is put in force. A hold that was set here a
    moment ago, and is not on disk yet, must not be taken for one that ended.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._hold: Hold | None = None  # as last read
        self._freezes: Mapping[str, Freeze] = {}

    async def read(self, view: View) -> bool:
        """Put in force what changed; return whether anything did."""
        hold = held(await view.flag(HOLD))
        freezes = await view.freezes()
        before = self._board.hold, dict(self._board.freezes)
        if hold != self._hold:
            if hold is not None or self._board.hold == self._hold:
                self._board.hold = hold
            self._hold = hold
        if freezes != self._freezes:
            self._board.freezes = dict(freezes)
            self._freezes = freezes
        if (self._board.hold is None) != (before[0] is None):
            log.warning("publishing.held" if self._board.hold else "publishing.resumed")
        return before != (self._board.hold, self._board.freezes)


def held(kept: Any) -> Hold | None:
    """Return the hold that a flag keeps."""
    if not kept:
        return None
    since = datetime.fromisoformat(kept["since"])
    return Hold(reason=kept["reason"], by=kept["by"], since=since)
