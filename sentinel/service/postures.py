"""Turns the posture and puts it in force: by hand, by messages, and by time.

It lives on disk; what is in memory is what was read or written last. Turning
it is idempotent and locked, so that any node may do it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from sentinel.domain.message import Message, MessageState
from sentinel.domain.posture import (
    Posture,
    Scene,
    Stance,
    Why,
    by_person,
    holds,
    let_go,
    moves,
    turned,
)
from sentinel.errors import InputError, Phrase, StorageError
from sentinel.failpoints import reach
from sentinel.service.board import Board
from sentinel.service.chains import named
from sentinel.service.outages import DAEMON
from sentinel.service.planner import Planner
from sentinel.storage.actor import Actor
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Postures:
    """Knows how the city stands, and turns it."""

    storage: Storage
    board: Board
    planner: Planner
    reconsider: Callable[[], None]
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def load(self) -> None:
        """Take up the posture of before a restart."""
        async with self.storage.read() as view:
            self.board.stance = await view.stance()

    async def set(self, posture: Posture, reason: str, actor: Actor) -> Stance:
        """Turn the posture by hand.

        Raises:
            InputError: 422 without a reason.
            StorageError: It could not be written; the posture is as before.
        """
        if not reason.strip():
            raise InputError(
                Phrase(de="Bitte einen Grund angeben (reason)", en="please give a reason (reason)"),
                field="reason",
            )

        async def write(unit: Unit) -> Stance:
            before = await unit.lock_stance()
            scene = await unit.scene(self.board.now())
            stance = by_person(before, posture, scene, reason=reason, by=actor.word)
            await self._keep(unit, before, stance, actor)
            return stance

        async with self._turn:
            stance = await self.storage.carry_out(write)
            reach("posture.turned")
            self._put(stance)
        return stance

    async def heed(self, message: Message) -> None:
        """Judge at once if a message that was just taken in, or approved, may turn the posture."""
        if moves(message, self.board.now()) and (message.follows or not self.board.crisis):
            try:
                await self.look()
            except StorageError as error:  # what was accepted is kept; the next tick looks again
                log.warning("storage.failed", error=type(error).__name__)

    async def look(self) -> None:
        """Judge by what stands now, and turn the posture if that follows.

        Raises:
            StorageError: It could not be read or written; the next look goes on.
        """
        async with self._turn:
            async with self.storage.read() as view:
                stance = await view.stance()
                scene = await view.scene(self.board.now())
            if self._turned(stance, scene) is not None:
                stance = await self._turn_over()
            self._put(stance)

    async def tick(self) -> None:
        """Let time pass. While the storage refuses, others say so, and the posture stays."""
        with suppress(StorageError):
            await self.look()

    async def release(self, name: str, actor: Actor) -> Message:
        """Let one message go that waits for the end of the crisis.

        Raises:
            InputError: 404 for no such message, 409 for one that does not wait for that.
        """
        async with self._turn:
            async with self.storage.write() as unit:
                await unit.lock_message((await named(unit, name)).id)
                message = await named(unit, name)
                stance = await unit.lock_stance()
                waits = await unit.message_state(message.id) in _WAITING and holds(stance, message)
                if stance is None or not waits:
                    raise _does_not_wait(message)
                stance = let_go(stance, message)
                await unit.set_stance(stance)
                unit.note(
                    "message.released",
                    actor=actor,
                    subject=message.id,
                    payload={"number": message.number},
                )
                reach("posture.release_before_commit")
            self._put(stance)
            async with self.storage.write() as unit:
                await unit.lock_message(message.id)
                await self.planner.replan(unit, message, self.board.now())
        log.info("message.released", message=message.id)
        return message

    async def _turn_over(self) -> Stance | None:
        """Judge once more with the posture locked, and write what follows."""
        async with self.storage.write() as unit:
            before = await unit.lock_stance()
            stance = self._turned(before, await unit.scene(self.board.now()))
            if stance is None:
                return before
            await self._keep(unit, before, stance, DAEMON)
        reach("posture.turned")
        return stance

    def _turned(self, stance: Stance | None, scene: Scene) -> Stance | None:
        """Judge; that somebody sets the clock is no time without news."""
        after = turned(stance, scene, self.board.rules.calm_after, DAEMON.word)
        return after if self.board.clock_holds() else None

    async def _keep(self, unit: Unit, before: Stance | None, after: Stance, actor: Actor) -> None:
        """Write a turn, with its journal entry."""
        await unit.set_stance(after)
        was = before is not None and before.crisis
        word = "renewed" if was is after.crisis else "opened" if after.crisis else "closed"
        payload = {"why": after.why, "reason": after.reason, "message": after.message}
        if word == "renewed":
            payload["why"] = Why.PERSON
        unit.note(f"posture.{word}", actor=actor, subject="posture", payload=payload)
        reach("posture.turn_before_commit")

    def _put(self, stance: Stance | None) -> None:
        """Put a posture in force."""
        if put(self.board, stance):
            self.reconsider()


_WAITING = frozenset({MessageState.HELD, MessageState.AWAITING_APPROVAL})


def put(board: Board, stance: Stance | None) -> bool:
    """Put the posture in force as it is on disk; return whether it is another one."""
    before, was = board.stance, board.crisis
    board.stance = stance
    if board.crisis != was:
        log.warning("posture.opened" if board.crisis else "posture.closed")
    return before != stance


def _does_not_wait(message: Message) -> InputError:
    return InputError(
        Phrase(
            de=f"{message.label} wartet nicht auf das Ende einer Krise",
            en=f"{message.label} does not wait for the end of a crisis",
        ),
        status=409,
    )
