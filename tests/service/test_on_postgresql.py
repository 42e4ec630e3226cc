"""The whole daemon on PostgreSQL, where several writers are at work at once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage import engines
from tests.support.house import House, route, rules_for, simulator

BURST = 20


@pytest.fixture(scope="module")
def postgresql() -> Iterator[engines.Cluster]:
    with engines.cluster() as cluster:
        yield cluster


async def test_a_burst_is_posted_once_each_while_verdicts_change(
    tmp_path: Path, postgresql: engines.Cluster
) -> None:
    """Decisions about a message never overwrite an attempt that has just begun."""
    async with simulator() as sim:
        routes = [route("x-stadt", "threads-stadt", "mastodon-stadt")]
        storage = {"url": postgresql.empty()}
        file = await rules_for(sim, tmp_path, routes=routes, storage=storage)
        async with House(file) as house:

            async def commotion() -> None:
                for _ in range(40):  # every one of them decides about every open message
                    house.parts.dispatcher.reconsider()
                    await asyncio.sleep(0.05)

            async with asyncio.TaskGroup() as group:
                group.create_task(commotion())
                sending = [
                    group.create_task(house.send(headline=f"Probe {number}"))
                    for number in range(BURST)
                ]
            messages = [task.result() for task in sending]
            for message in messages:
                await house.live(message, 20)
            _, verified = await house.call("GET", "/api/v1/journal?verify=1")
            posts = [post for name in ("x", "threads", "mastodon") for post in sim.posts(name)]
            arrivals = [one for name in ("x", "threads", "mastodon") for one in sim.arrivals(name)]

    assert verified["ok"]
    assert {f"Nr. {message['number']}" for message in messages} <= {
        post["text"].splitlines()[-1] for post in posts
    }
    assert len({(post["platform"], post["text"]) for post in posts}) == len(posts)
    assert len(arrivals) == len(posts)
