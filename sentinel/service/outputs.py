"""Tells alerting chains that a city already has. Each receiver has a loop and a place of its own.

So a receiver that hangs delays nobody. What it has been told is on disk: a
webhook's place in the journal moves only when it has taken an event, and an
alert is sent again until Alertmanager has it. Only the leader tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeAlias

import structlog

from probes import Tools
from sentinel.domain.output import Output, OutputKind
from sentinel.errors import StorageError
from sentinel.service.accounts import Hide
from sentinel.service.alerting import Alerting
from sentinel.service.board import Board
from sentinel.service.leader import Leader
from sentinel.service.output_post import OutputPost
from sentinel.service.webhooking import CURSORS, Webhooking
from sentinel.storage.storage import Storage

log = structlog.get_logger()

LOOK_S = 1.0
"""How often new rules are looked for, and how long a loop rests at most."""

AFTER_A_CRASH_S = 60.0

Worker: TypeAlias = Alerting | Webhooking


class Outputs:
    """Keeps one loop going for each receiver that the rules name."""

    def __init__(
        self,
        *,
        storage: Storage,
        board: Board,
        leader: Leader,
        tools: Tools,
        hide: Hide,
        elapsed: Callable[[], float],
    ) -> None:
        self._storage = storage
        self._board = board
        self._leader = leader
        self._tools = tools
        self._hide = hide
        self._elapsed = elapsed
        self._tidied: frozenset[str] | None = None
        self.results: dict[tuple[str, str], int] = {}  # (output, sent or failed) -> count
        self.places: dict[str, int] = {}  # how far each reader of the journal has come

    async def run_until(self, stop: asyncio.Event) -> None:
        """Tell every receiver what is new until `stop` is set."""
        running: dict[str, tuple[Output, asyncio.Task[None]]] = {}
        async with asyncio.TaskGroup() as group:
            while not stop.is_set():
                wanted = {output.name: output for output in self._board.rules.staff.outputs}
                for name, (output, task) in list(running.items()):
                    if wanted.get(name) != output:
                        task.cancel()
                        del running[name]
                for name in wanted.keys() - running.keys():
                    serving = group.create_task(self._serve(wanted[name]))
                    running[name] = (wanted[name], serving)
                await self._tidy(wanted)
                await _rest(stop, LOOK_S)
            for _, task in running.values():
                task.cancel()

    def worker(self, output: Output) -> Worker:
        """Return what tells one receiver."""
        post = OutputPost(
            output=output,
            board=self._board,
            tools=self._tools,
            hide=self._hide,
            results=self.results,
        )
        match output.kind:
            case OutputKind.ALERTMANAGER:
                return Alerting(self._storage, self._board, post, self._elapsed)
            case OutputKind.WEBHOOK:
                return Webhooking(self._storage, self._board, post, self.places)

    async def _serve(self, output: Output) -> None:
        worker, in_trouble = self.worker(output), False
        while True:
            seen, pause = self._storage.changes, LOOK_S
            try:
                if self._leader.leads:
                    pause = await worker.round()
                in_trouble = False
            except StorageError as error:
                if not in_trouble:
                    log.warning("storage.failed", error=type(error).__name__)
                in_trouble = True
            except Exception:
                # An extra for other systems must not take the daemon down with it.
                log.exception("output.crashed", output=output.name)
                pause = AFTER_A_CRASH_S
            if pause > LOOK_S:
                await asyncio.sleep(pause)
            elif pause:
                await self._storage.wait_change(pause, seen=seen)

    async def _tidy(self, wanted: Mapping[str, Output]) -> None:
        """Forget the place of a receiver that the rules no longer name.

        Should it come back, it begins with what happens then, and not with all since.
        """
        names = frozenset(wanted)
        if self._tidied == names or not self._leader.leads:
            return
        try:
            async with self._storage.read() as view:
                readers = [name for name in await view.cursors() if name.startswith(CURSORS)]
            gone = [name for name in readers if name.removeprefix(CURSORS) not in names]
            if gone:
                async with self._storage.write() as unit:
                    for reader in gone:
                        await unit.drop_cursor(reader)
        except StorageError as error:
            log.warning("storage.failed", error=type(error).__name__)
            return
        self._tidied = names


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
