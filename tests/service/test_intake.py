"""Accepted means kept: what intake promises, on a real database."""

from tests.support.house import House, route, rules_for, simulator
from pathlib import Path


async def test_smoke(tmp_path: Path) -> None:
    async with simulator() as sim:
        file = await rules_for(sim, tmp_path, [route("mastodon-stadt", always=["warnseite"])])
        async with House(file) as house:
            message = await house.send()
            await house.live(message)
            print(await house.states(message))
            print(await house.call("GET", "/health"))
