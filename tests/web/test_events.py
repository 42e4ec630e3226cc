"""The journal as server-sent events: nothing twice, nothing missing, nobody held up."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sentinel.simulator.server import Simulator
from sentinel.storage.actor import Actor
from tests.support.house import House, route, rules_for, until

CLERK = Actor(kind="person", id="clerk")


@pytest.fixture
async def file(sim: Simulator, tmp_path: Path) -> Path:
    return await rules_for(sim, tmp_path, [route(always=["warnseite"])], only=("warnseite",))


class Reader:
    """Reads a stream as a browser does: remembers the last id, and keeps comments apart."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer
        self.last_id = ""
        self.comments = 0

    async def event(self) -> dict[str, Any] | None:
        """Return the next event that the clerk noted, or None at the stream's end."""
        while (event := await self.any_event()) is not None:
            if event["actor"]["id"] == CLERK.id:
                return event
        return None

    async def any_event(self) -> dict[str, Any] | None:
        """Return the next event, or None at the stream's end."""
        data = ""
        async for raw in self.answer.content:
            line = raw.decode().rstrip("\n")
            if not line and data:
                event: dict[str, Any] = json.loads(data)
                return event
            name, _, value = line.partition(": ")
            match name:
                case "id":
                    self.last_id = value
                case "data":
                    data += value
                case "" if value:
                    self.comments += 1
        return None

    async def events(self, count: int) -> list[dict[str, Any]]:
        found = [await self.event() for _ in range(count)]
        return [event for event in found if event is not None]


async def note(house: House, *kinds: str, payload: str = "") -> None:
    async with house.storage.write() as unit:
        for kind in kinds:
            unit.note(kind, actor=CLERK, subject="x", payload={"words": payload})


async def bearer(house: House) -> dict[str, str]:
    _, made = await house.call("POST", "/api/v1/tokens", {"name": "a", "scopes": ["read"]})
    return {"Authorization": f"Bearer {made['token']}"}


