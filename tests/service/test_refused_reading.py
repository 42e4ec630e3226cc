"""A refused credential is the cause of all that it keeps us from, and is told as that."""

from pathlib import Path
from typing import Any

import yaml

from sentinel.simulator.server import Simulator
from tests.service.test_watch import OFF, rules_of
from tests.support import city
from tests.support.house import House, until


async def test_a_refused_credential_is_never_told_as_the_platform_failing_whichever_check_saw_it(
    sim: Simulator, tmp_path: Path
) -> None:
    looks = {"credentials": {"every": "1h"}, "read_back": {"every": "1s"}}
    file = await rules_of(
        sim, tmp_path, "mastodon-stadt", mastodon_stadt={"probes": {**OFF, **looks}}
    )
    document = yaml.safe_load(file.read_text())
    document["probing"]["rise"] = 1  # then no second look at what is well gets in first
    async with House(city.write(tmp_path, document)) as house:
        for ability in ("publish", "read_back"):
            await house.judged("mastodon-stadt", ability, "up", None)
        sim.faults.put("mastodon", "credential_revoked")
        for ability in ("publish", "read_back"):
            await house.judged("mastodon-stadt", ability, "down", "credential_rejected")

        async def both() -> list[Any]:
            opened = await house.journal("outage.opened")
            return opened if len(opened) == 2 else []

        opened = await until(both, 6, "both outages")
        changed = await house.journal("outage.changed")

    assert [entry.payload["cause"] for entry in opened] == ["credential_rejected"] * 2
    assert changed == []
