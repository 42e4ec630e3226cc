"""Live for the interface, hidden from readers: login walls and interstitials (drill D9)."""

from pathlib import Path
from typing import Any

import yaml

from sentinel.simulator.server import Simulator
from tests.service.quiet import QUIET
from tests.support import city
from tests.support.house import House, route, rules_for

ALL = ("x-stadt", "threads-stadt", "mastodon-stadt", "bluesky-stadt")


async def watched_as_citizens(sim: Simulator, folder: Path) -> Path:
    file = await rules_for(sim, folder, [route(*ALL, copies=4)], only=ALL)
    document: dict[str, Any] = yaml.safe_load(file.read_text())
    for channel in document["channels"].values():
        channel["probes"] = {**QUIET, "visibility": {"every": "1s"}}
    return city.write(folder, document)


async def test_what_readers_do_not_get_is_told_of_every_platform_and_stops_no_publishing(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await watched_as_citizens(sim, tmp_path)) as house:
        await house.live(await house.send())
        for name in ALL:
            await house.judged(name, "public", "up", None)
        for fault, bluesky in (
            ("login_wall", "reader_restricted"),
            ("interstitial", "not_visible"),
        ):
            for name in ALL:
                sim.faults.put(name.removesuffix("-stadt"), fault)
            for name in ALL:
                cause = bluesky if name == "bluesky-stadt" else "reader_restricted"
                await house.judged(name, "public", "down", cause)
            publishing = {house.verdict(name, "publish") for name in ALL}
            sim.faults.clear()
            for name in ALL:
                await house.judged(name, "public", "up", None)

            assert publishing == {("up", None)}
