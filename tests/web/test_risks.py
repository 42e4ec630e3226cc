"""Risks and figures over HTTP."""

from datetime import timedelta
from pathlib import Path

from sentinel.domain.availability import Figures, Grain
from sentinel.domain.cause import Ability
from sentinel.simulator.server import Simulator
from tests.support.house import House, route, rules_for, utc_now

NAME = "mastodon-stadt"
HOUR_MS = 3_600_000


async def city(sim: Simulator, folder: Path) -> Path:
    return await rules_for(sim, folder, [route(NAME)], only=(NAME,))


async def test_the_register_names_risks_losses_and_what_hangs_on_whom(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await city(sim, tmp_path)
    async with House(file) as house:
        account = house.parts.board.rules.channels[NAME].account
        async with house.storage.write() as unit:
            await unit.save_credential_expiry(account, utc_now() + timedelta(days=3))
        house.parts.board.clock_ahead = timedelta(seconds=90)
        status, found = await house.call("GET", "/api/v1/risks")

    risks = {(item["kind"], item["subject"]): item for item in found["items"]}
    assert status == 200
    assert risks["credential", NAME]["gravity"] == "act"
    assert risks["credential", NAME]["due_at"].endswith("Z")
    assert risks["clock", "clock"]["sentence_en"].startswith("This machine's clock is 90 s fast")
    assert risks["resilience", NAME]["routes"] == ["alles"]
    assert all(item["sentence_de"] and item["sentence_en"] for item in found["items"])
    loss = next(loss for loss in found["losses"] if loss["kind"] == "channel")
    assert (loss["name"], loss["stranded"]) == (NAME, ["alles"])
    assert [held["channels"] for held in found["operators"]] == [[NAME]]


async def test_availability_is_told_per_ability_and_day_by_day(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await city(sim, tmp_path)
    today = Grain.DAY.start(utc_now())
    yesterday = today - timedelta(days=1)
    async with House(file) as house:
        async with house.storage.write() as unit:
            await unit.add_figures(
                {
                    (NAME, Ability.PUBLIC, yesterday): Figures(up_ms=HOUR_MS),
                    (NAME, Ability.PUBLIC, today - timedelta(hours=1)): Figures(
                        up_ms=HOUR_MS // 2, down_ms=HOUR_MS // 4, unknown_ms=HOUR_MS // 4, checks=2
                    ),
                    (NAME, Ability.PUBLIC, today - timedelta(days=9)): Figures(down_ms=1),
                }
            )
        status, found = await house.call("GET", f"/api/v1/channels/{NAME}/availability?days=2")

    public = found["abilities"]["public"]
    before = [item for item in found["items"] if item["day"] == f"{yesterday:%Y-%m-%d}"]
    assert status == 200
    assert (public["up_s"], public["down_s"]) == (5400, 900)
    assert round(public["share"], 4) == round(5400 / 6300, 4)
    assert [item["up_s"] for item in before if item["ability"] == "public"] == [5400]


async def test_a_channel_that_does_not_exist_and_days_that_cannot_be_are_refused(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await city(sim, tmp_path)
    async with House(file) as house:
        unknown, _ = await house.call("GET", "/api/v1/channels/nobody/availability")
        none, _ = await house.call("GET", f"/api/v1/channels/{NAME}/availability?days=0")
        ages, _ = await house.call("GET", f"/api/v1/channels/{NAME}/availability?days=9999")
        words, _ = await house.call("GET", f"/api/v1/channels/{NAME}/availability?days=x")

    assert (unknown, none, ages, words) == (404, 422, 422, 422)


async def test_both_need_a_login(sim: Simulator, tmp_path: Path) -> None:
    file = await city(sim, tmp_path)
    async with House(file) as house:
        statuses = [
            (await house.web.get(path)).status
            for path in ("/api/v1/risks", f"/api/v1/channels/{NAME}/availability")
        ]

    assert statuses == [401, 401]


async def test_a_report_tells_a_period_and_refuses_what_is_none(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await city(sim, tmp_path)
    today = f"{utc_now():%Y-%m-%d}"
    async with House(file) as house:
        await house.judged(NAME, "publish", "up", None)
        await house.live(await house.send())
        status, found = await house.call("GET", f"/api/v1/report?from=2026-01-01&to={today}")
        refused = [
            (await house.call("GET", f"/api/v1/report?{query}"))[0]
            for query in ("", "from=x&to=y", f"from={today}", f"from={today}&to=2026-01-01")
        ]

    assert status == 200
    assert (found["to"], found["outages"], found["outages_whole"]) == (today, [], True)
    assert found["messages"]["accepted"] == 1
    assert found["messages"]["by_severity"] == {"severe": 1}
    assert refused == [422, 422, 422, 422]
