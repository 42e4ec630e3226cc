"""The API: shapes, lists, and a clear answer to whatever is wrong."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from sentinel.simulator.server import Simulator
from tests.support.house import WARNING, House, route, rules_for

ABILITIES = {"publish", "read_back", "public", "listen"}


@pytest.fixture
async def file(sim: Simulator, tmp_path: Path) -> Path:
    return await rules_for(
        sim,
        tmp_path,
        [route("mastodon-stadt", always=["warnseite"])],
        only=("warnseite", "mastodon-stadt"),
    )


async def raw(house: House, path: str, body: bytes | io.BytesIO, **headers: str) -> tuple[int, Any]:
    async with house.near.post(path, data=body, headers=headers) as answer:
        return answer.status, json.loads(await answer.read())


async def test_a_channel_has_the_contracts_shape(file: Path) -> None:
    async with House(file) as house:
        await house.judged("mastodon-stadt", "publish", "up", None)
        status, listed = await house.call("GET", "/api/v1/channels")
        _, one = await house.call("GET", "/api/v1/channels/mastodon-stadt")

    assert status == 200
    assert [item["id"] for item in listed["items"]] == ["mastodon-stadt", "warnseite"] or [
        item["id"] for item in listed["items"]
    ] == ["warnseite", "mastodon-stadt"]
    assert set(one) >= {
        "id",
        "platform",
        "operator",
        "mode",
        "reach",
        "abilities",
        "quota",
        "credential",
        "pending",
    }
    assert set(one["abilities"]) == ABILITIES
    assert set(one["abilities"]["publish"]) >= {"state", "cause", "evidence", "since"}
    assert one["abilities"]["publish"]["since"].endswith("Z")


async def test_a_message_has_the_contracts_shape(file: Path) -> None:
    async with House(file) as house:
        accepted = await house.send(tags=["hochwasser"], area="Altstadt")
        live = await house.live(accepted)
        _, by_number = await house.call("GET", f"/api/v1/messages/{accepted['number']}")

    assert accepted["number"] == 1
    assert accepted["chain"] == accepted["id"]
    assert accepted["effective_severity"] == "severe"
    assert accepted["urgency"] == "Immediate"
    assert accepted["expires_at"] is not None
    assert by_number["id"] == accepted["id"]
    delivery = live["deliveries"][0]
    assert set(delivery) >= {
        "id",
        "channel",
        "routes",
        "state",
        "cause",
        "text",
        "receipt",
        "posted_at",
        "read_back_at",
        "public_at",
        "confirmed_by",
        "parts",
        "attempts",
        "explanation",
        "since",
    }
    assert set(delivery["attempts"][0]) >= {"started_at", "ended_at", "outcome", "cause", "node"}


async def test_lists_come_in_pages(file: Path) -> None:
    async with House(file) as house:
        numbers = [(await house.send())["number"] for _ in range(5)]
        seen, cursor = [], ""
        for _ in range(3):
            path = f"/api/v1/messages?limit=2{cursor}"
            _, page = await house.call("GET", path)
            seen += [item["number"] for item in page["items"]]
            cursor = f"&cursor={page['next']}"
        _, journal = await house.call("GET", "/api/v1/journal?limit=3")
        _, rest = await house.call("GET", f"/api/v1/journal?limit=3&after={journal['next']}")
        _, channels = await house.call("GET", "/api/v1/channels?limit=1")
        _, others = await house.call("GET", f"/api/v1/channels?cursor={channels['next']}")
        _, verified = await house.call("GET", "/api/v1/journal?verify")
        _, live = await house.call("GET", "/api/v1/messages?state=withdrawn")

    assert seen == sorted(numbers, reverse=True)
    assert cursor == "&cursor=None"
    assert [e["number"] for e in journal["items"] + rest["items"]] == [1, 2, 3, 4, 5, 6]
    assert set(journal["items"][0]) == {
        "number",
        "at",
        "kind",
        "actor",
        "subject",
        "payload",
        "previous",
        "hash",
    }
    assert len(channels["items"]) == len(others["items"]) == 1
    assert others["next"] is None
    assert verified["ok"] is True
    assert live["items"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("messages?limit=0", "limit"),
        ("messages?limit=201", "limit"),
        ("messages?limit=-1", "limit"),
        ("messages?limit=viele", "limit"),
        ("messages?limit=²", "limit"),
        ("messages?cursor=x", "cursor"),
        ("messages?cursor=99999999999999999999", "cursor"),
        ("messages?state=fertig", "state"),
        ("messages?since=gestern", "since"),
        ("messages?since=2026-01-01T00:00:00", "since"),
        ("journal?after=x", "after"),
        ("journal?after=99999999999999999999", "after"),
        ("journal?limit=201", "limit"),
        ("outages?limit=201", "limit"),
        ("channels?limit=201", "limit"),
        ("channels?cursor=x", "cursor"),
    ],
)
async def test_a_wrong_question_is_answered_with_its_field(
    file: Path, query: str, field: str
) -> None:
    async with House(file) as house:
        status, said = await house.call("GET", f"/api/v1/{query}")

    assert (status, said.get("field")) == (422, field)


async def test_what_is_no_json_is_400(file: Path) -> None:
    async with House(file) as house:
        bodies = [
            b"{",
            b"\xff\xfe",
            b"{'headline': 'A'}",
            b"[" * 100_000,
            json.dumps(WARNING).encode("utf-16"),
        ]
        answers = [await raw(house, "/api/v1/messages", body) for body in bodies]
        odd = {"Content-Type": "application/json; charset=klingon"}
        fine, _ = await raw(house, "/api/v1/messages", json.dumps(WARNING).encode(), **odd)

    assert [status for status, _ in answers] == [400] * 5
    assert fine == 201


async def test_json_of_another_kind_is_422(file: Path) -> None:
    async with House(file) as house:
        answers = [
            await raw(house, "/api/v1/messages", body)
            for body in (b"[]", b"7", b'"a"', b"null", b"", b'{"headline": "\\ud800"}')
        ]

    assert [status for status, _ in answers] == [422] * 6


async def test_a_body_that_is_too_large_is_413(file: Path) -> None:
    async with House(file) as house:
        status, said = await raw(house, "/api/v1/messages", io.BytesIO(b" " * 1_100_000))

    assert (status, said["status"]) == (413, 413)


async def test_what_is_not_there_is_404_and_a_wrong_verb_405(file: Path) -> None:
    async with House(file) as house:
        nowhere = [
            await house.call(verb, f"/api/v1/{path}", {"reason": "x"} if verb == "POST" else None)
            for verb, path in (
                ("GET", "nothing"),
                ("GET", "channels/nope"),
                ("GET", "messages/nope"),
                ("GET", "messages/99"),
                ("GET", "messages/²"),
                ("POST", "channels/nope/check"),
                ("POST", "channels/nope/freeze"),
                ("POST", "channels/nope/release"),
            )
        ]
        async with house.near.delete("/api/v1/channels") as wrong:
            said = json.loads(await wrong.read())

    assert [status for status, _ in nowhere] == [404] * 8
    assert all(body["detail"] for _, body in nowhere)
    assert wrong.status == 405
    assert "GET" in wrong.headers["Allow"]
    assert said["title"] == "Method Not Allowed"


async def test_a_freeze_needs_a_reason_and_an_end_that_is_to_come(file: Path) -> None:
    path = "/api/v1/channels/mastodon-stadt/freeze"
    async with House(file) as house:
        answers = [
            await house.call("POST", path, body)
            for body in (
                {},
                {"reason": "  "},
                {"reason": "x", "until": "2020-01-01T00:00:00Z"},
                {"reason": "x", "until": "bald"},
                {"reason": "x", "bis": "bald"},
            )
        ]

    assert [(status, said["field"]) for status, said in answers] == [
        (422, "reason"),
        (422, "reason"),
        (422, "until"),
        (422, "until"),
        (422, "bis"),
    ]
