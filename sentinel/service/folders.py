"""Every node keeps the notice boards' folders: what storage says is published stands in each.

A notice is posted once, by one node, into the folder of its machine. The others
hear of it from the journal and write the same files into theirs, and take down
what was taken down. A node that was away, or lost its folder, looks at the
newest notices when it starts. Nothing here decides: what is not published yet
(on hold, not approved, not due) is in no folder, and while publishing is on
hold, nothing that stands elsewhere becomes public here either.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

import structlog

from sentinel.domain.delivery import Delivery
from sentinel.domain.rules import Channel, Mode
from sentinel.errors import StorageError
from sentinel.notices import mirror
from sentinel.notices.folder import LISTED, Written
from sentinel.notices.notice import Notice, from_data
from sentinel.service.board import Board
from sentinel.storage.journal import Entry
from sentinel.storage.storage import Storage
from sentinel.transport.driver import Transport
from sentinel.wire import Lost, Steps, Withheld

log = structlog.get_logger()

EVERY_S = 0.5
AT_ONCE = 20  # files of so many notices are looked after in one turn
RESTS = 10  # rounds
PATIENCE = timedelta(seconds=30)  # for the files of one notice


class Folders:
    """Brings this machine's folders to what is published."""

    def __init__(
        self,
        storage: Storage,
        board: Board,
        transport: Transport,
        informed: Callable[[], bool],  # whether we would know of a hold by now
    ) -> None:
        self._storage = storage
        self._board = board
        self._transport = transport
        self._informed = informed
        self._whole: set[str] = set()  # accounts whose newest notices were taken up
        self._todo: dict[str, None] = {}  # deliveries, in the order in which we heard of them
        self._failing: set[str] = set()  # channels
        self._turn = asyncio.Lock()
        self._rests = 0  # rounds to let pass, after files could not be written

    def heard(self, entries: Iterable[Entry]) -> None:
        """Take note of what the journal says of deliveries, ours or another node's."""
        boards = self._boards()
        for entry in entries:
            about = entry.payload if isinstance(entry.payload, Mapping) else {}
            ours = entry.kind.startswith("delivery.") and about.get("channel") in boards
            if ours and entry.subject is not None:
                self._todo[entry.subject] = None

    async def run_until(self, stop: asyncio.Event) -> None:
        """Bring the folders up to date, again and again, until `stop` is set."""
        in_trouble = False
        while not stop.is_set():
            try:
                await self.round()
                in_trouble = False
            except StorageError as error:
                if not in_trouble:
                    log.warning("storage.failed", error=type(error).__name__)
                in_trouble = True
            try:
                async with asyncio.timeout(EVERY_S):
                    await stop.wait()
            except TimeoutError:
                continue

    async def round(self) -> None:
        """Look after some of what was heard of; what cannot be done now stays to be done.

        Raises:
            StorageError: It cannot be read what is published.
        """
        async with self._turn:
            for channel in self._boards().values():
                if channel.account not in self._whole:
                    await self._take_up(channel)
            await self._work()

    async def _work(self) -> None:
        if self._rests:
            self._rests -= 1
            return
        some = tuple(self._todo)[:AT_ONCE]
        if not some:
            return
        async with self._storage.read() as view:
            out = await view.out_of(some)
        for one in some:
            del self._todo[one]  # who is not out yet is heard of again
        for delivery in sorted(out, key=lambda one: one.message_id):
            if not await self._follow(delivery):
                self._todo[delivery.id] = None

    def _boards(self) -> Mapping[str, Channel]:
        channels = self._board.rules.channels.items()
        return {n: c for n, c in channels if "directory" in c.settings and c.mode is not Mode.OFF}

    async def _take_up(self, channel: Channel) -> None:
        async with self._storage.read() as view:
            newest = await view.newest_out(channel.account, LISTED)
        self._todo |= dict.fromkeys(one.id for one in reversed(newest))
        self._whole.add(channel.account)

    async def _follow(self, delivery: Delivery) -> bool:
        """Bring one notice's files to what is written of it; False: look at it again."""
        channel = self._boards().get(delivery.channel)
        notice = _notice(delivery)
        if channel is None or channel.account != delivery.account or notice is None:
            return True
        if delivery.live and (delivery.take_down_at is not None or not self._may_show(channel)):
            return False  # a person wants it gone, or nothing may become public now
        root = str(channel.settings["directory"]).rstrip("/")
        live = delivery.live
        steps = mirror.stand(root, notice) if live else mirror.go(root, notice)
        try:
            written = await self._drive(steps, channel, live=live)
        except Withheld:
            return False
        if written is None:
            return True
        self._tell(channel.name, written.error)
        if written.error:
            self._rests = RESTS
            return False
        log.info("folder.followed", delivery=delivery.id, channel=channel.name, stands=live)
        return not live or await self._still(delivery)

    def _may_show(self, channel: Channel) -> bool:
        held = self._board.hold is not None or not self._informed()
        frozen = channel.mode is Mode.FROZEN or self._board.freeze(channel.name) is not None
        return not (held or frozen)

    async def _drive(
        self, steps: Steps[Written | None], channel: Channel, *, live: bool
    ) -> Written | None:
        try:
            return await self._transport.drive(
                steps,
                self._board.faceless(channel.name),
                timeout_s=PATIENCE.total_seconds(),
                may_commit=lambda: not live or self._may_show(channel),
            )
        except Lost as lost:
            return Written(error=lost.cause)

    async def _still(self, delivery: Delivery) -> bool:
        """Return whether what we wrote still stands: it may have been taken down meanwhile."""
        async with self._storage.read() as view:
            now = await view.delivery(delivery.id)
        return now is None or (now.live and now.take_down_at is None)

    def _tell(self, channel: str, error: str) -> None:
        """Say once that a folder cannot be written, and once that it can be again."""
        if error and channel not in self._failing:
            self._failing.add(channel)
            log.warning("folder.failing", channel=channel, error=error)
        if not error and channel in self._failing:
            self._failing.discard(channel)
            log.warning("folder.working", channel=channel)


def _notice(delivery: Delivery) -> Notice | None:
    data = delivery.rendered.payload.get("notice")
    return from_data(data) if isinstance(data, Mapping) else None
