"""Following messages up with a real daemon: whom it reaches, what it stops, who may let it out."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from sentinel.simulator.server import Simulator
from tests.service.quiet import all_up, quiet_rules
from tests.support.house import WARNING, House, route, rules_for, until

UPDATE = {"headline": "Pegel fällt", "text": "Die Brücke bleibt zu.", "severity": "moderate"}
TWO = ("mastodon-stadt", "threads-stadt")


async def follow(house: House, of: Any, what: str, body: Any = None) -> dict[str, Any]:
    status, said = await house.call("POST", f"/api/v1/messages/{of}/{what}", body or {})
    assert status in {200, 201}, said
    assert isinstance(said, dict)
    return said


def published(shape: dict[str, Any]) -> set[str]:
    return {d["channel"] for d in shape["deliveries"] if d["state"] == "published"}


def state_of(house: House, message: dict[str, Any], state: str) -> Callable[[], Awaitable[Any]]:
    async def look() -> dict[str, Any] | None:
        shape = await house.message(message)
        return shape if shape["state"] == state else None

    return look


async def caller(house: House, *scopes: str) -> dict[str, str]:
    """Headers of whoever holds a token that the tester on the socket made."""
    body = {"name": "Leitstelle", "scopes": list(scopes)}
    _, made = await house.call("POST", "/api/v1/tokens", body)
    return {"Authorization": f"Bearer {made['token']}"}


async def test_an_all_clear_reaches_every_channel_that_carries_the_alarm(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await quiet_rules(sim, tmp_path, *TWO, copies=2)
    async with House(file) as house:
        await all_up(house, *TWO)
        alert = await house.live(await house.send())
        over = await house.live(await follow(house, 1, "all-clear"))
        before = await house.message(alert)

    assert published(alert) == published(over) == set(TWO)
    assert len(sim.posts("mastodon")) == len(sim.posts("threads")) == 2
    assert "Entwarnung zu Meldung Nr. 1" in str(sim.posts("mastodon")[-1])
    assert before["superseded_at"] is not None
    assert before["state"] == "live"  # its posts still stand


async def test_an_all_clear_goes_where_the_alarm_went_and_nowhere_else(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await quiet_rules(sim, tmp_path, *TWO)
    async with House(file) as house:
        await all_up(house, *TWO)
        await house.call("POST", f"/api/v1/channels/{TWO[0]}/freeze", {"reason": "Probe"})
        alert = await house.live(await house.send())
        await house.call("POST", f"/api/v1/channels/{TWO[0]}/release")
        await all_up(house, *TWO)
        over = await house.live(await follow(house, 1, "all-clear"))

    assert published(alert) == published(over) == {"threads-stadt"}
    assert sim.posts("mastodon") == []


async def test_an_update_also_fills_the_copies_that_its_route_asks_for(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await quiet_rules(sim, tmp_path, *TWO, copies=2)
    async with House(file) as house:
        await all_up(house, *TWO)
        alert = await house.live(await house.send(channels=["threads-stadt"]))
        update = await house.live(await follow(house, 1, "update", UPDATE))

    assert published(alert) == {"threads-stadt"}
    assert published(update) == set(TWO)


async def test_a_follow_up_stops_what_was_still_to_go_out(sim: Simulator, tmp_path: Path) -> None:
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt")
    async with House(file) as house:
        await all_up(house, "mastodon-stadt")
        await house.call("POST", "/api/v1/hold", {"reason": "Probe"})
        alert = await house.send()
        await follow(house, 1, "update", UPDATE)
        await house.call("POST", "/api/v1/resume")
        await house.live({"id": 2})
        before = await house.message(alert)

    assert before["state"] == "withdrawn"
    assert [d["state"] for d in before["deliveries"]] == ["withdrawn"]
    [post] = sim.posts("mastodon")
    assert "Pegel fällt" in str(post)


async def test_withdrawing_stops_what_is_pending(sim: Simulator, tmp_path: Path) -> None:
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt")
    async with House(file) as house:
        await all_up(house, "mastodon-stadt")
        await house.call("POST", "/api/v1/hold", {"reason": "Probe"})
        message = await house.send()
        await follow(house, 1, "withdraw", {"reason": "falscher Ort"})
        await house.call("POST", "/api/v1/resume")
        other = await house.live(await house.send(headline="Andere Meldung"))
        gone = await house.message(message)

    assert (gone["state"], gone["deliveries"][0]["state"]) == ("withdrawn", "withdrawn")
    assert published(other) == {"mastodon-stadt"}
    assert len(sim.posts("mastodon")) == 1


async def test_what_is_live_is_taken_down_only_if_a_person_asks(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt")
    async with House(file) as house:
        await all_up(house, "mastodon-stadt")
        message = await house.live(await house.send())
        stays = await follow(house, 1, "withdraw", {"reason": "falscher Ort"})
        asked = await follow(house, 1, "withdraw", {"reason": "doch löschen", "delete": True})

        async def taken_down() -> bool:
            return (await house.states(message)) == {"mastodon-stadt": "withdrawn"}

        await until(taken_down, 10, "the post to be taken down")
        again = await follow(house, 1, "withdraw", {"reason": "und noch einmal", "delete": True})
        entries = await house.journal("message.withdrawn_by_person")

    assert stays["deliveries"][0]["take_down_at"] is None
    assert asked["deliveries"][0]["take_down_at"] is not None
    assert again["deliveries"][0]["state"] == "withdrawn"
    assert [entry.payload["delete"] for entry in entries] == [False, True]
    assert [post["deleted"] for post in sim.posts("mastodon")] == [True]


async def by_token(
    house: House, headers: dict[str, str], path: str, body: Any = None
) -> tuple[int, dict[str, Any]]:
    async with house.web.post(f"/api/v1{path}", json=body or {}, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


async def test_four_eyes_nothing_goes_out_before_a_second_person_agrees(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt", approval="four_eyes")
    async with House(file) as house:
        await all_up(house, "mastodon-stadt")
        author = await caller(house, "send", "approve")
        second = await caller(house, "approve")
        _, message = await by_token(house, author, "/messages", WARNING)
        own, refusal = await by_token(house, author, "/messages/1/approve")
        _, agreed = await by_token(house, second, "/messages/1/approve", {"comment": "gelesen"})
        live = await house.live(message)
        too_late, _ = await house.call("POST", "/api/v1/messages/1/approve", {})
        kinds = [e.kind for e in await house.journal() if e.subject == message["id"]]

    assert (message["state"], message["deliveries"]) == ("awaiting_approval", [])
    assert message["approval"] == {"needed": True, "by": None, "at": None}
    assert (own, "eigene" in refusal["detail"] or "own" in refusal["detail"]) == (403, True)
    assert agreed["approval"]["by"].startswith("token:")
    assert live["approval"]["at"] is not None
    assert too_late == 409
    assert kinds.index("message.awaiting_approval") < kinds.index("message.approved")
    assert "message.approval_overridden" not in kinds


async def test_four_eyes_nobody_agrees_to_their_own_by_way_of_a_token_that_they_made(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt", approval="four_eyes")
    async with House(file) as house:
        await house.send()
        made = await caller(house, "send", "approve", "admin")
        _, again = await by_token(house, made, "/tokens", {"name": "Zwei", "scopes": ["approve"]})
        made_by_it = {"Authorization": f"Bearer {again['token']}"}
        own = [
            (await by_token(house, headers, "/messages/1/approve"))[0]
            for headers in (made, made_by_it)
        ]
        await by_token(house, made, "/messages", WARNING)
        its_maker, _ = await house.call("POST", "/api/v1/messages/2/approve", {})
        its_own_token, _ = await by_token(house, made_by_it, "/messages/2/approve")
        states = [(await house.message({"id": number}))["state"] for number in (1, 2)]

    assert (own, its_maker, its_own_token) == ([403, 403], 403, 403)
    assert states == ["awaiting_approval"] * 2


async def test_in_an_emergency_the_author_alone_may_and_staff_are_told(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt", approval="four_eyes")
    async with House(file) as house:
        await all_up(house, "mastodon-stadt")
        message = await house.send()
        body = {"emergency": True, "comment": "niemand erreichbar"}
        await follow(house, 1, "approve", body)
        await house.live(message)
        [entry] = await house.journal("message.approval_overridden")

        async def told() -> bool:
            return "niemand erreichbar" in str(sim.notes("presse"))

        await until(told, 10, "staff to be told")

    assert entry.payload == {"number": 1, "comment": "niemand erreichbar"}


async def test_an_update_that_waits_for_approval_leaves_the_alarm_alone(
    sim: Simulator, tmp_path: Path
) -> None:
    eyes = {"name": "vier", "match": {"tag": ["heikel"]}, "approval": "four_eyes"}
    routes = [route("mastodon-stadt"), {**eyes, "priority": ["mastodon-stadt"]}]
    file = await rules_for(sim, tmp_path, routes, only=("mastodon-stadt",))
    async with House(file) as house:
        await all_up(house, "mastodon-stadt")
        alert = await house.live(await house.send())
        update = await follow(house, 1, "update", {**UPDATE, "tags": ["heikel"]})
        before = await house.message(alert)
        body = {"emergency": True, "comment": "eilt"}
        await follow(house, update["number"], "approve", body)
        await house.live(update)
        after = await house.message(alert)

    assert update["state"] == "awaiting_approval"
    assert (before["state"], before["superseded_at"]) == ("live", None)
    assert after["superseded_at"] is not None


async def test_a_persons_word_carries_a_stranded_message_and_its_all_clear_follows(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt")
    async with House(file) as house:
        await all_up(house, "mastodon-stadt")
        sim.faults.put("mastodon", "refuse_connection")
        message = await house.send()
        await until(state_of(house, message, "stranded"), 15, "the message to be stranded")

        async def confirmed() -> bool:
            [delivery] = (await house.message(message))["deliveries"]
            path = f"/api/v1/deliveries/{delivery['id']}/confirm"
            status, _ = await house.call("POST", path, {"permalink": "https://a.example/1"})
            assert status in {200, 409}  # 409: an attempt is under way just now
            return status == 200

        await until(confirmed, 10, "a person's word to be taken")
        live = await house.live(message)
        sim.faults.clear()
        over = await house.live(await follow(house, 1, "all-clear"), within_s=20)

    assert live["deliveries"][0]["confirmed_by"] is not None
    assert published(over) == {"mastodon-stadt"}
    [post] = sim.posts("mastodon")
    assert "Entwarnung" in str(post)


async def test_an_exercise_is_followed_up_as_one(sim: Simulator, tmp_path: Path) -> None:
    only = ("mastodon-stadt", "warnseite")
    file = await rules_for(
        sim, tmp_path, [route("mastodon-stadt", always=["warnseite"], copies=1)], only=only
    )
    async with House(file) as house:
        await house.live(await house.send(exercise=True))
        update = await house.live(await follow(house, 1, "update", UPDATE))
        over = await house.live(await follow(house, 1, "all-clear"))

    for shape in (update, over):
        assert shape["exercise"] is True
        assert published(shape) == {"warnseite"}
        assert all(d["text"].startswith("ÜBUNG") for d in shape["deliveries"])
    assert sim.posts("mastodon") == []


async def test_an_update_for_channels_that_none_of_its_routes_has_needs_somebody_to_owe(
    sim: Simulator, tmp_path: Path
) -> None:
    only = ("warnseite", "mastodon-stadt")
    file = await rules_for(sim, tmp_path, [route(always=["warnseite"])], only=only)
    elsewhere = {**UPDATE, "channels": ["mastodon-stadt"]}
    path = "/api/v1/messages/1/update"
    async with House(file) as house:
        await house.call("POST", "/api/v1/hold", {"reason": "Probe"})
        alert = await house.send()
        refused = await house.call("POST", path, elsewhere)
        await house.call("POST", "/api/v1/resume")
        await house.live(alert)
        update = await house.live(await follow(house, 1, "update", elsewhere))

    assert (refused[0], refused[1]["field"]) == (422, "channels")
    assert published(update) == {"warnseite"}  # what carries the alarm must carry its update
