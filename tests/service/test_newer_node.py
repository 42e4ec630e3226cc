"""While nodes are upgraded one by one, what a newer one wrote ends no older one."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from sentinel.service.outages import DAEMON
from sentinel.simulator.server import Simulator
from tests.service.quiet import all_up
from tests.service.test_nodes import Town
from tests.storage import engines
from tests.storage.values import opened
from tests.support.house import House, until

CHANNEL = "mastodon-stadt"
SEEN = """
    INSERT INTO observations (channel, probe, at, observation)
    SELECT channel, probe, at, replace(replace(observation,
        '"cause":null', '"cause":"moon_in_the_way"'), '"vantage":"a"', '"vantage":"newer"')
    FROM observations WHERE observation LIKE '%"cause":null%' ORDER BY id DESC LIMIT 1
"""
JUDGED = (
    """UPDATE health SET health = replace(health, '"cause":null', '"cause":"moon_in_the_way"')"""
)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[engines.Cluster]:
    with engines.cluster() as cluster:
        yield cluster


async def test_a_cause_that_only_a_newer_node_knows_is_passed_over(
    sim: Simulator, tmp_path: Path, postgresql: engines.Cluster
) -> None:
    town = Town(sim, tmp_path, postgresql.empty(), (CHANNEL,))
    async with House(await town.rules("a")) as house:
        await all_up(house, CHANNEL)
        with capture_logs() as logs:

            async def written() -> bool:  # checks are kept in batches
                with psycopg.connect(town.url, autocommit=True) as database:
                    return database.execute(SEEN).rowcount == 1

            await until(written, 5, "a check to be like")
            payload = {"node": "newer", "channel": CHANNEL, "cause": "moon_in_the_way"}
            async with (
                opened(town.url, tmp_path / "a/data") as newer,
                newer.write() as unit,
            ):
                unit.note("delivery.failed", actor=DAEMON, subject="m1@x", payload=payload)

            async def passed() -> bool:
                return {"observation", "entry"} <= {
                    line["what"] for line in logs if line["event"] == "storage.not_understood"
                }

            await until(passed, 5, "both to be passed over")
            with psycopg.connect(town.url, autocommit=True) as database:
                database.execute(JUDGED)
            await house.parts.watcher.load()
            await house.parts.watcher.load()
        message = await house.live(await house.send())

    assert message["state"] == "live"
    told = [line["what"] for line in logs if line["event"] == "storage.not_understood"]
    assert sorted(told) == ["entry", "health", "observation"]
