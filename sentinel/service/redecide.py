"""Decides about messages again: when their time has come, or when something changed for all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog

from sentinel.errors import StorageError
from sentinel.failpoints import reach
from sentinel.service.board import Board
from sentinel.service.planner import Planner
from sentinel.storage.storage import Storage

log = structlog.get_logger()

TOGETHER = 20
"""Messages that are decided about in one transaction: nobody else may touch them meanwhile."""

AGAIN_AFTER = timedelta(seconds=60)


class Redecider:
    """Keeps decisions up to date; a message that cannot be decided about delays no other."""

    def __init__(self, storage: Storage, board: Board, planner: Planner) -> None:
        self._storage = storage
        self._board = board
        self._planner = planner
        self._all_again = False
        self.turns = 0  # so often something was decided, for whoever asks whether this goes on

    def all_again(self) -> None:
        """Have every open message decided about at the next `due`.

        Until that is done, whoever begins an attempt decides about its message first.
        """
        self._all_again = self._planner.behind = True

    async def every_open(self) -> None:
        """Decide about every open message again.

        Raises:
            StorageError: Some of it may not be on disk; the next `due` tries again.
        """
        self._all_again = False
        try:
            async with self._storage.read() as view:
                messages = await view.open_messages()
            messages.sort(key=lambda message: message.effective_severity.rank)  # the gravest first
            await self._replan([message.id for message in messages])
        except StorageError:
            self._all_again = True
            raise
        self._planner.behind = self._all_again

    async def due(self) -> bool:
        """Decide about those whose time has come; return whether there were any.

        Raises:
            StorageError: As of `every_open`.
        """
        again = self._all_again
        if again:
            await self.every_open()
        due = self._planner.due(self._board.now())
        await self._replan(due)
        return again or bool(due)

    async def _replan(self, message_ids: Sequence[str]) -> None:
        for first in range(0, len(message_ids), TOGETHER):
            some = message_ids[first : first + TOGETHER]
            try:
                await self._decide(some)
            except StorageError:
                raise
            except Exception:
                # One message that cannot be decided about must not keep the others waiting.
                log.exception("messages.undecided", messages=len(some))
                await self._decide_alone(some)

    async def _decide_alone(self, message_ids: Sequence[str]) -> None:
        for message_id in message_ids:
            try:
                await self._decide([message_id])
            except StorageError:
                raise
            except Exception:
                self._planner.wakes[message_id] = self._board.now() + AGAIN_AFTER
                log.exception("message.undecided", message=message_id)

    async def _decide(self, message_ids: Sequence[str]) -> None:
        self.turns += 1
        async with self._storage.write() as unit:
            await unit.lock_messages(message_ids)
            for message_id in message_ids:
                message = await unit.message(message_id)
                if message is None:
                    self._planner.wakes.pop(message_id, None)  # retention was faster
                else:
                    await self._planner.replan(unit, message, self._board.now())
                    reach("dispatch.decide_before_commit")
        reach("dispatch.decided")
