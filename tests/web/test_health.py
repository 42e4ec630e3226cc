"""What monitoring systems see: one word by the contract's rule, and every metric by its name."""

import asyncio
from pathlib import Path
from typing import Any

import yaml

from sentinel.domain.message import MessageState
from sentinel.simulator.server import Simulator
from sentinel.web.wording import HEADINGS
from tests.storage.values import message
from tests.support import city
from tests.support.house import TESTER, House, route, rules_for, until

METRICS = Path(__file__).parents[2] / "docs" / "metrics.md"
NAMES = (
    "sentinel_channel_state{",
    "sentinel_checks_total{",
    "sentinel_check_seconds_bucket{",
    "sentinel_check_lateness_seconds_bucket{",
    "sentinel_deliveries{",
    "sentinel_attempts_total{",
    "sentinel_failover_seconds_bucket{",
    "sentinel_detection_seconds_bucket{",
    "sentinel_quota_remaining_ratio{",
    "sentinel_credential_expires_timestamp_seconds{",
    "sentinel_notifications_total{",
    "sentinel_outages_open ",
    "sentinel_messages_stranded ",
    "sentinel_uplink_up{",
    "sentinel_journal_lag{",
    "sentinel_build_info{",
)


async def rules_of(
    sim: Simulator, folder: Path, routes: list[dict[str, Any]], **modes: str
) -> Path:
    """Rules with two networks and the page; `modes` by channel, with `_` for `-`."""
    only = ("mastodon-stadt", "x-stadt", "warnseite")
    file = await rules_for(sim, folder, routes, only=only)
    document = yaml.safe_load(file.read_text())
    for name, mode in modes.items():
        document["channels"][name.replace("_", "-")]["mode"] = mode
    return city.write(folder, document)


async def health(house: House, **headers: str) -> tuple[int, dict[str, Any]]:
    async with house.web.get("/health", headers=headers) as answer:
        assert answer.content_type == "application/health+json"
        return answer.status, await answer.json(content_type=None)


async def word(house: House, wanted: str) -> tuple[int, dict[str, Any]]:
    async def so() -> tuple[int, dict[str, Any]] | None:
        found = await health(house)
        return found if found[1]["status"] == wanted else None

    return await until(so, 6, f"health to be {wanted}")


async def test_alive_and_ready(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, [route("mastodon-stadt")])
    async with House(file) as house:
        async with house.web.get("/healthz") as alive, house.web.get("/readyz") as ready:
            assert (alive.status, ready.status) == (200, 200)
        house.parts.schedule.drop("storage")  # which looks every few seconds
        await asyncio.sleep(0.3)  # and may be looking just now
        house.parts.storage_works = False
        async with house.web.get("/readyz") as not_ready:
            assert not_ready.status == 503
            assert "storage" in await not_ready.text()
        assert (await health(house))[0] == 503


async def test_all_up_is_pass(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, [route("mastodon-stadt", "x-stadt")])
    async with House(file) as house:
        for name in ("mastodon-stadt", "x-stadt"):
            await house.judged(name, "publish", "up", None)
        status, said = await health(house)

    assert (status, said["status"]) == (200, "pass")
    assert set(said["checks"]) >= {
        "mastodon-stadt:publish",
        "uplink:default",
        "storage:writable",
        "queue:oldest_due",
        "notifier:undelivered",
    }


async def test_one_channel_down_is_warn_while_the_route_has_another(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path, [route("mastodon-stadt", "x-stadt")])
    async with House(file) as house:
        await house.judged("x-stadt", "publish", "up", None)
        sim.faults.put("mastodon", "server_error")
        await house.judged("mastodon-stadt", "publish", "down", "platform_fault")
        status, said = await health(house)
        check = said["checks"]["mastodon-stadt:publish"][0]

    assert (status, said["status"]) == (200, "warn")
    assert (check["status"], check["cause"]) == ("fail", "platform_fault")


async def test_a_route_without_a_usable_channel_is_fail(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, [route("mastodon-stadt", "x-stadt", copies=2)])
    async with House(file) as house:
        await house.judged("mastodon-stadt", "publish", "up", None)
        sim.faults.put("mastodon", "server_error")
        status, said = await word(house, "fail")

    assert status == 503
    assert said["stranded"] == 0


