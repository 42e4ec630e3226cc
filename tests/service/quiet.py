"""Rules for tests that watch deliveries: channels are looked at once, then left alone."""

from pathlib import Path
from typing import Any

import yaml

from sentinel.simulator.server import Simulator
from tests.support import city
from tests.support.house import House, route, rules_for

PROBES = ("quota", "write_path", "read_back", "visibility", "listening")
QUIET: dict[str, Any] = {**dict.fromkeys(PROBES, "off"), "credentials": {"every": "1h"}}


async def quiet_rules(sim: Simulator, folder: Path, *priority: str, **more: Any) -> Path:
    """One route over some channels, which are watched for reachability only."""
    file = await rules_for(sim, folder, [route(*priority, **more)], only=priority)
    document = yaml.safe_load(file.read_text())
    for channel in document["channels"].values():
        channel["probes"] = QUIET
    return city.write(folder, document)


async def all_up(house: House, *names: str) -> None:
    """Wait until the channels were found able to publish."""
    for name in names:
        await house.judged(name, "publish", "up", None)
