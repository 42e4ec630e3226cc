"""The face of Matrix answers as the fact sheet and the lab say (platforms-a.md, section 8)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from sentinel.simulator.server import Simulator
from tests.simulator.conftest import Client, Heard

ROOM = "!stadt:simulator"
CLIENT = "/_matrix/client/v3"
HERE = f"{CLIENT}/rooms/{quote(ROOM, safe='')}"


class MatrixClient(Client):
    platform = "matrix"
    token = "t"
    txn = "key-1"

    async def call(self, method: str, path: str, **how: Any) -> Heard:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return await self.ask(method, path, headers=headers, **how)

    async def publish(self, text: str) -> Heard:
        content = {"msgtype": "m.text", "body": text}
        return await self.call("PUT", f"{HERE}/send/m.room.message/{self.txn}", json=content)

    async def own(self) -> Heard:
        return await self.call("GET", f"{HERE}/messages", params={"dir": "b", "limit": "20"})

    async def mentions(self) -> Heard:
        return await self.call("GET", f"{CLIENT}/notifications")

    async def check(self) -> Heard:
        return await self.call("GET", f"{CLIENT}/account/whoami")

    async def look(self, posted: Any) -> Heard:
        return await self.call("GET", f"{HERE}/event/{quote(posted['event_id'], safe='')}")

    async def remove(self, posted: Any) -> Heard:
        path = f"{HERE}/redact/{quote(posted['event_id'], safe='')}/r1"
        return await self.call("PUT", path, json={})


@pytest.fixture
def matrix(http: aiohttp.ClientSession, sim: Simulator) -> MatrixClient:
    return MatrixClient(http, sim)


async def test_the_same_transaction_is_the_same_event_even_when_the_text_differs(
    matrix: MatrixClient, sim: Simulator
) -> None:
    first, again = await matrix.publish("Bombe"), await matrix.publish("Etwas anderes")

    assert first.status == 200
    assert first.json == again.json
    assert [(post["text"], post["arrivals"]) for post in sim.posts()] == [("Bombe", 2)]


async def test_another_device_has_transactions_of_its_own(
    matrix: MatrixClient, sim: Simulator
) -> None:
    await matrix.publish("Bombe")
    matrix.token = "another"

    await matrix.publish("Bombe")

    assert len(sim.posts()) == 2


async def test_a_transaction_is_forgotten_after_half_an_hour(
    matrix: MatrixClient, sim: Simulator, clock: Any
) -> None:
    await matrix.publish("Bombe")
    clock.pass_by(minutes=31)

    await matrix.publish("Bombe")

    assert len(sim.posts()) == 2


async def test_a_server_that_ignores_keys_makes_two_events_and_tells_no_key(
    matrix: MatrixClient, sim: Simulator
) -> None:
    sim.faults.put("matrix", "ignores_key")

    first, second = await matrix.publish("Bombe"), await matrix.publish("Bombe")

    assert first.json != second.json
    assert "transaction_id" not in (await matrix.own()).text


async def test_only_the_device_that_sent_it_is_told_the_transaction(matrix: MatrixClient) -> None:
    posted = (await matrix.publish("Bombe")).json
    mine = (await matrix.look(posted)).json
    matrix.token = "another"
    theirs = (await matrix.look(posted)).json

    assert mine["unsigned"]["transaction_id"] == "key-1"
    assert mine["content"] == theirs["content"] == {"msgtype": "m.text", "body": "Bombe"}
    assert mine["sender"] == "@stadt:simulator"
    assert "transaction_id" not in theirs["unsigned"]


async def test_a_redacted_event_stands_there_empty(matrix: MatrixClient) -> None:
    posted = (await matrix.publish("Bombe")).json

    removed = await matrix.remove(posted)
    shown = await matrix.look(posted)

    assert removed.json["event_id"].startswith("$")
    assert shown.json["content"] == {}
    assert "redacted_because" in shown.json["unsigned"]
    assert "Bombe" not in (await matrix.own()).text


async def test_the_whole_event_is_limited_in_bytes(matrix: MatrixClient) -> None:
    fits = await matrix.publish("ä" * 32_000)
    matrix.txn = "key-2"
    over = await matrix.publish("ä" * 33_000)

    assert fits.status == 200
    assert (over.status, over.json["errcode"]) == (413, "M_TOO_LARGE")


async def test_one_request_too_many_is_told_the_wait_in_seconds_and_milliseconds(
    matrix: MatrixClient,
) -> None:
    for number in range(50):
        matrix.txn = f"key-{number}"
        await matrix.publish("Bombe")

    heard = await matrix.publish("Bombe")

    assert (heard.status, heard.json["errcode"]) == (429, "M_LIMIT_EXCEEDED")
    assert heard.json["retry_after_ms"] == 10_000
    assert heard.headers["Retry-After"] == "10"


@pytest.mark.parametrize(
    ("path", "status", "errcode"),
    [
        (f"{CLIENT}/rooms/{quote('!other:simulator')}/messages", 403, "M_FORBIDDEN"),
        (f"{HERE}/event/%24nothing", 404, "M_NOT_FOUND"),
        (f"{CLIENT}/directory/room/%23other%3Asimulator", 404, "M_NOT_FOUND"),
        (f"{CLIENT}/nothing", 404, "M_UNRECOGNIZED"),
    ],
)
async def test_what_is_not_there_is_named_by_its_code(
    matrix: MatrixClient, path: str, status: int, errcode: str
) -> None:
    heard = await matrix.call("GET", path)

    assert (heard.status, heard.json["errcode"]) == (status, errcode)


async def test_without_a_token_only_what_is_open_answers(matrix: MatrixClient) -> None:
    matrix.token = ""

    me = await matrix.check()
    room = await matrix.ask("GET", f"/public/_matrix/client/v1/room_summary/{quote(ROOM, safe='')}")
    versions = await matrix.ask("GET", "/_matrix/client/versions")

    assert (me.status, me.json["errcode"]) == (401, "M_MISSING_TOKEN")
    assert room.json["world_readable"] is True
    assert "v1.11" in versions.json["versions"]


async def test_a_room_for_members_only_says_so_to_everybody(
    matrix: MatrixClient, sim: Simulator
) -> None:
    sim.faults.put("matrix", "login_wall")

    room = await matrix.ask("GET", f"/public/_matrix/client/v1/room_summary/{quote(ROOM, safe='')}")
    state = await matrix.call("GET", f"{HERE}/state/m.room.history_visibility")

    assert (room.status, room.json["errcode"]) == (404, "M_NOT_FOUND")
    assert state.json == {"history_visibility": "shared"}


async def test_the_account_is_in_its_room_and_may_post_there(matrix: MatrixClient) -> None:
    joined = await matrix.call("GET", f"{CLIENT}/joined_rooms")
    levels = (await matrix.call("GET", f"{HERE}/state/m.room.power_levels")).json
    alias = await matrix.call("GET", f"{CLIENT}/directory/room/%23stadt%3Asimulator")
    note = f"{CLIENT}/user/%40stadt%3Asimulator/rooms/{quote(ROOM, safe='')}/account_data/note"

    written = await matrix.call("PUT", note, json={"ok": True})

    assert joined.json == {"joined_rooms": [ROOM]}
    assert levels["users"]["@stadt:simulator"] >= levels["events_default"]
    assert alias.json["room_id"] == ROOM
    assert (written.status, written.json) == (200, {})


async def test_a_silenced_account_is_told_an_event_that_nobody_ever_sees(
    matrix: MatrixClient, sim: Simulator
) -> None:
    sim.faults.put("matrix", "accepted_not_live")

    posted = await matrix.publish("Bombe")

    assert posted.status == 200
    assert (await matrix.look(posted.json)).status == 404