async def test_a_stranded_message_is_fail(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, [route("mastodon-stadt")])
    async with House(file) as house:
        await house.judged("mastodon-stadt", "publish", "up", None)
        sim.faults.put("mastodon", "server_error")
        message = await house.send()

        async def stranded() -> bool:  # the channel may be seen to be down before the message is
            return bool((await house.message(message))["state"] == "stranded")

        await until(stranded, 6, "the message to be stranded")
        status, said = await word(house, "fail")
        _, metrics = await house.call("GET", "/metrics")

    assert status == 503
    assert said["stranded"] == 1
    assert "sentinel_messages_stranded 1.0" in metrics


async def test_what_is_off_frozen_or_not_configured_does_not_count(
    sim: Simulator, tmp_path: Path
) -> None:
    sim.faults.put("x", "server_error")
    file = await rules_of(sim, tmp_path, [route("mastodon-stadt")], x_stadt="frozen")
    async with House(file) as house:
        await house.judged("x-stadt", "publish", "down", "platform_fault")
        await house.judged("mastodon-stadt", "publish", "up", None)
        frozen = await health(house)
    file = await rules_of(sim, tmp_path, [route("mastodon-stadt")])
    env = {name: text for name, text in city.TOKENS.items() if not name.startswith("X_")}
    async with House(file, env) as house:
        await house.judged("x-stadt", "publish", "down", "bad_configuration")
        await house.judged("mastodon-stadt", "publish", "up", None)
        unconfigured = await health(house)

    for status, said in (frozen, unconfigured):
        assert (status, said["status"]) == (200, "pass")
        assert not [name for name in said["checks"] if name.startswith("x-stadt")]


async def test_evidence_is_for_readers_only(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, [route("mastodon-stadt")])
    async with House(file) as house:
        await house.judged("mastodon-stadt", "publish", "up", None)
        body = {"name": "Leitstelle", "scopes": ["read"]}
        _, made = await house.call("POST", "/api/v1/tokens", body)
        _, stranger = await health(house)
        _, reader = await health(house, Authorization=f"Bearer {made['token']}")

    name = "mastodon-stadt:publish"
    assert "output" not in stranger["checks"][name][0]
    assert "output" in reader["checks"][name][0]
    assert sim.url.removeprefix("http://") not in str(stranger)


async def test_every_metric_of_the_contract_is_there(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, [route("mastodon-stadt", always=["warnseite"])])
    async with House(file) as house:
        for name in ("mastodon-stadt", "x-stadt"):
            await house.judged(name, "publish", "up", None)
        await house.call("POST", "/api/v1/hold", {"reason": "Probe"})
        await house.call("POST", "/api/v1/resume")
        await house.live(await house.send())
        async with house.storage.write() as unit:
            account = house.parts.board.rules.channels["x-stadt"].account
            await unit.save_credential_expiry(account, house.parts.board.now())

        async def all_there() -> bool:
            async with house.web.get("/metrics") as answer:
                text = await answer.text()
                missing[:] = [name for name in NAMES if f"\n{name}" not in text]
            return not missing

        missing: list[str] = []
        await until(all_there, 5, lambda: f"the metrics {missing}")


def test_every_metric_is_in_the_docs() -> None:
    papers = METRICS.read_text()

    bare = [name.rstrip("{ ").removesuffix("_bucket") for name in NAMES]
    assert [name for name in bare if f"`{name}" not in papers] == []


async def test_a_stranded_message_is_counted_everywhere_however_many_came_after_it(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path, [route("mastodon-stadt")])
    states = {1: MessageState.STRANDED, **dict.fromkeys(range(2, 24), MessageState.LIVE)}
    async with House(file) as house:
        await house.judged("mastodon-stadt", "publish", "up", None)
        async with house.storage.write() as unit:
            for number, state in states.items():
                await unit.add_message(message(number), key=None, body_hash="h", actor=TESTER)
                await unit.set_message_state(f"m{number}", state, open=False)
        status, said = await health(house)
        _, metrics = await house.call("GET", "/metrics")
        _, lage = await house.call("GET", "/?lang=en")

    assert (status, said["status"], said["stranded"]) == (503, "fail", 1)
    assert "sentinel_messages_stranded 1.0" in metrics
    assert HEADINGS["status_fail"].en in lage
    assert HEADINGS["status_pass"].en not in lage