@contextmanager
def stuck(house: House, headers: dict[str, str]) -> Iterator[None]:
    """Ask for everything over a small window, and take nothing of it."""
    host, _, port = house.parts.address.rpartition(":")
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect((host, int(port)))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        slow.sendall(f"GET /api/v1/events?after=0 HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())
        yield


def of(events: list[dict[str, Any]]) -> list[str]:
    return [event["kind"] for event in events]


async def test_an_event_is_the_journals_entry(file: Path) -> None:
    async with House(file) as house, house.near.get("/api/v1/events?after=0") as answer:
        reader = Reader(answer)
        await note(house, "drill.begun", payload="Zeile 1\r\nZeile 2 \u2028 – Ende")

        told = [await reader.any_event()]
        while told[-1] is not None and told[-1]["kind"] != "drill.begun":
            told.append(await reader.any_event())
        _, listed = await house.call("GET", "/api/v1/journal?limit=200")

        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        assert told == listed["items"][: len(told)]


async def test_a_new_reader_hears_from_now_on(file: Path) -> None:
    async with House(file) as house:
        await note(house, "past.told")
        async with house.near.get("/api/v1/events") as answer:
            reader = Reader(answer)
            await note(house, "drill.begun", "drill.ended")

            assert of(await reader.events(2)) == ["drill.begun", "drill.ended"]


async def test_who_comes_back_misses_nothing_and_hears_nothing_twice(file: Path) -> None:
    async with House(file) as house:
        async with house.near.get("/api/v1/events") as answer:
            reader = Reader(answer)
            await note(house, "first.told")
            await reader.event()
        await note(house, *(f"away.n{number}" for number in range(120)))

        back = {"Last-Event-ID": reader.last_id}
        async with house.near.get("/api/v1/events?after=0", headers=back) as answer:
            missed = await Reader(answer).events(120)

    assert of(missed) == [f"away.n{number}" for number in range(120)]


async def test_who_breaks_off_before_the_first_event_can_resume_too(file: Path) -> None:
    async with House(file) as house:
        async with house.near.get("/api/v1/events") as answer:
            first = await answer.content.readuntil(b"\n\n")
        await note(house, "away.told")

        last = first.decode().rstrip().rpartition("id: ")[2]
        async with house.near.get("/api/v1/events", headers={"Last-Event-ID": last}) as answer:
            assert of(await Reader(answer).events(1)) == ["away.told"]


async def test_what_is_no_number_is_refused(file: Path) -> None:
    fields = set()
    async with House(file) as house:
        for wrong in ("x", "-1", "1.5", "9" * 40):
            status, problem = await house.call("GET", "/api/v1/events", **{"Last-Event-ID": wrong})
            fields.add((status, problem["field"]))
            status, problem = await house.call("GET", f"/api/v1/events?after={wrong}")
            fields.add((status, problem["field"]))

    assert fields == {(422, "Last-Event-ID"), (422, "after")}


async def test_a_number_from_before_a_restored_backup_hears_from_now_on(file: Path) -> None:
    async with House(file) as house:
        ahead = {"Last-Event-ID": "999999"}
        async with house.near.get("/api/v1/events", headers=ahead) as answer:
            await note(house, "drill.begun")

            assert of(await Reader(answer).events(1)) == ["drill.begun"]


async def test_a_silent_stream_shows_that_it_lives(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sentinel.web.events.HEARTBEAT_S", 0.05)
    async with House(file) as house, house.near.get("/api/v1/events") as answer:
        async with asyncio.timeout(10):
            while await answer.content.readuntil(b"\n\n") != b": still here\n\n":
                pass  # the daemon has things to tell at its start


async def test_who_takes_nothing_for_long_is_let_go(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sentinel.web.events.PATIENCE_S", 0.2)
    monkeypatch.setattr("sentinel.web.events.MOST_STREAMS", 1)
    async with House(file) as house:
        with stuck(house, await bearer(house)):
            for number in range(60):
                await note(house, f"large.n{number}", payload="x" * 200_000)

            async def room() -> bool:
                async with house.near.get("/api/v1/events") as answer:
                    return answer.status == 200

            await until(room, 10, "the stuck one to be let go")


async def test_the_end_of_the_daemon_ends_the_streams(file: Path) -> None:
    async with aiohttp.ClientSession() as reading:
        async with House(file) as house:
            answer = await reading.get(f"{house.url}/api/v1/events", headers=await bearer(house))
            head = await answer.content.readuntil(b"\n\n")

        async with asyncio.timeout(5):
            ended = await Reader(answer).event()

    assert b"id: " in head
    assert ended is None


async def test_the_end_of_the_daemon_does_not_wait_for_who_takes_nothing(file: Path) -> None:
    async with House(file) as house:
        with stuck(house, await bearer(house)):
            for number in range(60):
                await note(house, f"large.n{number}", payload="x" * 200_000)
            async with asyncio.timeout(30):  # aiohttp alone would wait for a minute
                await house.__aexit__(None, None, None)


async def test_a_reader_that_takes_nothing_holds_up_nobody(file: Path) -> None:
    kinds = [f"large.n{number}" for number in range(60)]
    async with House(file) as house:
        with stuck(house, await bearer(house)):
            async with house.near.get("/api/v1/events") as answer:
                for kind in kinds:
                    await note(house, kind, payload="x" * 200_000)
                heard = of(await Reader(answer).events(60))
            live = await house.live(await house.send())

    assert heard == kinds
    assert live["state"] == "live"


async def test_a_revoked_token_hears_no_more(file: Path) -> None:
    async with House(file) as house:
        _, made = await house.call("POST", "/api/v1/tokens", {"name": "a", "scopes": ["read"]})
        headers = {"Authorization": f"Bearer {made['token']}"}
        async with house.web.get("/api/v1/events", headers=headers) as answer:
            await house.call("POST", f"/api/v1/tokens/{made['id']}/revoke")

            heard = await Reader(answer).event()

    assert heard is None


async def test_too_many_readers_are_sent_away(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentinel.web.events.MOST_STREAMS", 3)
    async with House(file) as house:
        open_ones = [await house.near.get("/api/v1/events") for _ in range(3)]
        try:
            status, _ = await house.call("GET", "/api/v1/events")
            open_ones.pop().close()
            await note(house, "drill.begun", "drill.ended")

            async def again() -> bool:
                await note(house, "drill.begun")  # who has gone is noticed when it is written to
                async with house.near.get("/api/v1/events") as answer:
                    return answer.status == 200

            await until(again, 5, "room for one more")
        finally:
            for one in open_ones:
                one.close()

    assert status == 503
