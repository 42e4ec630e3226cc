"""The daily digest over a real storage: each day once, whoever looks and whatever is restarted."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from sentinel.domain.digest import Digest
from sentinel.domain.rota import Override, Rota
from sentinel.domain.rules import Contact, Level, Rules, Staff
from sentinel.platforms import platforms
from sentinel.service.board import Board, Hold
from sentinel.service.digest import DailyDigest
from sentinel.service.leader import Leader
from sentinel.service.ledger import Ledger
from sentinel.storage.notifications import Notification
from sentinel.storage.storage import Storage

EVENING = datetime(2026, 11, 19, 20, 0, tzinfo=UTC)
DAWN = datetime(2026, 11, 20, 6, 29, tzinfo=UTC)  # 07:29 in Berlin
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def rules(*notify: str) -> Rules:
    contacts = {
        name: Contact(name=name, language=language, addresses=())
        for name, language in {"presse": "de", "lead": "en"}.items()
    }
    return Rules(
        organisation="Stadt",
        channels={},
        routes=(),
        staff=Staff(
            contacts=contacts,
            levels=(Level(after=timedelta(), notify=("lead",)),),
            digest=Digest(at=time(7, 30), notify=notify),
        ),
    )


@dataclass
class Office:
    """A storage with a clock that a test moves by hand."""

    storage: Storage
    board: Board
    clock: list[datetime]

    def digest(self) -> DailyDigest:
        """Make it anew, as a restart does: it remembers nothing."""
        return DailyDigest(
            self.storage, self.board, Ledger(self.board), Leader(self.storage, "a", lambda: 0.0)
        )

    async def looks(self, *moments: datetime) -> list[Notification]:
        for at in moments:
            self.clock[0] = at
            await self.digest().tick()
        return await self.queued()

    async def queued(self) -> list[Notification]:
        async with self.storage.read() as view:
            return await view.undelivered()


@asynccontextmanager
async def office(folder: Path, *notify: str) -> AsyncIterator[Office]:
    clock, ids = [EVENING], itertools.count(1)
    board = Board(
        rules=rules(*notify),
        platforms=platforms(),
        env={},
        now=lambda: clock[0],
        new_id=lambda: f"n{next(ids):03}",
    )
    storage = await Storage.open(
        f"sqlite:///{folder}/sentinel.db", data=folder, node="a", now=lambda: clock[0]
    )
    try:
        yield Office(storage=storage, board=board, clock=clock)
    finally:
        await storage.close()


async def test_each_day_has_one_however_often_it_is_restarted(tmp_path: Path) -> None:
    async with office(tmp_path, "presse") as here:
        before = await here.looks(EVENING, DAWN)
        first = await here.looks(DAWN + MINUTE, DAWN + MINUTE, DAWN + 60 * MINUTE)
        second = await here.looks(DAWN + DAY, DAWN + DAY + 5 * MINUTE, DAWN + DAY + 9 * MINUTE)
        async with here.storage.read() as view:
            entries = [e for e in await view.entries() if e.kind == "digest.sent"]

    assert before == []
    assert [one.subject for one in first] == ["Tagesübersicht: alles ruhig"]
    assert [one.contact for one in second] == ["presse", "presse"]
    assert [entry.payload["day"] for entry in entries if entry.payload] == [
        "2026-11-20",
        "2026-11-21",
    ]


async def test_one_that_keeps_running_sends_once_and_asks_the_storage_no_more(
    tmp_path: Path,
) -> None:
    async with office(tmp_path, "presse") as here:
        digest = here.digest()
        for minutes in range(10):
            here.clock[0] = DAWN + minutes * MINUTE
            await digest.tick()

        assert len(await here.queued()) == 1


async def test_two_that_look_in_the_same_moment_send_one(tmp_path: Path) -> None:
    async with office(tmp_path, "presse") as here:
        await here.looks(EVENING)
        here.clock[0] = DAWN + MINUTE
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(here.digest().tick())

        assert len(await here.queued()) == 1


async def test_a_daemon_that_was_down_at_the_hour_sends_it_late(tmp_path: Path) -> None:
    async with office(tmp_path, "presse") as here:
        found = await here.looks(EVENING, DAWN + 300 * MINUTE)

    assert len(found) == 1


async def test_one_that_is_new_begins_with_the_next_hour(tmp_path: Path) -> None:
    async with office(tmp_path, "presse") as here:
        first = await here.looks(DAWN + 60 * MINUTE)
        second = await here.looks(DAWN + DAY + 2 * MINUTE)

    assert first == []
    assert len(second) == 1


async def test_each_reads_it_in_their_language_and_a_hold_is_remembered(tmp_path: Path) -> None:
    async with office(tmp_path, "presse", "lead") as here:
        here.board.hold = Hold(reason="Irrtum", by="person 1", since=EVENING)
        found = {one.contact: one for one in await here.looks(EVENING, DAWN + MINUTE)}

    assert "ALLES VERÖFFENTLICHEN IST ANGEHALTEN." in found["presse"].text
    assert "ALL PUBLISHING IS ON HOLD." in found["lead"].text


async def test_a_rota_gets_it_through_whoever_is_on_call_and_in_a_gap_the_first_who_hears(
    tmp_path: Path,
) -> None:
    duty = Override(contact="presse", starts_at=DAWN - DAY, ends_at=DAWN + DAY)
    async with office(tmp_path, "dienst") as here:
        staff = here.board.rules.staff
        rotas = {"dienst": Rota(name="dienst", overrides=(duty,))}
        here.board.rules = replace(here.board.rules, staff=replace(staff, rotas=rotas))
        found = await here.looks(EVENING, DAWN + MINUTE, DAWN + DAY + MINUTE)

    assert [one.contact for one in found] == ["presse", "lead"]


async def test_without_one_in_the_rules_nothing_is_sent(tmp_path: Path) -> None:
    async with office(tmp_path, "presse") as here:
        staff = replace(here.board.rules.staff, digest=None)
        here.board.rules = replace(here.board.rules, staff=staff)

        assert await here.looks(EVENING, DAWN + MINUTE) == []
