"""The rotas: calendars are fetched and kept, what they say is asked, and a gap is told in time."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

from sentinel.domain.rota import Override, Rota
from sentinel.domain.rules import Contact, Rules, Staff
from sentinel.domain.secret import SecretKind, SecretRef
from sentinel.platforms import Account, platforms
from sentinel.service.board import Board
from sentinel.service.leader import Leader
from sentinel.service.rota_shapes import rotas_shape
from sentinel.service.rotas import Rotas
from sentinel.simulator.server import Simulator
from sentinel.storage.journal import Entry
from sentinel.storage.storage import Storage
from sentinel.transport.driver import Transport
from sentinel.transport.toolbox import Toolbox
from sentinel.transport.way import Way
from tests.support import city
from tests.support.house import House, route, rules_for, until, utc_now

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Cloud:
    """A web server with one calendar; counts how often it was asked."""

    def __init__(self) -> None:
        self.text = ""
        self.status = 200
        self.asked = 0

    async def answer(self, _: web.Request) -> web.Response:
        self.asked += 1
        return web.Response(text=self.text, status=self.status, content_type="text/calendar")


@asynccontextmanager
async def cloud() -> AsyncIterator[tuple[Cloud, str]]:
    there = Cloud()
    app = web.Application()
    app.router.add_get("/s/geheim-17.ics", there.answer)
    server = TestServer(app)
    await server.start_server()
    try:
        yield there, str(server.make_url("/s/geheim-17.ics"))
    finally:
        await server.close()


def calendar(*entries: tuple[str, float, float], now: datetime = NOON) -> str:
    """A calendar whose days count from `now`."""
    body = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}\r\nSUMMARY:{says}\r\n"
        f"DTSTART:{now + first * DAY:%Y%m%dT%H%M%SZ}\r\n"
        f"DTEND:{now + last * DAY:%Y%m%dT%H%M%SZ}\r\nEND:VEVENT\r\n"
        for number, (says, first, last) in enumerate(entries)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}END:VCALENDAR\r\n"


ANNA = ("Bereitschaft: Anna Berg", -1, 30)
BEN = ("Ben Tal", -1, 30)


async def never(_: Account) -> Mapping[str, str]:
    raise AssertionError("nobody asks for a credential here")


@dataclass
class Office:
    """A storage and the way out, with a clock that a test moves by hand."""

    storage: Storage
    board: Board
    tools: Toolbox
    leader: Leader
    clock: list[datetime]

    def rotas(self) -> Rotas:
        """Make them anew, as a restart does: they remember nothing."""
        self.board.rosters.clear()
        return Rotas(self.storage, self.board, self.tools, self.leader)

    def on_call(self) -> tuple[str, ...]:
        return tuple(rotas_shape(self.board)["items"][0]["on_call"])

    def trouble(self) -> str | None:
        found = rotas_shape(self.board)["items"][0]["calendar"]["trouble"]
        return str(found) if found else None

    def staff(self, **changes: Any) -> None:
        rules = self.board.rules
        self.board.rules = replace(rules, staff=replace(rules.staff, **changes))

    async def gaps(self) -> list[Entry]:
        async with self.storage.read() as view:
            return [entry for entry in await view.entries() if entry.kind == "rota.gap"]


@asynccontextmanager
async def office(
    folder: Path, place: str, *, url: str | None = None, node: str = "a"
) -> AsyncIterator[Office]:
    clock, ids = [NOON], itertools.count(1)
    rota = Rota(name="dienst", calendar=SecretRef(SecretKind.LITERAL, place))
    contacts = {
        name: Contact(name=name, language="de", addresses=(), names=(called,))
        for name, called in {"berg": "Anna Berg", "tal": "Ben Tal"}.items()
    }
    staff = Staff(contacts=contacts, rotas={"dienst": rota})
    board = Board(
        rules=Rules(organisation="Stadt", channels={}, routes=(), staff=staff),
        platforms=platforms(),
        env={},
        now=lambda: clock[0],
        new_id=lambda: f"n{next(ids):03}",
    )
    storage = await Storage.open(
        url or f"sqlite:///{folder}/sentinel.db", data=folder, node=node, now=lambda: clock[0]
    )
    leader = Leader(storage, node, lambda: 0.0)
    try:
        async with Transport(way=Way(), renewer=never, ledger=lambda *_: None) as transport:
            patience = timedelta(seconds=2)
            tools = Toolbox(
                transport=transport, platform=None, timeout=patience, now=lambda: clock[0]
            )
            yield Office(storage=storage, board=board, tools=tools, leader=leader, clock=clock)
    finally:
        await storage.close()


async def test_a_calendar_file_is_read_at_the_start_and_again_when_it_changes(
    tmp_path: Path,
) -> None:
    file = tmp_path / "plan.ics"
    file.write_text(calendar(ANNA))
    async with office(tmp_path, str(file)) as here:
        rotas = here.rotas()
        await rotas.begin()
        first = here.on_call()
        file.write_text(calendar(BEN))
        await rotas.tick()
        second = here.on_call()
        file.unlink()
        here.clock[0] += MINUTE
        await rotas.tick()
        third = here.on_call(), here.trouble()
        await here.rotas().begin()
        restarted = here.on_call()

    assert (first, second) == (("berg",), ("tal",))
    assert third == (("tal",), "no_file")  # the last good copy
    assert restarted == ("tal",)


async def test_an_address_is_asked_every_quarter_of_an_hour_and_its_copy_outlives_it(
    tmp_path: Path,
) -> None:
    async with cloud() as (there, url), office(tmp_path, url) as here:
        there.text = calendar(ANNA)
        rotas = here.rotas()
        await rotas.begin()
        before = here.on_call(), there.asked
        for _ in range(15):
            await rotas.tick()
            here.clock[0] += MINUTE
        asked, first = there.asked, here.on_call()
        there.text = calendar(BEN)
        await rotas.tick()
        second = here.on_call()
        there.status = 503
        here.clock[0] += 15 * MINUTE
        await rotas.tick()
        third = here.on_call(), here.trouble()
        fresh = here.rotas()
        await fresh.begin()
        restarted = here.on_call()
        there.status = 200
        here.clock[0] += 15 * MINUTE
        await fresh.tick()
        gaps = await here.gaps()

    assert before == ((), 0)  # nobody waits for the network at the start
    assert asked == 1
    assert (first, second) == (("berg",), ("tal",))
    assert third == (("tal",), "no_answer")
    assert restarted == ("tal",)
    assert gaps == []


@pytest.mark.parametrize(
    ("status", "text", "trouble"),
    [
        (404, "", "refused"),
        (500, "", "no_answer"),
        (200, "<html>Bitte anmelden</html>", "no_calendar"),
        (200, "BEGIN:VCALENDAR\r\n" + "X" * (1 << 20), "too_large"),
    ],
)
async def test_what_is_no_good_calendar_is_said_and_its_address_nowhere(
    tmp_path: Path, status: int, text: str, trouble: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with cloud() as (there, url), office(tmp_path, url) as here:
        there.status, there.text = status, text
        await here.rotas().tick()
        found = here.trouble()
        said = str(rotas_shape(here.board)) + str(await here.gaps()) + str(here.board.rules)

    assert found == trouble
    assert "geheim" not in said + capsys.readouterr().out


async def test_a_variable_that_is_not_set_is_trouble_and_no_end(tmp_path: Path) -> None:
    async with office(tmp_path, "") as here:
        unset = SecretRef(SecretKind.ENV, "ROTA_URL")
        here.staff(rotas={"dienst": Rota(name="dienst", calendar=unset)})
        await here.rotas().tick()

        assert here.trouble() == "not_stated"


async def test_what_a_calendar_says_beyond_its_unfolded_weeks_is_unfolded_in_time(
    tmp_path: Path,
) -> None:
    file = tmp_path / "plan.ics"
    file.write_text(calendar(("Anna Berg", -1, 80), ("Ben Tal", 80, 200)))
    async with office(tmp_path, str(file)) as here:
        rotas = here.rotas()
        for day in (0, 40, 79, 81, 150):
            here.clock[0] = NOON + day * DAY
            await rotas.tick()

        assert here.on_call() == ("tal",)
        assert await here.gaps() == []


class TestAGap:
    async def test_is_told_once_two_days_ahead_with_those_that_follow(self, tmp_path: Path) -> None:
        file = tmp_path / "plan.ics"
        file.write_text(calendar(("Anna Berg", -1, 5), ("Ben Tal", 6, 7), ("Ben Tal", 8, 60)))
        async with office(tmp_path, str(file)) as here:
            counts = []
            for hours in (0, 71, 73, 74, 119, 121, 145, 168, 180):
                here.clock[0] = NOON + timedelta(hours=hours)
                await here.rotas().tick()
                counts.append(len(await here.gaps()))
            (entry,) = await here.gaps()

        assert counts == [0, 0, 1, 1, 1, 1, 1, 1, 1]
        assert entry.subject == "dienst"
        assert entry.payload is not None
        assert entry.payload["more"] == 1
        assert "ab 25.11.2026 13:00 bis 26.11.2026 13:00" in entry.payload["sentence_de"]
        assert "Berg" not in str(entry.payload)

    async def test_that_is_new_is_told_beside_one_that_was_known(self, tmp_path: Path) -> None:
        file = tmp_path / "plan.ics"
        file.write_text(calendar(("Anna Berg", -1, 1), ("Ben Tal", 1.5, 60)))
        async with office(tmp_path, str(file)) as here:
            await here.rotas().tick()
            file.write_text(calendar(("Anna Berg", -1, 0.5), ("Ben Tal", 1.5, 60)))
            await here.rotas().tick()

            assert [entry.payload["from"] for entry in await here.gaps() if entry.payload] == [
                "2026-11-21T12:00:00.000Z",
                "2026-11-21T00:00:00.000Z",
            ]

    async def test_that_goes_on_for_weeks_is_told_once(self, tmp_path: Path) -> None:
        async with office(tmp_path, str(tmp_path / "missing.ics")) as here:
            for day in range(10):
                here.clock[0] = NOON + day * DAY
                await here.rotas().tick()

            assert len(await here.gaps()) == 1

    async def test_that_was_closed_and_opens_again_is_told_again(self, tmp_path: Path) -> None:
        file, open_now = tmp_path / "plan.ics", calendar(("Anna Berg", -1, 1), ("Ben Tal", 2, 60))
        async with office(tmp_path, str(file)) as here:
            for text in (open_now, calendar(ANNA), open_now):
                file.write_text(text)
                await here.rotas().tick()

            assert len(await here.gaps()) == 2


async def test_the_copy_of_a_rota_that_is_gone_goes_with_it(tmp_path: Path) -> None:
    file = tmp_path / "plan.ics"
    file.write_text(calendar(ANNA))
    async with office(tmp_path, str(file)) as here:
        rotas = here.rotas()
        await rotas.tick()
        here.staff(rotas={})
        await rotas.tick()
        async with here.storage.read() as view:
            copies = await view.calendars()

    assert copies == {}
    assert here.board.rosters == {}


async def test_an_override_of_new_rules_holds_at_once(tmp_path: Path) -> None:
    file = tmp_path / "plan.ics"
    file.write_text(calendar(ANNA))
    async with office(tmp_path, str(file)) as here:
        rotas = here.rotas()
        await rotas.tick()
        instead = Override(contact="tal", starts_at=NOON - MINUTE, ends_at=NOON + MINUTE)
        rota = replace(here.board.rules.staff.rotas["dienst"], overrides=(instead,))
        here.staff(rotas={"dienst": rota})

        assert rotas.contacts("dienst", NOON) == ["tal"]
        assert rotas.contacts("dienst", NOON + MINUTE) == ["berg"]
        assert rotas.called(["dienst", "berg", "tal"], NOON) == ["tal", "berg"]


async def rules_of(sim: Simulator, folder: Path, rota: dict[str, Any]) -> Path:
    base = sim.url.replace("http", "json") + "/_inbox/"
    contacts = {
        name: {"language": "de", "addresses": [{"url": base + name}], "names": names}
        for name, names in {"berg": ["Anna Berg"], "tal": ["Ben Tal"], "leitung": []}.items()
    }
    section = {
        "contacts": contacts,
        "levels": [
            {"after": "0s", "notify": ["dienst"]},
            {"after": "10m", "notify": ["leitung"]},
        ],
        "rotas": {"dienst": rota},
    }
    file = await rules_for(sim, folder, [route("mastodon-stadt")], only=("mastodon-stadt",))
    return city.write(folder, {**yaml.safe_load(file.read_text()), "staff": section})


async def test_in_a_running_daemon_news_reach_whoever_is_on_call(
    sim: Simulator, tmp_path: Path
) -> None:
    (tmp_path / "plan.ics").write_text(calendar(BEN, now=utc_now()))
    rules = await rules_of(sim, tmp_path, {"calendar": "plan.ics"})

    async with House(rules) as house:
        await house.call("POST", "/api/v1/hold", {"reason": "Irrtum"})

        async def told() -> bool:
            return len(sim.notes("tal")) > 0

        await until(told, 8, "the news")
        _, shape = await house.call("GET", "/api/v1/rotas")
        _, risks = await house.call("GET", "/api/v1/risks")

    assert sim.notes("berg") == []
    assert shape["items"][0]["on_call"] == ["tal"]
    assert [risk for risk in risks["items"] if risk["kind"] == "rota"] == []


async def test_in_a_gap_an_outage_goes_to_the_next_level_at_once(
    sim: Simulator, tmp_path: Path
) -> None:
    (tmp_path / "plan.ics").write_text(calendar(("Ben Tal", 3, 30), now=utc_now()))
    rules = await rules_of(sim, tmp_path, {"calendar": "plan.ics"})

    async with House(rules) as house:
        await house.judged("mastodon-stadt", "publish", "up", None)
        sim.faults.put("mastodon", "server_error")

        async def told() -> bool:
            return any("mastodon" in str(note["body"]) for note in sim.notes("leitung"))

        await until(told, 12, "the outage at the next level")

    assert sim.notes("tal") == []
    assert sim.notes("berg") == []
