"""Tells staff: reads the journal, climbs what nobody has taken on; `sending` works the queue.

The queue is on disk and written together with the reader's place in the
journal and with where each escalation stands, so that no news is lost and none
is queued twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from sentinel.domain.news_item import News
from sentinel.domain.quiet import quiet_until
from sentinel.domain.rules import Contact, Level
from sentinel.errors import StorageError
from sentinel.failpoints import reach
from sentinel.service.accounts import Hide
from sentinel.service.board import Board
from sentinel.service.climbing import carry_out, plan
from sentinel.service.compose import ACKNOWLEDGED, Told, told_of
from sentinel.service.gathering import Gathering, outages_of
from sentinel.service.hand_over import aside, warm_up
from sentinel.service.maintenance import Maintaining
from sentinel.service.sending import Send, Sending
from sentinel.service.telling import Teller
from sentinel.storage.journal import Entry
from sentinel.storage.notifications import Notification
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

log = structlog.get_logger()

READER: Final = "notifier"
BATCH: Final = 500
CATCH_UP: Final = 20  # batches before anything is told; then who waits has waited long enough
IDLE_S: Final = 1.0

OnCall = Callable[[str, datetime], Sequence[str]]
"""Returns the contacts on call by a rota, by its name."""


def _nobody(_rota: str, _at: datetime) -> Sequence[str]:
    return ()


class Notifier:
    """One journal reader and climber with a durable queue behind it."""

    def __init__(
        self,
        storage: Storage,
        board: Board,
        hide: Hide,
        send: Send | None = None,
        *,
        leads: Callable[[], bool] = lambda: True,  # of several nodes only the leader tells
        on_call: OnCall = _nobody,
    ) -> None:
        self._storage = storage
        self._board = board
        self.sending = Sending(storage, board, hide, self._trouble, send)
        self._leads = leads
        self._on_call = on_call
        self._teller = Teller(board)
        self._maintaining = Maintaining(storage, board)
        self._in_trouble = False
        self.beat: datetime | None = None

    @property
    def results(self) -> dict[tuple[str, str], int]:
        """How often each (contact, result) came about since the start."""
        return self.sending.results

    async def run_until(self, stop: asyncio.Event) -> None:
        """Read the journal and work the queue until `stop` is set."""
        async with asyncio.TaskGroup() as sending:
            sending.create_task(aside(warm_up))
            while not stop.is_set():
                seen = self._storage.changes
                if not self._leads():
                    self.beat = self._board.now()
                    await asyncio.sleep(IDLE_S)
                    continue
                try:
                    done = await self._round(sending)
                    self._trouble(None)
                    self.beat = self._board.now()
                    if not done:
                        await self._storage.wait_change(await self._pause_s(), seen=seen)
                except StorageError as error:
                    self._trouble(error)
                    self.beat = self._board.now()  # a storage that refuses is judged by itself
                    await asyncio.sleep(IDLE_S)
                except Exception:  # it must not end what publishes; it beats no more meanwhile
                    log.exception("notifier.crashed")
                    await asyncio.sleep(IDLE_S)

    async def _round(self, sending: asyncio.TaskGroup) -> int:
        """Queue and send; what is queued goes out even if nothing can be added to it."""
        try:
            done = await self.turn()
        except StorageError:
            raise
        except Exception:
            await self.sending.send_due(sending)
            raise
        return done + await self.sending.send_due(sending)

    async def turn(self) -> int:
        """Queue what is to be told now; return how much there was to do.

        Raises:
            StorageError: What is not written is done at the next turn.
        """
        done = await self._maintaining.look()
        for _ in range(CATCH_UP):  # what broke together is told together, once all of it is read
            read = await self.read()
            done += read
            if read < BATCH:
                break
        return done + await self.climb()

    async def _pause_s(self) -> float:
        """Return how long nothing is due; other nodes' commits wake nobody, so never long."""
        async with self._storage.read() as view:
            due = await view.next_escalation_due()
        if due is None:
            return IDLE_S
        return min(max((due - self._board.now()).total_seconds(), 0.01), IDLE_S)

    def _trouble(self, error: StorageError | None) -> None:
        """Say once that the storage refuses, and once that it works again."""
        if error is not None and not self._in_trouble:
            log.error("notifier.blocked", error=error.phrase.en)
        if error is None and self._in_trouble:
            log.warning("notifier.resumed")
        self._in_trouble = error is not None

    async def read(self) -> int:
        """Take in the next journal entries; return how many were read.

        What is about an outage goes into its escalation, all else is queued for
        those who are called first.
        """
        async with self._storage.read() as view:
            entries = await view.entries(after=await view.cursor(READER), limit=BATCH)
            if not entries:
                return 0
            ours = await outages_of(view, entries)
            news = {
                entry.number: told
                for entry in entries
                if entry.number not in ours
                and (told := await told_of(view, self._board, entry)) is not None
            }
        async with self._storage.write() as unit:
            if await unit.cursor(READER) >= entries[-1].number:
                return 0
            rest = await Gathering(unit, self._board, self._board.now()).take(entries)
            for notification in await self._queue(unit, rest, news):
                await unit.add_notification(notification)
            await unit.set_cursor(READER, entries[-1].number)
            reach("notify.queued_before_commit")
        reach("notify.queued")
        return len(entries)

    async def climb(self) -> int:
        """Tell what is due of open escalations; return how many were looked at."""
        async with self._storage.read() as view:
            made = await plan(view, self._board, self._teller, self._called)
        if made is None:
            return 0
        async with self._storage.write() as unit:
            await carry_out(unit, made)
            reach("notify.climbed_before_commit")
        reach("notify.climbed")
        return len(made.steps)

    def _levels(self) -> Sequence[Level]:
        staff = self._board.rules.staff
        return staff.levels or (Level(after=timedelta(), notify=tuple(staff.contacts)),)

    def _called(self, level: int) -> list[str]:
        """Return the contacts whom a level calls now, itself or by a rota."""
        staff, names = self._board.rules.staff, list[str]()
        for name in self._levels()[level].notify:
            of_rota = name not in staff.contacts
            names += self._on_call(name, self._board.now()) if of_rota else [name]
        return [name for name in dict.fromkeys(names) if name in staff.contacts]

    def _first_called(self) -> list[Contact]:
        """Return who hears first; where nobody is on call, the next level, or everybody."""
        contacts = self._board.rules.staff.contacts
        called = (self._called(level) for level in range(len(self._levels())))
        names = next((some for some in called if some), list(contacts))
        return [contacts[name] for name in names]

    async def _queue(
        self, unit: Unit, entries: Iterable[Entry], news: Mapping[int, Told]
    ) -> list[Notification]:
        """Return what is told of entries that belong to no escalation, one letter to each."""
        letters: dict[tuple[str, bool], list[Told]] = {}
        for entry in entries:
            told = news.get(entry.number) or await told_of(unit, self._board, entry)
            if told is None:
                continue
            names, pierces = await self._hearers(unit, entry)
            for name in names:
                letters.setdefault((name, pierces), []).append(told)
        contacts, found = self._board.rules.staff.contacts, list[Notification]()
        for (name, pierces), some in self._still_there(letters).items():
            letter = self._teller.letter(contacts[name], some)
            found.append(letter if pierces else self._in_time(contacts[name], letter))
        return found

    def _still_there(
        self, letters: Mapping[tuple[str, bool], list[Told]]
    ) -> dict[tuple[str, bool], list[Told]]:
        """Give what is for somebody whom new rules took away meanwhile to who is called first."""
        contacts = self._board.rules.staff.contacts
        found: dict[tuple[str, bool], list[Told]] = {}
        for (name, pierces), some in letters.items():
            names = [name] if name in contacts else [one.name for one in self._first_called()]
            for to in names:
                found.setdefault((to, pierces), []).extend(some)
        return found

    async def _hearers(self, unit: Unit, entry: Entry) -> tuple[list[str], bool]:
        """Return who hears of an entry, and whether at any hour.

        That somebody took an outage on hear those who were told; of a grave one
        at once: they may be on their way.
        """
        if entry.kind != ACKNOWLEDGED:
            return [contact.name for contact in self._first_called()], False
        named = str((entry.payload or {}).get("escalation"))
        climb = await unit.escalation(named)
        known = self._board.rules.staff.contacts
        told = climb.told if climb is not None else ()
        names = [name for name in told if name in known and name != entry.actor.id]
        return names, climb is not None and climb.grave

    def _in_time(self, contact: Contact, letter: Notification) -> Notification:
        """Let what is no alarm wait for the end of quiet hours."""
        if letter.grave:
            return letter
        both = (self._board.rules.staff.quiet_hours, contact.quiet_hours)
        ends = [quiet_until(hours, self._board.zone, letter.due_at) for hours in both]
        return replace(letter, due_at=max([letter.due_at, *(end for end in ends if end)]))

    async def tell_from_memory(self, news: News) -> None:
        """Tell staff at once and once: for the moment when nothing can be put on disk."""
        for contact in self._first_called():
            await self.sending.at_once(self._teller.letter(contact, [(0, news)]))
