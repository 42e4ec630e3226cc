"""Taking messages in: accepted means kept, and a refusal keeps nothing."""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.cause import Severity
from sentinel.domain.message import Content, MessageState
from sentinel.errors import InputError
from sentinel.service.intake import Intake
from sentinel.simulator.server import Simulator
from sentinel.storage.storage import Storage
from tests.service.planning import desk
from tests.storage.engines import cluster
from tests.support.house import TESTER, House, route, rules_for, utc_now

ONLY = ("mastodon-stadt", "warnseite", "x-stadt")
GRAVE = {"match": {"severity": ["extreme", "severe"]}}


async def test_what_was_accepted_is_on_disk_with_its_deliveries(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_for(
        sim, tmp_path, [route("mastodon-stadt", always=["warnseite"])], only=ONLY
    )
    async with House(file) as house:
        await house.call("POST", "/api/v1/hold", {"reason": "Probe"})
        accepted = await house.send(headline="Bombenentschärfung")

    url = f"sqlite:///{tmp_path}/data/sentinel.db"
    storage = await Storage.open(url, data=tmp_path / "data", node="later", now=utc_now)
    async with storage.read() as view:
        kept = await view.message(accepted["id"])
        deliveries = await view.deliveries_of(accepted["id"])
        state = await view.message_state(accepted["id"])
        verified = await view.verify_journal()
    await storage.close()

    assert kept is not None
    assert kept.content.headline == "Bombenentschärfung"
    assert {d.channel for d in deliveries} == {"mastodon-stadt", "warnseite"}
    assert all(d.rendered.text for d in deliveries)
    assert state is MessageState.HELD
    assert verified.ok


async def test_the_same_key_and_body_give_the_same_message(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_for(sim, tmp_path, [route("mastodon-stadt")], only=ONLY)
    soon = (utc_now() + timedelta(seconds=0.3)).isoformat()
    body = {"headline": "A", "text": "B", "severity": "severe", "not_before": soon}
    header = {"Idempotency-Key": "leitstelle-4711"}
    async with House(file) as house:
        first = await house.call("POST", "/api/v1/messages", body, **header)
        await house.live(first[1])
        again = await house.call("POST", "/api/v1/messages", body, **header)
        other = await house.call("POST", "/api/v1/messages", {**body, "text": "C"}, **header)
        unusable = await house.call("POST", "/api/v1/messages", body, **{"Idempotency-Key": ""})
        listed = await house.call("GET", "/api/v1/messages")

    assert first[0] == 201
    assert (again[0], again[1]["id"]) == (200, first[1]["id"])  # also once its time has come
    assert (other[0], other[1]["field"]) == (409, "Idempotency-Key")
    assert (unusable[0], unusable[1]["field"]) == (422, "Idempotency-Key")
    assert len(listed[1]["items"]) == 1


def _in(**time: float) -> str:
    return (utc_now() + timedelta(**time)).isoformat()


BAD: list[tuple[dict[str, Any], str]] = [
    ({"headline": ""}, "headline"),
    ({"headline": "x" * 161}, "headline"),
    ({"headline": "zwei\nZeilen"}, "headline"),
    ({"headline": None}, "headline"),
    ({"text": "   "}, "text"),
    ({"text": "x" * 20_001}, "text"),
    ({"text": "Glocke\u0007"}, "text"),
    ({"text": "rechts\u202enach links"}, "text"),
    ({"text": 7}, "text"),
    ({"severity": "schlimm"}, "severity"),
    ({"severity": "minor"}, "severity"),  # no route for it
    ({"short_text": "x" * 1001}, "short_text"),
    ({"instruction": "\u0000"}, "instruction"),
    ({"area": "Mitte\nNord"}, "area"),
    ({"event": "Sturm\u0000"}, "event"),
    ({"tags": ["hoch\u0000wasser"]}, "tags"),
    ({"tags": "hochwasser"}, "tags"),
    ({"variants": [{"language": "en", "headline": "a\u0000", "text": "b"}]}, "variants"),
    ({"variants": [{"language": "en", "headline": "a"}]}, "variants.0.text"),
    ({"category": "Wetter"}, "category"),
    ({"urgency": "bald"}, "urgency"),
    ({"certainty": "sicher"}, "certainty"),
    ({"language": "Deutsch!"}, "language"),
    ({"link": "javascript:alert(1)"}, "link"),
    ({"image": "bild.png"}, "alt_text"),
    ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
    ({"expires_at": "2999-01-01T00:00:00"}, "expires_at"),  # no zone
    ({"not_before": "morgen"}, "not_before"),
    ({"not_before": _in(days=2), "expires_at": _in(days=1)}, "expires_at"),
    ({"not_before": "9999-12-31T23:59:59Z"}, "not_before"),
    ({"expires_at": "9999-12-31T23:59:59-10:00"}, "expires_at"),
    ({"channels": ["x-staadt"]}, "channels"),
    ({"channels": ["x-stadt"]}, "channels"),  # there, but on no route
    ({"texts": {"gibtsnicht": "a"}}, "texts"),
    ({"exercise": True}, "exercise"),  # nobody on the route allows one
    ({"headlines": "A"}, "headlines"),
    ({"routine": "vielleicht"}, "routine"),
]


async def test_what_is_wrong_is_named_in_both_languages_and_nothing_is_kept(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_for(sim, tmp_path, [route("mastodon-stadt", **GRAVE)], only=ONLY)
    good = {"headline": "A", "text": "B", "severity": "severe"}
    wrong = []
    async with House(file) as house:
        for fields, field in BAD:
            answers = {}
            for language in ("de", "en"):
                status, said = await house.call(
                    "POST", "/api/v1/messages", {**good, **fields}, **{"Accept-Language": language}
                )
                answers[language] = said.get("detail")
                if status != 422 or not str(said.get("field", "")).startswith(field):
                    wrong.append((fields, status, said))
            if answers["de"] == answers["en"]:
                wrong.append((fields, 0, answers))
        listed = await house.call("GET", "/api/v1/messages")
        entries = await house.journal("message.received", "delivery.planned")
        number = (await house.send())["number"]

    assert wrong == []
    assert listed[1]["items"] == []
    assert entries == []
    assert number == 1


async def test_a_missing_field_is_named(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_for(sim, tmp_path, [route("mastodon-stadt")], only=ONLY)
    async with House(file) as house:
        found = [
            (await house.call("POST", "/api/v1/messages", body))[1]["field"]
            for body in (
                {"text": "B", "severity": "severe"},
                {"headline": "A", "severity": "severe"},
                {"headline": "A", "text": "B"},
            )
        ]

    assert found == ["headline", "text", "severity"]


async def test_an_exercise_reaches_only_channels_that_allow_it(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_for(
        sim, tmp_path, [route("mastodon-stadt", always=["warnseite"])], only=ONLY
    )
    async with House(file) as house:
        message = await house.send(exercise=True)
        shape = await house.live(message)

    assert [d["channel"] for d in shape["deliveries"]] == ["warnseite"]
    assert shape["deliveries"][0]["text"].startswith("ÜBUNG")
    assert sim.posts("mastodon") == []


async def test_a_preview_shows_what_would_go_out_and_keeps_nothing(
    sim: Simulator, tmp_path: Path
) -> None:
    routes = [route("x-stadt", "mastodon-stadt", always=["warnseite"])]
    file = await rules_for(sim, tmp_path, routes, only=ONLY, notice_link="warnseite")
    body = {"headline": "Hochwasser", "text": "Der Pegel steigt. " * 60, "severity": "severe"}
    async with House(file) as house:
        status, said = await house.call("POST", "/api/v1/preview", body)
        listed = await house.call("GET", "/api/v1/messages")

    assert status == 200
    by_channel = {item["channel"]: item for item in said["items"]}
    assert set(by_channel) == {"x-stadt", "mastodon-stadt", "warnseite"}
    x = by_channel["x-stadt"]
    assert set(x) == {"channel", "text", "length", "limit", "unit", "parts", "cut", "warnings"}
    assert x["length"] <= x["limit"] == 280
    assert x["cut"] == ["text"]
    assert by_channel["warnseite"]["cut"] == []
    assert listed[1]["items"] == []


async def test_a_preview_bears_the_number_that_the_message_then_gets(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_for(sim, tmp_path, [route("mastodon-stadt")], only=ONLY)
    body = {"headline": "Hochwasser", "text": "Der Pegel steigt.", "severity": "severe"}
    async with House(file) as house:
        await house.send()
        shown = [(await house.call("POST", "/api/v1/preview", body))[1] for _ in (1, 2)]
        sent = await house.message(await house.send(**body))

    assert sent["number"] == 2
    assert sent["deliveries"][0]["text"].endswith("Nr. 2")
    assert [said["items"][0]["text"] for said in shown] == [sent["deliveries"][0]["text"]] * 2


async def test_a_start_in_the_past_is_now(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_for(sim, tmp_path, [route("mastodon-stadt", expires_after="1h")], only=ONLY)
    async with House(file) as house:
        message = await house.live(await house.send(not_before=_in(days=-2)))

    assert datetime.fromisoformat(message["expires_at"]) > utc_now() + timedelta(minutes=59)


async def test_equal_keys_at_once_on_two_nodes_are_one_message(tmp_path: Path) -> None:
    """Each call looks for the key before the other's message is there: PostgreSQL allows that."""
    content = Content(headline="A", text="B", severity=Severity.SEVERE)
    taken = []
    with cluster() as server:
        async with AsyncExitStack() as closing:
            async with desk(tmp_path, "x") as made:
                board, planner = made.board, made.planner
            url, nodes = server.empty(), []
            for name in ("a", "b"):
                node = await Storage.open(url, data=tmp_path, node=name, now=utc_now)
                closing.push_async_callback(node.close)
                nodes.append(Intake(node, board, planner))

            async def call(intake: Intake) -> None:
                taken.append(await intake.accept(content, actor=TESTER, key="leitstelle-4711"))

            async with asyncio.TaskGroup() as group:
                for intake in nodes * 4:
                    group.create_task(call(intake))

    assert sorted(one.created for one in taken) == [False] * 7 + [True]
    assert len({one.message.id for one in taken}) == 1


async def test_whoever_takes_a_message_in_may_ask_for_a_second_person(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_for(sim, tmp_path, [route("mastodon-stadt")], only=ONLY)
    content = Content(headline="A", text="B", severity=Severity.SEVERE)
    async with House(file) as house:
        taken = await house.parts.intake.accept(content, actor=TESTER, approval=True)
        shape = await house.message({"id": taken.message.id})

    assert (shape["state"], shape["approval"]["needed"]) == ("awaiting_approval", True)
    assert shape["deliveries"] == []


async def test_a_refusal_inside_the_process_is_an_input_error(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_for(sim, tmp_path, [route("mastodon-stadt")], only=ONLY)
    content = Content(headline="", text="B", severity=Severity.SEVERE)
    async with House(file) as house:
        with pytest.raises(InputError) as refused:
            await house.parts.intake.accept(content, actor=TESTER)

    assert refused.value.field == "headline"
    assert "darf nicht leer sein" in refused.value.phrase.de
