"""Several nodes on one PostgreSQL are of one mind, and one of them speaks for all."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
import yaml

from sentinel.simulator.server import Simulator
from tests.service.test_dispatch import QUIET, all_up
from tests.storage import engines
from tests.support import city
from tests.support.house import House, route, rules_for, until, utc_now

WITHIN_S = 2.5  # a switch is read at least once a second, and then acted on
FROZEN = {"reason": "Konto übernommen"}


@pytest.fixture(scope="module")
def postgresql() -> Iterator[engines.Cluster]:
    with engines.cluster() as cluster:
        yield cluster


@dataclass
class Town:
    """The same rules for every node; each has a name and a data folder of its own."""

    sim: Simulator
    folder: Path
    url: str
    priority: tuple[str, ...]

    async def rules(self, node: str) -> Path:
        folder = self.folder / node
        (folder / "data").mkdir(parents=True)
        keys = sorted(self.folder.glob("*/data/storage.key"))
        if keys:
            copyfile(keys[0], folder / "data" / "storage.key")
            (folder / "data" / "storage.key").chmod(0o600)
        file = await rules_for(
            self.sim,
            folder,
            [route(*self.priority)],
            only=self.priority,
            node=node,
            storage={"url": self.url},
        )
        document: dict[str, Any] = yaml.safe_load(file.read_text())
        for channel in document["channels"].values():
            channel["probes"] = QUIET
        return city.write(folder, document)


@asynccontextmanager
async def nodes(town: Town) -> AsyncIterator[tuple[House, House]]:
    """Two running nodes, the leader first."""
    async with AsyncExitStack() as running:
        leader = await running.enter_async_context(House(await town.rules("a")))
        other = await running.enter_async_context(House(await town.rules("b")))
        await all_up(leader, *town.priority)
        await all_up(other, *town.priority)
        yield leader, other


@pytest.fixture
def town(sim: Simulator, tmp_path: Path, postgresql: engines.Cluster) -> Town:
    return Town(sim, tmp_path, postgresql.empty(), ("mastodon-stadt", "bluesky-stadt"))


async def test_a_hold_on_one_node_stops_the_other_until_any_resumes(town: Town) -> None:
    async with nodes(town) as (one, other):
        await one.call("POST", "/api/v1/hold", {"reason": "Irrtum"})
        await until(lambda: _is(other.parts.board.hold is not None), WITHIN_S, "the hold")
        message = await other.send()
        await asyncio.sleep(1)
        held, posts = (await one.message(message))["state"], len(town.sim.posts("mastodon"))
        await other.call("POST", "/api/v1/resume")
        await until(lambda: _is(one.parts.board.hold is None), WITHIN_S, "its end")
        await one.live(message)

    assert (held, posts) == ("held", 0)
    assert len(town.sim.posts("mastodon")) == 1


async def test_what_was_switched_and_switched_back_elsewhere_at_once_stays_nowhere(
    town: Town,
) -> None:
    async with nodes(town) as (one, other):
        for _ in range(3):  # faster than either reads what the other switched
            await one.call("POST", "/api/v1/hold", {"reason": "Irrtum"})
            await other.call("POST", "/api/v1/resume")
            await one.call("POST", "/api/v1/channels/mastodon-stadt/freeze", FROZEN)
            await other.call("POST", "/api/v1/channels/mastodon-stadt/release")
        boards = one.parts.board, other.parts.board
        await until(lambda: _is(all(b.hold is None for b in boards)), WITHIN_S, "no hold")
        await until(lambda: _is(not any(b.freezes for b in boards)), WITHIN_S, "no freeze")
        await one.live(await other.send())


async def test_a_hold_stops_what_the_other_node_is_about_to_post(
    sim: Simulator, tmp_path: Path, postgresql: engines.Cluster
) -> None:
    town = Town(sim, tmp_path, postgresql.empty(), ("threads-stadt",))
    async with nodes(town) as (one, other):
        sim.faults.put("threads", "slow", options={"seconds": 1.5})  # each of its two steps
        message = await other.send()

        async def begun() -> str | None:
            async with one.storage.read() as view:
                (delivery,) = await view.deliveries_of(message["id"])
                attempts = await view.attempts_of(delivery.id)
            return attempts[0].node if attempts else None

        at_work = await until(begun, 10, "the attempt to begin")
        idle = one if at_work == "b" else other
        await idle.call("POST", "/api/v1/hold", {"reason": "Fehlalarm"})

        async def withheld() -> bool:
            shape = await one.message(message)
            return [a["outcome"] for d in shape["deliveries"] for a in d["attempts"]] == [
                "withheld"
            ]

        await until(withheld, 15, "the attempt to be withheld")
    assert sim.posts("threads") == []


async def test_a_withdrawal_on_one_node_stops_what_the_other_is_about_to_post(
    sim: Simulator, tmp_path: Path, postgresql: engines.Cluster
) -> None:
    town = Town(sim, tmp_path, postgresql.empty(), ("threads-stadt",))
    async with nodes(town) as (one, other):
        sim.faults.put("threads", "slow", options={"seconds": 2})  # each of its two steps
        message = await other.send()

        async def begun() -> str | None:
            async with one.storage.read() as view:
                (delivery,) = await view.deliveries_of(message["id"])
                attempts = await view.attempts_of(delivery.id)
            return attempts[0].node if attempts else None

        at_work = await until(begun, 10, "the attempt to begin")
        idle = one if at_work == "b" else other
        await idle.call("POST", f"/api/v1/messages/{message['id']}/withdraw", {"reason": "Irrtum"})

        async def withdrawn() -> bool:
            shape = await one.message(message)
            return [
                (d["state"], *(a["outcome"] for a in d["attempts"])) for d in shape["deliveries"]
            ] == [("withdrawn", "withheld")]

        await until(withdrawn, 15, "the delivery to be withdrawn")
    assert sim.posts("threads") == []


async def test_a_frozen_channel_is_passed_over_by_every_node(town: Town) -> None:
    async with nodes(town) as (one, other):
        await one.call("POST", "/api/v1/channels/mastodon-stadt/freeze", FROZEN)
        await until(
            lambda: _is(other.parts.board.freeze("mastodon-stadt") is not None),
            WITHIN_S,
            "the freeze",
        )
        shape = await other.live(await other.send())

    assert [d["channel"] for d in shape["deliveries"]] == ["bluesky-stadt"]


async def test_one_node_judges_and_tells_and_the_other_adopts(town: Town) -> None:
    async with nodes(town) as (leader, other):
        assert (leader.parts.leader.leads, other.parts.leader.leads) == (True, False)
        town.sim.faults.put("mastodon", "server_error")
        await leader.judged("mastodon-stadt", "publish", "down", "platform_fault", within_s=10)
        await other.judged("mastodon-stadt", "publish", "down", "platform_fault", within_s=10)

        async def told() -> bool:
            return bool(town.sim.notes())

        await until(told, 10, "the news")
        await asyncio.sleep(2)
        changed = [
            entry.payload["to"]
            for entry in await leader.journal("verdict.changed")
            if entry.subject == "mastodon-stadt" and entry.payload["ability"] == "publish"
        ]

    assert changed == ["up", "down"]
    texts = [note["body"]["message"] for note in town.sim.notes()]
    assert len(texts) == len(set(texts))


class Lasting(set[str]):
    """A loss that does not end when the line is asked again."""

    def discard(self, element: object, /) -> None:
        """Keep it."""


async def test_what_a_post_of_the_other_node_showed_is_judged_by_the_leader(town: Town) -> None:
    async with nodes(town) as (leader, other):
        await asyncio.sleep(1.5)  # the first checks are over: only the post will meet the fault
        leader.parts.board.lost_uplinks = Lasting({"default"})  # it leaves posting to the other
        town.sim.faults.put("mastodon", "account_locked")
        message = await other.send()
        await other.live(message)
        attempts = [
            entry
            for entry in await leader.journal("delivery.refused")
            if entry.payload["node"] == "b"
        ]
        await other.judged("mastodon-stadt", "publish", "down", "account_locked", within_s=10)

    assert len(attempts) == 1


async def test_a_message_that_waits_is_not_forgotten_with_the_node_that_took_it(
    town: Town,
) -> None:
    async with House(await town.rules("b")) as survivor:
        await all_up(survivor, *town.priority)
        async with House(await town.rules("a")) as other:
            start = utc_now() + timedelta(seconds=4)
            message = await other.send(not_before=start.isoformat())
            assert not other.parts.leader.leads
        shape = await survivor.live(message, within_s=12)

    assert shape["deliveries"][0]["posted_at"] >= start.isoformat()[:19]
    assert len(town.sim.posts("mastodon")) == 1


async def test_when_the_leader_goes_the_other_leads(town: Town) -> None:
    async with AsyncExitStack() as running:
        first = await running.enter_async_context(House(await town.rules("a")))
        async with House(await town.rules("b")) as other:
            await all_up(first, *town.priority)
            await running.aclose()
            await until(lambda: _is(other.parts.leader.leads), 10, "the lead")
            town.sim.faults.put("mastodon", "server_error")
            await other.judged("mastodon-stadt", "publish", "down", "platform_fault", within_s=10)

            async def opened() -> bool:
                return "mastodon-stadt" in str(await other.journal("outage.opened"))

            await until(opened, 10, "the outage")
            await until(lambda: _is(bool(town.sim.notes())), 10, "the news")


async def test_a_node_whose_own_line_is_cut_leaves_the_lead_to_one_that_is_well(
    town: Town,
) -> None:
    async with nodes(town) as (leader, other):
        for _ in range(10):
            leader.parts.board.lost_uplinks.add("default")  # until the next look at the controls
            await asyncio.sleep(0.3)
            if other.parts.leader.leads:
                break
        states = leader.parts.leader.leads, other.parts.leader.leads

    assert states == (False, True)


async def _is(fact: bool) -> bool:  # noqa: FBT001 - what is waited for
    return fact
