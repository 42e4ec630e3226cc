"""What an operator says of itself is shown beside verdicts, and moves none of them."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from sentinel.simulator.server import Simulator
from tests.support import city
from tests.support.house import House, route, rules_for, until, utc_now

NAME = "mastodon-stadt"
OFF: Mapping[str, Any] = dict.fromkeys(
    ("quota", "write_path", "read_back", "visibility", "listening"), "off"
)


async def rules_of(sim: Simulator, folder: Path, every: str = "1s") -> Path:
    """One channel that is watched by two probes: its credential, and the status page."""
    file = await rules_for(sim, folder, [route(NAME)], only=(NAME,))
    document = yaml.safe_load(file.read_text())
    probes = {**OFF, "credentials": {"every": "1s"}, "status_page": {"every": every}}
    document["channels"][NAME]["probes"] = probes
    return city.write(folder, document)


async def heard(house: House, says: str) -> dict[str, Any]:
    """Wait until the channel's operator is known to say this."""

    async def so() -> dict[str, Any] | None:
        _, shape = await house.call("GET", f"/api/v1/channels/{NAME}")
        word = shape["operator_says"]
        return word if word is not None and word["says"] == says else None

    return await until(so, 6, f"the page to say {says}")


async def test_a_page_that_cries_wolf_is_shown_and_changes_no_verdict(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path)
    async with House(file) as house:
        await house.judged(NAME, "publish", "up", None)
        told = len(await until(lambda: house.journal("verdict.changed"), 4, "the verdict"))
        sim.faults.put("_status", "reports_trouble", account="mastodon")
        word = await heard(house, "trouble")
        await house.parts.watcher.check_now([NAME])
        message = await house.send()
        await house.live(message)
        _, page = await house.call("GET", "/?lang=en")
        changes = await house.journal("verdict.changed", "outage.opened")

        assert house.verdict(NAME, "publish") == ("up", None)

    assert (word["text"], word["source"]) == ("Elevated error rates", "127.0.0.1")
    assert "127.0.0.1 says: trouble" in page
    assert len(changes) == told


async def test_a_page_that_says_fine_keeps_no_outage_from_being_seen(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path)
    async with House(file) as house:
        await house.judged(NAME, "publish", "up", None)
        await heard(house, "fine")
        sim.faults.put("mastodon", "server_error")
        await house.judged(NAME, "publish", "down", "platform_fault")
        opened = await until(lambda: house.journal("outage.opened"), 4, "the outage")

    said = [entry.payload["sentence_en"] for entry in opened]
    assert said
    assert all("127.0.0.1 says: no trouble" in sentence for sentence in said)


async def test_a_page_that_is_gone_says_nothing_and_its_last_word_fades(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path)
    async with House(file) as house:
        await house.judged(NAME, "publish", "up", None)
        await heard(house, "fine")
        sim.faults.put("_status", "refuse_connection")

        async def faded() -> bool:
            _, shape = await house.call("GET", f"/api/v1/channels/{NAME}")
            return shape["operator_says"] is None

        await until(faded, 8, "the word to grow old")

        assert house.verdict(NAME, "publish") == ("up", None)


async def test_a_check_by_a_person_shows_the_page_without_counting_it(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path)
    sim.faults.put("_status", "reports_trouble", account="mastodon")
    async with House(file) as house:
        _, found = await house.call("POST", f"/api/v1/channels/{NAME}/check")

    noted = [item for item in found["items"] if item["probe"] == "status_page"]
    assert [(item["result"], item["ability"], item["cause"]) for item in noted] == [
        ("noted", None, None)
    ]
    assert noted[0]["evidence"] == "127.0.0.1: trouble (Elevated error rates)"


async def test_the_page_is_not_read_again_at_once_after_a_restart(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path, every="1h")
    async with House(file) as house:
        await house.judged(NAME, "publish", "up", None)
        await house.parts.watcher.check_now([NAME])
        async with house.storage.read() as view:
            first = (await view.last_checks())[NAME, "status_page"]
    restarted_at = utc_now()
    async with House(file) as house:
        await house.judged(NAME, "publish", "up", None)
        word = await heard(house, "fine")
        async with house.storage.read() as view:
            again = (await view.last_checks())[NAME, "status_page"]

    assert first <= again < restarted_at
    assert utc_now() - first < timedelta(minutes=5)
    assert word["says"] == "fine"
