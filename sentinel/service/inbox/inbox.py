"""Watches the intake folder: takes in what is finished, and puts it away with what came of it.

A file is accepted before it is moved, under a key that follows from its content:
a crash between the two finds the same message again. One that cannot be read or
moved is said once and tried again at every look; it holds up no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import structlog

from sentinel.errors import InputError, StorageError
from sentinel.failpoints import reach
from sentinel.service.board import Board
from sentinel.service.inbox.folder import ACCEPTED, REFUSED, Changed, Folder, Found, Stamp
from sentinel.service.inbox.reading import check_name, place, read_letter, reason
from sentinel.service.inbox.reception import FOLDER, Reception
from sentinel.service.parts import Parts
from sentinel.storage.storage import Storage

log = structlog.get_logger()

T = TypeVar("T")

PAUSE = timedelta(seconds=1)
PATIENCE = timedelta(seconds=10)
"""How long one step on the folder may take: a share whose server is gone hangs for ever."""

_WHOLE = ""  # stands for the folder itself among its troubles; no file has this name


@dataclass(frozen=True, slots=True)
class _Decided:
    """What came of a file, until it is moved."""

    stamp: Stamp
    refusal: InputError | None


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why a file, or the folder, cannot be dealt with; it was said once."""

    shown: str
    journalled: bool


class Inbox:
    """The intake folder of the rules that are in force; idle while they name none."""

    def __init__(
        self, storage: Storage, board: Board, reception: Reception, woken: Callable[[], None]
    ) -> None:
        self._storage = storage
        self._board = board
        self._reception = reception
        self._woken = woken  # called when there is something new to send
        self._seen: dict[str, Stamp] = {}  # at the look before
        self._decided: dict[str, _Decided] = {}
        self._troubles: dict[str, _Trouble] = {}  # by name
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inbox")

    async def run_until(self, stop: asyncio.Event) -> None:
        """Look about once a second until `stop` is set; the file under way is finished first."""
        try:
            while not stop.is_set():
                await self.look(stop)
                with suppress(TimeoutError):
                    async with asyncio.timeout(PAUSE.total_seconds()):
                        await stop.wait()
        finally:
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def look(self, stop: asyncio.Event | None = None) -> None:
        """Deal with every file that has not changed since the look before, oldest first."""
        directory = self._board.rules.intake_directory
        if directory is None:
            self._seen.clear()
            return
        folder = Folder(Path(directory))
        try:
            lying = await self._aside(folder.look)
        except (OSError, ValueError) as error:
            await self._begun(_WHOLE, directory, error)
            return
        await self._ended(_WHOLE)
        before, self._seen = self._seen, {found.name: found.stamp for found in lying}
        await self._forget_others()
        for found in lying:
            if stop is not None and stop.is_set():
                return
            if before.get(found.name) == found.stamp and not await self._deal(folder, found):
                return

    async def _deal(self, folder: Folder, found: Found) -> bool:
        """Deal with one file; return False if there is no sense in going on with others now."""
        try:
            await self._settle(folder, found)
        except (Changed, FileNotFoundError):
            return True  # somebody else has it in hand, and the next look sees what became of it
        except OSError as error:
            await self._begun(found.name, found.shown, error)
            return True
        except StorageError as error:
            # The others wait too: an all-clear must find its alarm.
            await self._begun(found.name, found.shown, error)
            return False
        except Exception as error:  # noqa: BLE001 - one strange file must not end the daemon
            await self._begun(found.name, found.shown, error)
            return True
        await self._ended(found.name)
        return True

    async def _settle(self, folder: Folder, found: Found) -> None:
        """Decide about a file, once, and put it away."""
        decided = self._decided.get(found.name)
        if decided is None or decided.stamp != found.stamp:
            decided = _Decided(found.stamp, await self._decide(folder, found))
            self._decided[found.name] = decided
        reach("inbox.decided")
        if decided.refusal is None:
            await self._aside(lambda: folder.put_away(found, ACCEPTED))
        else:
            why = reason(found, decided.refusal)
            await self._aside(lambda: folder.put_away(found, REFUSED, why))
        reach("inbox.put_away")
        self._decided.pop(found.name)
        self._seen.pop(found.name, None)  # the next file of this name is another one

    async def _decide(self, folder: Folder, found: Found) -> InputError | None:
        """Take the message in, or return why not. Either is in the journal then."""
        language, at = self._board.rules.language, self._board.now()
        try:
            check_name(found)
            data = await self._aside(lambda: folder.read(found))
            letter = await self._aside(lambda: read_letter(found, data, language=language, at=at))
            taken = await self._reception.take(letter)
        except InputError as refusal:
            await self._note_refused(found, refusal)
            return refusal
        reach("inbox.accepted")
        async with self._storage.write() as unit:
            unit.note(
                "intake.accepted",
                actor=FOLDER,
                subject=taken.message.id,
                payload={
                    "file": found.shown,
                    "number": taken.message.number,
                    "again": not taken.created,
                },
            )
        log.info("intake.accepted", file=found.shown, message=taken.message.id)
        self._woken()
        return None

    async def _note_refused(self, found: Found, refusal: InputError) -> None:
        where = place(found, refusal)
        async with self._storage.write() as unit:
            unit.note(
                "intake.refused",
                actor=FOLDER,
                subject=found.shown,
                payload={
                    "where": where,
                    "reason_de": refusal.phrase.de,
                    "reason_en": refusal.phrase.en,
                },
            )
        log.warning("intake.refused", file=found.shown, where=where)

    async def _begun(self, name: str, shown: str, error: Exception) -> None:
        """Say once that a file, or the folder, is in trouble; staff hear of it too."""
        if name in self._troubles:
            return
        what = _said(error)
        known = not isinstance(error, (OSError, ValueError, StorageError))
        log.warning("intake.blocked", file=shown, error=what, exc_info=error if known else None)
        self._troubles[name] = _Trouble(shown, journalled=False)
        if isinstance(error, StorageError):
            return  # staff are told of that by others, and nothing can be written down
        with suppress(StorageError):  # the log has it, and whoever lost the storage tells staff
            async with self._storage.write() as unit:
                unit.note("intake.blocked", actor=FOLDER, subject=shown, payload={"error": what})
            self._troubles[name] = _Trouble(shown, journalled=True)

    async def _ended(self, name: str) -> None:
        """Say once that a trouble is over."""
        trouble = self._troubles.pop(name, None)
        if trouble is None:
            return
        log.info("intake.resumed", file=trouble.shown)
        if trouble.journalled:
            with suppress(StorageError):  # the log has it
                async with self._storage.write() as unit:
                    unit.note("intake.resumed", actor=FOLDER, subject=trouble.shown)

    async def _forget_others(self) -> None:
        """Forget what no longer lies there: somebody took it away."""
        for name in self._decided.keys() - self._seen.keys():
            del self._decided[name]
        for name in self._troubles.keys() - self._seen.keys() - {_WHOLE}:
            await self._ended(name)

    async def _aside(self, work: Callable[[], T]) -> T:
        """Return what `work` does in a thread of our own, so that nobody waits for a slow disk."""
        async with asyncio.timeout(PATIENCE.total_seconds()):
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def inbox_of(parts: Parts) -> Inbox:
    """Return the intake folder of one daemon."""
    reception = Reception(parts.storage, parts.board, parts.intake, parts.follow_ups)
    return Inbox(parts.storage, parts.board, reception, parts.dispatcher.wake)


def _said(error: Exception) -> str:
    """Return what is wrong, without any path: the file is named beside it."""
    if isinstance(error, StorageError):
        return type(error).__name__
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return type(error).__name__
