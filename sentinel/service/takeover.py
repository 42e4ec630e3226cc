"""Takes over what a crash left in mid-attempt: nobody knows whether it was posted.

On several nodes the crash may have been another's, at any time; or another
stands still, and will find when it goes on that its lease is gone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import structlog

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Unclear, settle
from sentinel.domain.outcome import name_of
from sentinel.failpoints import reach
from sentinel.service.board import Board
from sentinel.service.leases import MARGIN
from sentinel.service.settling import Settling
from sentinel.storage.deliveries import Claim
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

log = structlog.get_logger()


class TakeOver:
    """Turns abandoned attempts into unclear ones, which are looked up."""

    def __init__(self, storage: Storage, board: Board, settling: Settling) -> None:
        self._storage = storage
        self._board = board
        self._settling = settling

    async def abandoned(self, in_hand: Collection[str]) -> bool:
        """Take over whatever is abandoned; return whether there was anything.

        What this very process has in hand is not abandoned, however long the
        storage refused.
        """
        at = self._board.now()
        async with self._storage.read() as view:
            left = [delivery for delivery in await view.abandoned(at) if delivery.id not in in_hand]
        for delivery in left:
            async with self._storage.write() as unit:
                await unit.lock_message(delivery.message_id)
                for claim in await unit.reclaim(lease=MARGIN, only=[delivery.id]):
                    await self._unclear(unit, claim, at)
                    log.warning("delivery.recovered", delivery=claim.delivery.id)
                    reach("dispatch.takeover_before_commit")
            reach("dispatch.taken_over")
        return bool(left)

    async def _unclear(self, unit: Unit, claim: Claim, at: datetime) -> None:
        delivery = claim.delivery
        lost = Unclear(Cause.UNREACHABLE, evidence="the attempt never reported back")
        await unit.end_open_attempts(
            delivery.id, at=at, outcome=name_of(lost), cause=lost.cause, evidence=lost.evidence
        )
        unknown = replace(settle(delivery, lost, at), due_at=at)
        await unit.settle(unknown, claim.token)
        self._settling.journal(unit, unknown, lost)
