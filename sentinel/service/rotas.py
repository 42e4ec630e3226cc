"""The calendars of the rotas: fetched, kept, and read again; who is on call is asked here.

What is on call is judged from memory (`board.rosters`), so that it can be
asked while neither the network nor the storage answers. The last good copy is
on disk. Of several nodes the leader fetches, and the others read its copy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

import structlog

from sentinel.domain.roster import NOTHING, Roster, Trouble, called
from sentinel.domain.rota import Rota
from sentinel.domain.rules import Rules
from sentinel.errors import StorageError
from sentinel.service.board import Board
from sentinel.service.ics import SIZE, NoCalendar
from sentinel.service.leader import Leader
from sentinel.service.rosters import BEHIND, Unread, place_of, read_file, trouble_of, unfold
from sentinel.service.rota_gaps import tell_gaps
from sentinel.storage.calendars import Copy
from sentinel.storage.storage import Storage
from sentinel.transport.toolbox import Toolbox
from sentinel.wire import Lost

log = structlog.get_logger()

EVERY: Final = timedelta(seconds=5)
"""How often is asked whether there is something to do: new rules are heeded as soon."""

LOOK_EVERY: Final = timedelta(minutes=1)
"""How often files are looked at, and copies that another node fetched."""

FETCH_EVERY: Final = timedelta(minutes=15)
PATIENCE: Final = timedelta(seconds=20)


@dataclass(slots=True)
class _Seen:
    """What a roster in memory was made of."""

    text: str
    zone: str
    unfolded_at: datetime

    def holds(self, text: str, zone: str, at: datetime) -> bool:
        """Return whether the same would come out again."""
        near = abs(at - self.unfolded_at) < BEHIND
        return near and (self.text, self.zone) == (text, zone)


class Rotas:
    """Keeps every rota's calendar, and says who is on call by it."""

    def __init__(self, storage: Storage, board: Board, tools: Toolbox, leader: Leader) -> None:
        self._storage = storage
        self._board = board
        self._tools = tools
        self._leader = leader
        self._looked: tuple[Rules, datetime] | None = None
        self._seen: dict[str, _Seen] = {}
        self._copies: dict[str, Copy] = {}  # as on disk
        self._tried: dict[str, tuple[str, datetime]] = {}  # where, and when

    def contacts(self, name: str, at: datetime) -> list[str]:
        """Return the contacts behind the name of a contact or rota at `at`; none in a gap."""
        return self.called([name], at)

    def called(self, names: Iterable[str], at: datetime) -> list[str]:
        """Return the contacts behind several such names, each once."""
        return list(called(self._board.rules.staff, self._board.rosters, names, at))

    async def begin(self) -> None:
        """Read what is on disk, and the calendars that are files: before anybody is told."""
        await self._look(fetch=False)

    async def tick(self) -> None:
        """Bring every rota up to date, if it is time or the rules are new."""
        at, rules = self._board.now(), self._board.rules
        before = self._looked
        if before and before[0] is rules and abs(at - before[1]) < LOOK_EVERY:
            return
        self._looked = rules, at
        await self._look(fetch=True)
        with suppress(StorageError):  # the next look finds what was not told
            if self._leader.leads:
                await tell_gaps(self._storage, self._board, self._leader)

    async def _look(self, *, fetch: bool) -> None:
        """Read every calendar; a storage that refuses keeps nobody from being asked.

        `fetch` False leaves those alone that are not on this machine.
        """
        rotas = self._board.rules.staff.rotas
        for gone in self._board.rosters.keys() - rotas.keys():
            del self._board.rosters[gone]
        if not rotas and not self._copies:
            return
        with suppress(StorageError):  # what is in memory holds
            async with self._storage.read() as view:
                self._copies = await view.calendars()
            if self._leader.leads and self._copies.keys() - rotas.keys():
                async with self._storage.write() as unit:
                    await unit.drop_calendars(rotas.keys())
        for rota in rotas.values():
            copy = self._copies.get(rota.name, Copy(name=rota.name))
            if self._leader.leads and rota.calendar is not None:
                copy = await self._fresh(rota, copy, fetch=fetch)
            await self._take(rota, copy)

    async def _fresh(self, rota: Rota, copy: Copy, *, fetch: bool) -> Copy:
        """Return the calendar as it is now, or else the copy with what went wrong."""
        at = self._board.now()
        try:
            place = place_of(rota, self._board.env)
            remote = "://" in place
            if remote and not (fetch and self._due(rota.name, place, at)):
                return copy
            data = await (self._fetched(place) if remote else asyncio.to_thread(read_file, place))
            text = data.decode("utf-8-sig", "replace")
            if text != copy.text:
                await asyncio.to_thread(unfold, text, self._board.zone, at)
        except Unread as unread:
            return await self._failed(copy, unread.trouble)
        except NoCalendar:
            return await self._failed(copy, Trouble.NO_CALENDAR)
        known = copy.text == text and copy.error is None and not remote
        fresh = copy if known else Copy(name=rota.name, fetched_at=at, text=text)
        if copy.error is not None:
            log.info("calendar.regained", rota=rota.name)
        if fresh is not copy:
            await self._save(fresh)
        return fresh

    def _due(self, name: str, place: str, at: datetime) -> bool:
        """Return whether to ask an address now: by the clock, or since it is another one."""
        before = self._tried.get(name)
        if before is not None and before[0] == place and abs(at - before[1]) < FETCH_EVERY:
            return False
        self._tried[name] = place, at
        return True

    async def _failed(self, copy: Copy, trouble: Trouble) -> Copy:
        if copy.error == trouble:
            return copy
        log.warning("calendar.failed", rota=copy.name, trouble=trouble.value)
        failed = Copy(
            name=copy.name, fetched_at=copy.fetched_at, text=copy.text, error=trouble.value
        )
        await self._save(failed)
        return failed

    async def _save(self, copy: Copy) -> None:
        self._copies[copy.name] = copy
        with suppress(StorageError):  # it holds in memory; the next fetch is kept
            async with self._storage.write() as unit:
                await unit.save_calendar(copy)

    async def _take(self, rota: Rota, copy: Copy) -> None:
        """Put a copy in force in memory, unfolded for the days around now."""
        at, zone = self._board.now(), self._board.rules.timezone
        seen, roster = self._seen.get(rota.name), self._board.rosters.get(rota.name, NOTHING)
        duties, skipped, error = roster.duties, roster.skipped, copy.error
        if copy.text is None or rota.calendar is None:
            duties, skipped = (), 0
        elif seen is None or not seen.holds(copy.text, zone, at):
            try:
                read = await asyncio.to_thread(unfold, copy.text, self._board.zone, at)
                duties, skipped = read.duties, read.skipped
            except NoCalendar:  # what another version could read, perhaps
                duties, skipped, error = (), 0, Trouble.NO_CALENDAR
            self._seen[rota.name] = _Seen(text=copy.text, zone=zone, unfolded_at=at)
        self._board.rosters[rota.name] = Roster(
            duties=duties, skipped=skipped, fetched_at=copy.fetched_at, trouble=trouble_of(error)
        )

    async def _fetched(self, address: str) -> bytes:
        try:
            answer = await self._tools.fetch(address)
        except Lost:
            raise Unread(Trouble.NO_ANSWER) from None  # a token may stand in the address
        if answer.status != HTTPStatus.OK:
            refused = answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
            raise Unread(Trouble.REFUSED if refused else Trouble.NO_ANSWER)
        if len(answer.body) >= SIZE:
            raise Unread(Trouble.TOO_LARGE)
        return answer.body
