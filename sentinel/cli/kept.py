"""What is on disk, read while no daemon answers: the same shapes, from the storage itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sentinel.app.clock import new_id, utc_now
from sentinel.cli.context import Context
from sentinel.cli.exits import Refused
from sentinel.cli.source import MOST
from sentinel.domain.message import Message, MessageState
from sentinel.domain.posture import Posture
from sentinel.domain.rules import Rules
from sentinel.errors import Phrase
from sentinel.platforms import platforms
from sentinel.service.board import Board
from sentinel.service.desk import HOLD
from sentinel.service.health_shapes import outage_shape
from sentinel.service.ledger import Ledger
from sentinel.service.posture_shapes import held_by, stance_shape
from sentinel.service.report import report_shape
from sentinel.service.risks import risks_shape
from sentinel.service.rosters import rosters_now
from sentinel.service.rota_shapes import rotas_shape
from sentinel.service.shapes import entry_shape, message_shape
from sentinel.service.staff_shapes import silence_shape, standing
from sentinel.service.survey import channel_shapes
from sentinel.storage.storage import Storage
from sentinel.storage.view import View

Shape = dict[str, Any]


def board_of(context: Context, rules: Rules) -> Board:
    """Return the rules as the services see them, with nothing known of any channel."""
    return Board(rules=rules, platforms=platforms(), env=context.env, now=utc_now, new_id=new_id)


@asynccontextmanager
async def opened(rules: Rules, *, read_only: bool) -> AsyncIterator[Storage]:
    """Return the storage that the rules name, closed at the end.

    Raises:
        StorageError: It cannot be opened; `StorageBusy` if a daemon has it and we want to write.
    """
    storage = await Storage.open(
        rules.storage_url,
        data=Path(rules.storage_data),
        node=rules.node or "cli",
        now=utc_now,
        read_only=read_only,
    )
    try:
        yield storage
    finally:
        await storage.close()


@asynccontextmanager
async def kept(context: Context) -> AsyncIterator[Kept]:
    """Return the storage as a source for reading commands."""
    rules = context.load().rules
    async with opened(rules, read_only=True) as storage:
        yield Kept(storage, board_of(context, rules))


class Kept:
    """The storage as a source."""

    def __init__(self, storage: Storage, board: Board) -> None:
        self._storage = storage
        self._board = board

    async def health(self) -> Shape:
        """Return what is on disk of `/health`; what only a daemon knows is left out."""
        async with self._storage.read() as view:
            held = await view.flag(HOLD)
            stranded = await view.count_messages(MessageState.STRANDED)
        stance = await self.posture()
        return {
            "hold": bool(held),
            "held": held,
            "posture": stance["posture"],
            "stance": stance if stance["posture"] == Posture.CRISIS else None,
            "stranded": stranded,
        }

    async def posture(self) -> Shape:
        """Return the posture as it was last turned."""
        async with self._storage.read() as view:
            return stance_shape(await view.stance())

    async def channels(self) -> Shape:
        """Return every channel as it last stood."""
        ledger = Ledger(self._board)
        await ledger.load(self._storage)
        async with self._storage.read() as view:
            self._board.healths = {n: h for n, h in (await view.all_health()).items() if h}
            self._board.freezes = dict(await view.freezes())
            return _page(await channel_shapes(view, self._board, ledger), None)

    async def messages(self, *, state: str | None, since: str | None, limit: int) -> Shape:
        """Return the latest messages."""
        async with self._storage.read() as view:
            page = await view.messages(
                state=MessageState(state) if state else None,
                since=datetime.fromisoformat(since) if since else None,
                limit=limit,
            )
            return _page([await _whole(view, message) for message in page.items], page.next)

    async def message(self, name: str) -> Shape:
        """Return one message by id or number."""
        async with self._storage.read() as view:
            number = int(name) if name.isdecimal() else None
            known = await (view.message(name) if number is None else view.message_by_number(number))
            if known is None:
                phrase = Phrase(de=f"Es gibt kein {name!r}", en=f"there is no {name!r}")
                raise Refused(phrase, status=404)
            return await _whole(view, known)

    async def chain(self, chain: str) -> Shape:
        """Return every link of a chain, latest first."""
        async with self._storage.read() as view:
            links = reversed(await view.chain(chain))
            return _page([await _whole(view, link) for link in links], None)

    async def outages(self, *, cursor: str | None) -> Shape:
        """Return outages, latest first."""
        async with self._storage.read() as view:
            page = await view.outages(limit=MOST, cursor=cursor)
        healths, zone = self._board.healths, self._board.zone
        return _page([outage_shape(outage, healths, zone) for outage in page.items], page.next)

    async def silences(self, *, everything: bool) -> Shape:
        """Return silences that hold or are planned; or `everything`, the latest first."""
        at = self._board.now()
        async with self._storage.read() as view:
            if not everything:
                return _page([silence_shape(s, at) for s in await standing(view, at)], None)
            page = await view.silences(limit=MOST)
        return _page([silence_shape(one, at) for one in page.items], page.next)

    async def risks(self) -> Shape:
        """Return the risk register, but for our clock, which only a daemon compares."""
        ledger = Ledger(self._board)
        await ledger.load(self._storage)
        async with self._storage.read() as view:
            self._board.healths = {n: h for n, h in (await view.all_health()).items() if h}
            await self._read_rotas(view)
            return await risks_shape(view, self._board, ledger)

    async def rotas(self) -> Shape:
        """Return who is on call, by the calendars' files and the copies of the others."""
        async with self._storage.read() as view:
            await self._read_rotas(view)
        return rotas_shape(self._board)

    async def _read_rotas(self, view: View) -> None:
        board = self._board
        if board.rules.staff.rotas:
            copies = await view.calendars()
            board.rosters = rosters_now(board.rules, board.env, copies, board.zone, board.now())

    async def report(self, first: date, last: date) -> Shape:
        """Return what happened between two days."""
        async with self._storage.read() as view:
            return await report_shape(view, self._board, first, last)

    async def journal(self, *, after: int) -> Shape:
        """Return entries above a number, in order."""
        async with self._storage.read() as view:
            entries = await view.entries(after=after, limit=MOST)
        following = str(entries[-1].number) if len(entries) == MOST else None
        return _page([entry_shape(entry) for entry in entries], following)

    async def verify(self) -> Shape:
        """Return whether the journal's chain holds."""
        async with self._storage.read() as view:
            result = await view.verify_journal()
        return {"ok": result.ok, "checked": result.checked, "first_bad": result.first_bad}


def _page(items: list[Shape], following: str | None) -> Shape:
    return {"items": items, "next": following}


async def _whole(view: View, message: Message) -> Shape:
    deliveries = await view.deliveries_of(message.id)
    state = await view.message_state(message.id) or MessageState.ACCEPTED
    shape = message_shape(
        message,
        state,
        deliveries,
        attempts=await view.attempts_of_many([delivery.id for delivery in deliveries]),
        explanations=await view.explanations_of(message.id),
    )
    return shape | {"held_by": await held_by(view, message, state)}
