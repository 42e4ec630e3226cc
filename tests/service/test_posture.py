"""A crisis over a real daemon: opened by a message, kept over a restart, ended by the all-clear."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from sentinel.app.clock import Clock
from sentinel.domain.posture import Posture
from sentinel.service.switches import Switches
from tests.service.test_clocks import Wall, set_clock
from tests.support.city import TOKENS
from tests.support.house import TESTER, House, route, rules_for, simulator, until, utc_now

CALM_PACE, CRISIS_PACE = timedelta(seconds=30), timedelta(milliseconds=200)
PROBING = {"every": "30s", "every_in_crisis": "200ms", "timeout": "2s", "fall": 2, "rise": 2}
ROUTINE = {"headline": "Straßenfest", "text": "Am Samstag.", "severity": "minor", "routine": True}


async def town(sim: Any, folder: Path, **more: Any) -> Path:
    only = ("mastodon-stadt", "threads-stadt")
    return await rules_for(
        sim, folder, [route("mastodon-stadt")], only=only, probing=PROBING, **more
    )


async def posture(house: House) -> str:
    _, health = await house.call("GET", "/health")
    return str(health["posture"])


async def turns(house: House, to: str, within_s: float = 4) -> None:
    async def so() -> bool:
        return await posture(house) == to

    await until(so, within_s, f"the posture to be {to}")


async def in_state(house: House, message: dict[str, Any], state: str) -> None:
    async def so() -> bool:
        return bool((await house.message(message))["state"] == state)

    await until(so, 4, f"the message to be {state}")


def pace(house: House) -> timedelta:
    channel = house.parts.board.rules.channels["mastodon-stadt"]
    return house.parts.watcher.looks.intervals(channel)["reachability"]


def checks(house: House) -> int:
    account = house.parts.board.rules.channels["mastodon-stadt"].account
    return len(house.parts.watcher.looks.made_on(account, "reachability"))


async def test_a_grave_message_opens_it_and_its_all_clear_ends_it_over_a_restart(
    tmp_path: Path,
) -> None:
    async with simulator() as sim:
        file = await town(sim, tmp_path)
        async with House(file) as house:
            later = (utc_now() + timedelta(hours=2)).isoformat()
            greeting = await house.send(severity="minor", headline="Fest", not_before=later)
            assert (greeting["state"], greeting["held_by"]) == ("scheduled", None)
            assert await posture(house) == "calm"
            assert pace(house) == CALM_PACE

            alarm = await house.send(severity="extreme")
            assert await posture(house) == "crisis"
            assert pace(house) == CRISIS_PACE
            await house.live(alarm)
            await in_state(house, greeting, "held")
            routine = await house.send(**ROUTINE)
            assert (routine["state"], routine["held_by"]) == ("held", "crisis")
            new = await house.send(severity="minor", headline="Notunterkunft")
            await house.live(new)
            probed = checks(house)

            async def again() -> bool:
                return checks(house) >= probed + 3

            await until(again, 5, "three more checks within seconds")

        async with House(file) as house:
            assert await posture(house) == "crisis"
            assert pace(house) == CRISIS_PACE
            assert (await house.message(greeting))["state"] == "held"
            assert (await house.message(routine))["state"] == "held"

            status, update = await house.call(
                "POST",
                f"/api/v1/messages/{alarm['id']}/update",
                {"headline": "Lage", "text": "Es dauert an.", "severity": "minor", "routine": True},
            )
            assert status == 201, update
            await house.live(update)
            status, ended = await house.call(
                "POST", f"/api/v1/messages/{alarm['id']}/all-clear", {}
            )
            assert status == 201, ended
            assert await posture(house) == "calm"
            assert pace(house) == CALM_PACE
            await house.live(routine)
            await in_state(house, greeting, "scheduled")
            kinds = [e.kind for e in await house.journal("posture.opened", "posture.closed")]
            assert kinds == ["posture.opened", "posture.closed"]
            told = [e.subject for e in await house.journal("message.held_in_crisis")]
            assert sorted(told) == sorted([greeting["id"], routine["id"]])


async def test_staff_hear_of_it_and_of_each_message_that_waits_with_its_author(
    tmp_path: Path,
) -> None:
    async with simulator() as sim:
        file = await town(sim, tmp_path)
        async with House(file) as house:
            await house.call("POST", "/api/v1/posture", {"posture": "crisis", "reason": "Sturm"})
            routine = await house.send(**ROUTINE)

            async def told() -> str | None:
                async with house.web.get(f"{sim.url}/_inbox") as answer:
                    texts = " ".join(str(one) for one in (await answer.json()))
                both = "Sturm" in texts and f"sentinel resume {routine['number']}" in texts
                return texts if both else None

            texts = await until(told, 10, "staff to be told")
            assert "An person:uid:" in texts


async def test_by_hand_it_opens_and_closes_with_a_reason_and_who_may(tmp_path: Path) -> None:
    async with simulator() as sim, House(await town(sim, tmp_path)) as house:
        status, problem = await house.call("POST", "/api/v1/posture", {"posture": "crisis"})
        assert (status, problem["field"]) == (422, "reason")
        status, _ = await house.call("POST", "/api/v1/posture", {"posture": "panik", "reason": "x"})
        assert status == 422

        status, shape = await house.call(
            "POST", "/api/v1/posture", {"posture": "crisis", "reason": "Sturm"}
        )
        assert (status, shape["posture"], shape["reason"]) == (200, "crisis", "Sturm")
        assert (await house.call("GET", "/api/v1/posture"))[1] == shape
        async with house.web.get("/") as page:
            assert "Sturm" in await page.text()

        await house.call("POST", "/api/v1/posture", {"posture": "calm", "reason": "vorbei"})
        assert await posture(house) == "calm"


async def test_one_message_is_let_go_and_no_other(tmp_path: Path) -> None:
    async with simulator() as sim, House(await town(sim, tmp_path)) as house:
        await house.call("POST", "/api/v1/posture", {"posture": "crisis", "reason": "Sturm"})
        first, second = await house.send(**ROUTINE), await house.send(**ROUTINE)

        status, shape = await house.call("POST", f"/api/v1/messages/{first['number']}/resume")
        assert (status, shape["held_by"]) == (200, None)
        await house.live(first)
        assert (await house.message(second))["state"] == "held"

        status, problem = await house.call("POST", f"/api/v1/messages/{first['id']}/resume")
        assert (status, "Krise" in problem["detail"] or "crisis" in problem["detail"]) == (
            409,
            True,
        )
        assert (await house.call("POST", "/api/v1/messages/999/resume"))[0] == 404


async def test_an_exercise_does_not_open_it(tmp_path: Path) -> None:
    async with simulator() as sim:
        file = await rules_for(sim, tmp_path, [route("warnseite")], only=("warnseite",))
        async with House(file, TOKENS) as house:
            drill = await house.send(severity="extreme", exercise=True)
            await house.live(drill)
            await house.parts.postures.look()

            assert await posture(house) == "calm"


async def test_after_a_quiet_time_it_ends_by_itself(tmp_path: Path) -> None:
    async with simulator() as sim:
        file = await town(sim, tmp_path, posture={"calm_after": "2s"})
        async with House(file) as house:
            alarm = await house.send()
            assert await posture(house) == "crisis"
            routine = await house.send(**ROUTINE)
            assert routine["state"] == "held"

            await turns(house, "calm", 8)
            await house.live(routine)
            assert (await house.message(alarm))["state"] == "live"
            closed = await house.journal("posture.closed")
            assert [entry.payload["why"] for entry in closed] == ["quiet"]


async def test_a_scheduled_warning_opens_it_when_its_time_comes(tmp_path: Path) -> None:
    async with simulator() as sim, House(await town(sim, tmp_path)) as house:
        soon = (utc_now() + timedelta(seconds=1.5)).isoformat()
        warning = await house.send(not_before=soon)
        assert await posture(house) == "calm"

        await house.live(warning)
        await turns(house, "crisis")
        assert (await house.message(warning))["state"] == "live"


async def test_what_was_read_before_a_crisis_opened_does_not_end_it(tmp_path: Path) -> None:
    """On several nodes each reads what was switched, in a view that shows one moment."""
    async with simulator() as sim, House(await town(sim, tmp_path)) as house:
        switches = Switches(house.parts.board)
        known = switches.known()
        async with house.storage.read() as view:
            await view.journal_head()
            await house.parts.postures.set(Posture.CRISIS, "Sturm", TESTER)
            turned = await switches.read(view, known)
        now = house.parts.board.crisis

    assert (turned, now) == (False, True)


async def test_calm_called_in_calm_ends_no_crisis_that_staff_would_hear_of(tmp_path: Path) -> None:
    async with simulator() as sim, House(await town(sim, tmp_path)) as house:
        for reason in ("Ruhe", "noch immer"):
            body = {"posture": "calm", "reason": reason}
            status, shape = await house.call("POST", "/api/v1/posture", body)
            assert (status, shape["posture"], shape["reason"]) == (200, "calm", reason)
        closed = await house.journal("posture.closed")
        renewed = await house.journal("posture.renewed")

    assert closed == []
    assert [entry.payload["reason"] for entry in renewed] == ["Ruhe", "noch immer"]


async def test_a_clock_set_forward_a_day_is_no_day_without_news(tmp_path: Path) -> None:
    wall = Wall()
    async with simulator() as sim:
        house = House(await town(sim, tmp_path))
        house.clock = Clock(now=wall)
        async with house:
            body = {"posture": "crisis", "reason": "Sturm"}
            await house.call("POST", "/api/v1/posture", body)
            await set_clock(house, wall, timedelta(hours=25))
            await house.parts.postures.look()
            stance = house.parts.board.stance
            closed = await house.journal("posture.closed")

            wall.by += timedelta(hours=1)
            await house.parts.postures.look()  # not even noticed yet
            open_still = house.parts.board.crisis

    assert closed == []
    assert open_still
    assert stance
    assert stance.renewed_at - stance.since > timedelta(hours=24)
