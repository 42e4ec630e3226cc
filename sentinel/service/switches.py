"""What was switched on any node, the posture too: read from the storage, put in force here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from sentinel.domain.posture import Stance
from sentinel.domain.rules import Freeze
from sentinel.service.board import Board, Hold
from sentinel.service.desk import HOLD
from sentinel.service.postures import put
from sentinel.storage.view import View

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Known:
    """What was in force here before a look began, and was on disk by then."""

    hold: Hold | None
    freezes: Mapping[str, Freeze]
    stance: Stance | None


class Switches:
    """Follows hold, freezes and posture.

    A hold that was set here a moment ago, and is not on disk yet, must not be
    taken for one that ended. One that was on disk before the look began, and is
    not there any more, was ended by somebody, however fast: perhaps elsewhere,
    and before we ever read it.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._hold: Hold | None = None  # as last read

    def known(self) -> Known:
        """Return what to give to `read`; call this before its view is opened."""
        return Known(self._board.hold_kept, dict(self._board.freezes), self._board.stance)

    async def read(self, view: View, known: Known) -> bool:
        """Put in force what changed; return whether anything did."""
        hold = held(await view.flag(HOLD))
        freezes = await view.freezes()
        stance = await view.stance()
        before = self._board.hold, dict(self._board.freezes)
        turned = self._board.stance != known.stance  # here, since then: the next look sees it
        postured = not turned and put(self._board, stance)
        ended = hold is None and self._board.hold in {self._hold, known.hold}
        if (hold is not None and hold != self._hold) or ended:
            self._board.hold = hold
        self._hold = hold
        if before[1] == known.freezes:  # else somebody switched here meanwhile: the next look sees
            self._board.freezes = dict(freezes)
        if (self._board.hold is None) != (before[0] is None):
            log.warning("publishing.held" if self._board.hold else "publishing.resumed")
        return postured or before != (self._board.hold, self._board.freezes)


def held(kept: Any) -> Hold | None:
    """Return the hold that a flag keeps."""
    if not kept:
        return None
    since = datetime.fromisoformat(kept["since"])
    return Hold(reason=kept["reason"], by=kept["by"], since=since)
