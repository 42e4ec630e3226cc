"""Following messages up over HTTP: what is answered, to whom, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from sentinel.simulator.server import Simulator
from tests.support.house import WARNING, House, route, rules_for

UPDATE = {"headline": "Pegel fällt", "text": "Die Brücke bleibt zu.", "severity": "moderate"}


@pytest.fixture
async def file(sim: Simulator, tmp_path: Path) -> Path:
    return await rules_for(sim, tmp_path, [route(always=["warnseite"])], only=("warnseite",))


async def follow(
    house: House, of: Any, what: str, body: Any = None, **headers: str
) -> tuple[int, Any]:
    return await house.call("POST", f"/api/v1/messages/{of}/{what}", body or {}, **headers)


async def on_hold(house: House) -> dict[str, Any]:
    """A message that stays unsent."""
    await house.call("POST", "/api/v1/hold", {"reason": "Probe"})
    return await house.send()


async def test_an_alert_has_what_would_end_it_ready(file: Path) -> None:
    async with House(file) as house:
        german = await house.send()
        english = await house.send(language="en", headline="Flood", text="The river rises.")

    assert german["prepared"] == {
        "all_clear": {
            "headline": "Entwarnung zu Meldung Nr. 1: Hochwasser an der Saar",
            "text": "Die Gefahr ist vorbei. Unsere Meldung Nr. 1 „Hochwasser an der Saar“ "
            "gilt nicht mehr.",
        },
        "false_alarm": {
            "headline": "Fehlalarm! Meldung Nr. 1 war ein Irrtum: Hochwasser an der Saar",
            "text": "Es besteht keine Gefahr. Unsere Meldung Nr. 1 „Hochwasser an der Saar“ war "
            "ein Irrtum und gilt nicht. Bitte sagen Sie das allen weiter, die sie bekommen haben.",
        },
    }
    assert english["prepared"]["false_alarm"]["headline"].startswith("False alarm!")


async def test_a_follow_up_is_a_new_message_of_the_same_chain(file: Path) -> None:
    async with House(file) as house:
        alert = await house.send(area="Altstadt")
        status, update = await follow(house, alert["number"], "update", UPDATE)
        ended, over = await follow(house, alert["id"], "all-clear")
        _, chain = await house.call("GET", f"/api/v1/messages?chain={alert['id']}")
        path = f"/api/v1/messages/{alert['id']}/update"
        async with house.near.post(path, json=UPDATE) as answer:
            location = answer.headers["Location"]
            third = await answer.json()

    assert (status, ended) == (201, 201)
    assert (update["kind"], update["number"], update["area"]) == ("update", 2, "Altstadt")
    assert (update["severity"], update["effective_severity"]) == ("moderate", "severe")
    assert (update["chain"], update["references"]) == (alert["id"], [alert["id"]])
    assert update["approval"] == {"needed": False, "by": None, "at": None}
    assert update["prepared"] is None
    assert (over["kind"], over["severity"]) == ("all_clear", "moderate")
    assert over["effective_severity"] == "severe"
    assert over["references"] == [alert["id"], update["id"]]
    assert over["headline"] == "Entwarnung zu Meldung Nr. 1: Hochwasser an der Saar"
    assert location == f"/api/v1/messages/{third['id']}"
    assert [link["kind"] for link in chain["items"]] == ["all_clear", "update", "alert"]


async def test_a_false_alarm_is_called_off_in_one_step(file: Path) -> None:
    async with House(file) as house:
        alert = await house.send()
        status, over = await follow(house, 1, "all-clear", {"false_alarm": True})

    assert status == 201
    assert over["headline"] == alert["prepared"]["false_alarm"]["headline"]
    assert over["text"] == alert["prepared"]["false_alarm"]["text"]


async def test_the_same_key_gives_the_same_follow_up(file: Path) -> None:
    key = {"Idempotency-Key": "einsatz-2"}
    async with House(file) as house:
        await house.send()
        other = await house.send()
        first = await follow(house, 1, "update", UPDATE, **key)
        again = await follow(house, first[1]["number"], "update", UPDATE, **key)
        answers = [
            await follow(house, 1, "update", {**UPDATE, "text": "Anders."}, **key),
            await follow(house, 1, "update", {**UPDATE, "tags": []}, **key),
            await follow(house, other["id"], "update", UPDATE, **key),
            await follow(house, 1, "all-clear", UPDATE, **key),
            await house.call("POST", "/api/v1/messages", UPDATE, **key),
        ]
        _, listed = await house.call("GET", "/api/v1/messages")

    assert (first[0], again[0], again[1]["id"]) == (201, 200, first[1]["id"])
    assert [(status, said["field"]) for status, said in answers] == [(409, "Idempotency-Key")] * 5
    assert len(listed["items"]) == 3


@pytest.mark.parametrize(
    ("what", "body", "field"),
    [
        ("update", {}, "headline"),
        ("update", {"headline": "A", "text": "B"}, "severity"),
        ("update", {**UPDATE, "false_alarm": True}, "false_alarm"),
        ("update", {**UPDATE, "exercise": True}, "exercise"),
        ("update", {**UPDATE, "channels": ["nope"]}, "channels"),
        ("all-clear", {"headline": "x" * 161}, "headline"),
        ("all-clear", {"severity": "schlimm"}, "severity"),
        ("all-clear", {"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ("withdraw", {}, "reason"),
        ("withdraw", {"reason": "  "}, "reason"),
        ("withdraw", {"reason": "x", "löschen": True}, "löschen"),
        ("approve", {"emergency": True}, "comment"),
        ("approve", {"emergency": True, "comment": " "}, "comment"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_kept(
    file: Path, what: str, body: dict[str, Any], field: str
) -> None:
    async with House(file) as house:
        await house.send()
        status, said = await follow(house, 1, what, body)
        _, listed = await house.call("GET", "/api/v1/messages")

    assert (status, said["field"]) == (422, field)
    assert [item["withdrawn_at"] for item in listed["items"]] == [None]


async def test_what_does_not_exist_is_404(file: Path) -> None:
    bodies = {"update": UPDATE, "all-clear": {}, "withdraw": {"reason": "x"}, "approve": {}}
    async with House(file) as house:
        answers = [
            await follow(house, name, what, body)
            for what, body in bodies.items()
            for name in ("99", "nope", "²")
        ]
        answers.append(await house.call("POST", "/api/v1/deliveries/nope/confirm", {}))

    assert [status for status, _ in answers] == [404] * 13


async def test_a_withdrawn_message_goes_nowhere_and_cannot_be_updated(file: Path) -> None:
    async with House(file) as house:
        message = await on_hold(house)
        status, gone = await follow(house, 1, "withdraw", {"reason": "falscher Ort"})
        again = await follow(house, 1, "withdraw", {"reason": "noch einmal"})
        refused = [
            await follow(house, 1, "update", UPDATE),
            await follow(house, 1, "all-clear"),
            await follow(house, 1, "approve"),
        ]
        delivery = gone["deliveries"][0]
        late = await house.call("POST", f"/api/v1/deliveries/{delivery['id']}/confirm", {})
        [entry] = await house.journal("message.withdrawn_by_person")

    assert (status, gone["id"], gone["state"]) == (200, message["id"], "withdrawn")
    assert gone["withdrawn_at"] is not None
    assert delivery["state"] == "withdrawn"
    assert (again[0], again[1]["withdrawn_at"]) == (200, gone["withdrawn_at"])
    assert [status for status, _ in (*refused, late)] == [409] * 4
    assert entry.payload == {"number": 1, "reason": "falscher Ort", "delete": False}
    assert entry.actor.kind == "person"


async def test_a_person_confirms_a_delivery_with_its_address(file: Path) -> None:
    async with House(file) as house:
        message = await on_hold(house)
        path = f"/api/v1/deliveries/{message['deliveries'][0]['id']}/confirm"
        odd = await house.call("POST", path, {"permalink": "javascript:alert(1)"})
        status, out = await house.call("POST", path, {"permalink": "https://a.example/1"})
        again = await house.call("POST", path, {})
        whole = await house.message(message)
        [entry] = await house.journal("delivery.confirmed")

    assert (odd[0], odd[1]["field"]) == (422, "permalink")
    assert (status, out["state"], out["message"]) == (200, "published", message["id"])
    assert out["receipt"] == {"post_id": None, "permalink": "https://a.example/1"}
    assert out["confirmed_by"].startswith("person:uid:")
    assert (out["posted_at"], out["read_back_at"]) == (None, None)
    assert again[0] == 200
    assert whole["state"] == "live"
    assert entry.payload["permalink"] == "https://a.example/1"


async def test_approving_what_needs_no_approval_is_409(file: Path) -> None:
    async with House(file) as house:
        await house.send()
        plain = await follow(house, 1, "approve")
        emergency = await follow(house, 1, "approve", {"emergency": True, "comment": "eilt"})

    assert (plain[0], emergency[0]) == (409, 409)


async def test_the_other_fields_of_a_message_stay_as_they_were(file: Path) -> None:
    async with House(file) as house:
        _, said = await house.call("POST", "/api/v1/messages", {**WARNING, "false_alarm": True})

    assert said["field"] == "false_alarm"
