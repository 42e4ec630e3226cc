"""Outages and silences over HTTP: seen, taken on, planned and ended, each by who may."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sentinel.simulator.server import Simulator
from tests.support.broken import broken, close, outages_of
from tests.support.house import House, route, rules_for, utc_now

SILENCES = "/api/v1/silences"


@pytest.fixture
async def file(sim: Simulator, tmp_path: Path) -> Path:
    names = ("x-stadt", "mastodon-stadt")
    return await rules_for(sim, tmp_path, [route(*names)], only=names)


def later(**span: float) -> str:
    return (utc_now() + timedelta(**span)).isoformat()


async def token(house: House, *scopes: str) -> dict[str, str]:
    status, made = await house.call(
        "POST", "/api/v1/tokens", {"name": "leitstelle", "scopes": list(scopes)}
    )
    assert status == 201, made
    return {"Authorization": f"Bearer {made['token']}"}


async def test_one_outage_is_taken_on_with_all_that_belong_to_it(file: Path) -> None:
    async with House(file) as house:
        climb = await broken(house, "kanal-1", "kanal-2")
        first, second = await outages_of(house, climb)
        path = f"/api/v1/outages/{first.id}"

        _, before = await house.call("GET", path)
        status, after = await house.call("POST", f"{path}/acknowledge", {"comment": "ich rufe an"})
        _, listed = await house.call("GET", "/api/v1/outages")
        (entry,) = await house.journal("outage.acknowledged")

    assert (before["acknowledged_by"], before["with"]) == (None, [second.id])
    assert before["escalation"]["level"] == 1
    assert before["escalation"]["told"] == ["presse"]
    assert status == 200
    assert after["acknowledged_by"].startswith("uid:")
    assert (after["comment"], after["acknowledged_at"][-1]) == ("ich rufe an", "Z")
    assert {one["acknowledged_by"] for one in listed["items"]} == {after["acknowledged_by"]}
    assert entry.actor.kind == "person"


async def test_what_is_over_or_never_was_cannot_be_taken_on(file: Path) -> None:
    async with House(file) as house:
        climb = await broken(house, "kanal-1")
        (outage,) = await outages_of(house, climb)
        await close(house, climb)
        nobody = "/api/v1/outages/0192f3a0-0000-7000-8000-000000000017"
        statuses = [
            (await house.call("POST", f"/api/v1/outages/{outage.id}/acknowledge", {}))[0],
            (await house.call("POST", f"{nobody}/acknowledge", {}))[0],
            (await house.call("GET", nobody))[0],
            (await house.call("POST", f"{nobody}/acknowledge", {"remark": "?"}))[0],
        ]

    assert statuses == [409, 404, 404, 422]


async def test_a_silence_is_planned_listed_and_ended_and_the_journal_knows_by_whom(
    file: Path,
) -> None:
    async with House(file) as house:
        status, made = await house.call(
            "POST",
            SILENCES,
            {"channel": "x-stadt", "ends_at": later(hours=2), "reason": "Umzug"},
        )
        _, ahead = await house.call(
            "POST",
            SILENCES,
            {
                "kind": "maintenance",
                "starts_at": later(days=1),
                "ends_at": later(days=1, hours=2),
                "reason": "neuer Router",
            },
        )
        _, listed = await house.call("GET", SILENCES)
        ended, over = await house.call("DELETE", f"{SILENCES}/{made['id']}")
        again, _ = await house.call("DELETE", f"{SILENCES}/{made['id']}")
        _, left = await house.call("GET", SILENCES)
        _, whole = await house.call("GET", f"{SILENCES}?all=1&limit=1")
        planned = await house.journal("silence.planned")
        ends = await house.journal("silence.ended")

    assert status == 201
    assert (made["state"], made["by"][:11]) == ("active", "person:uid:")
    assert (ahead["state"], ahead["kind"]) == ("planned", "maintenance")
    assert [one["id"] for one in listed["items"]] == [made["id"], ahead["id"]]
    assert (ended, again, over["state"]) == (200, 200, "over")
    assert [one["id"] for one in left["items"]] == [ahead["id"]]
    assert ([one["id"] for one in whole["items"]], whole["next"]) == ([ahead["id"]], ahead["id"])
    assert [(e.payload["reason"], e.actor.kind) for e in planned] == [
        ("Umzug", "person"),
        ("neuer Router", "person"),
    ]
    assert [(e.subject, e.payload["early"]) for e in ends] == [(made["id"], True)]


REFUSED: tuple[tuple[dict[str, str], str], ...] = (
    ({"ends_at": "in an hour"}, "ends_at"),
    ({}, "ends_at"),
    ({"ends_at": "+1h", "reason": " "}, "reason"),
    ({"ends_at": "-1h"}, "ends_at"),
    ({"starts_at": "+2h", "ends_at": "+1h"}, "ends_at"),
    ({"ends_at": "+800h"}, "ends_at"),
    ({"ends_at": "+1h", "channel": "twitter"}, "channel"),
    ({"ends_at": "+1h", "operator": "twitter"}, "operator"),
    ({"ends_at": "+1h", "channel": "x-stadt", "operator": "x"}, "operator"),
    ({"ends_at": "+1h", "kind": "holiday"}, "kind"),
    ({"ends_at": "+1h", "who": "me"}, "who"),
)


async def test_a_silence_without_reason_end_or_sense_is_refused_by_the_field(file: Path) -> None:
    async with House(file) as house:
        found = []
        for wanted, _ in REFUSED:
            body = {"reason": "Umbau", **wanted}
            times = {name: later(hours=int(body[name][:-1])) for name in body if hours(body[name])}
            found.append(await house.call("POST", SILENCES, body | times))
        _, listed = await house.call("GET", SILENCES)

    assert [(status, said["field"]) for status, said in found] == [
        (422, field) for _, field in REFUSED
    ]
    assert listed["items"] == []


def hours(value: str) -> bool:
    return value[0] in "+-" and value.endswith("h")


async def test_looking_needs_read_and_acting_needs_operate(file: Path) -> None:
    async with House(file) as house:
        climb = await broken(house, "kanal-1")
        (outage,) = await outages_of(house, climb)
        calls = [
            ("GET", f"/api/v1/outages/{outage.id}"),
            ("GET", SILENCES),
            ("POST", f"/api/v1/outages/{outage.id}/acknowledge"),
            ("POST", SILENCES),
            ("DELETE", f"{SILENCES}/{outage.id}"),
        ]
        reader, operator = await token(house, "read"), await token(house, "operate")
        found = {
            name: [
                (await house.web.request(method, path, headers=headers, data=b"{}")).status
                for method, path in calls
            ]
            for name, headers in (("nobody", {}), ("reader", reader), ("operator", operator))
        }

    assert found == {
        "nobody": [401, 401, 401, 401, 401],
        "reader": [200, 200, 403, 403, 403],
        "operator": [403, 403, 200, 422, 404],
    }
