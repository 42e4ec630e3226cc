"""Two daemons on one PostgreSQL look at the same channels: one that is blind changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from shutil import copyfile
from typing import Any, Self

import pytest
import yaml

from sentinel.domain.cause import Ability, State
from sentinel.simulator.server import Simulator
from tests.storage import engines
from tests.support import city
from tests.support.house import House, route, rules_for, until

CHANNELS = ("mastodon-stadt", "bluesky-stadt")
LOOKS = {
    **dict.fromkeys(("quota", "write_path", "read_back", "visibility", "listening"), "off"),
    "credentials": {"every": "1s"},
}


@pytest.fixture(scope="module")
def postgresql() -> Iterator[engines.Cluster]:
    with engines.cluster() as cluster:
        yield cluster


class Road:
    """One node's way to the simulator: a relay that can be cut while the node knows of nothing."""

    def __init__(self, to: str) -> None:
        self._host, port = to.removeprefix("http://").split(":")
        self._port = int(port)
        self.cut = False

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.cut:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection(self._host, self._port)
        with suppress(OSError, asyncio.CancelledError):
            async with asyncio.TaskGroup() as group:
                group.create_task(_pump(self, reader, back))
                group.create_task(_pump(self, there, writer))


async def _pump(road: Road, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while (data := await source.read(65_536)) and not road.cut:
            sink.write(data)
            await sink.drain()
    sink.transport.abort() if road.cut else sink.close()


def home_of(folder: Path, name: str) -> Path:
    """Return a node's folder, with the key that the nodes share."""
    home = folder / name
    (home / "data").mkdir(parents=True)
    for key in sorted(folder.glob("*/data/storage.key"))[:1]:
        copyfile(key, home / "data" / "storage.key")
        (home / "data" / "storage.key").chmod(0o600)
    return home


async def node(
    sim: Simulator, folder: Path, url: str, name: str, road: Road, *, controls_too: bool
) -> Path:
    home = home_of(folder, name)
    file = await rules_for(
        sim, home, [route(*CHANNELS)], only=CHANNELS, node=name, storage={"url": url}
    )
    document: dict[str, Any] = yaml.safe_load(file.read_text())
    for channel in document["channels"].values():
        channel["probes"] = LOOKS
        for key in {"base_url", "public_url"} & set(channel):
            channel[key] = channel[key].replace(sim.url, road.url)
    if controls_too:
        line = document["uplinks"]["default"]
        line["controls"] = [one.replace(sim.url, road.url) for one in line["controls"]]
    return city.write(home, document)


@asynccontextmanager
async def two_nodes(
    sim: Simulator, folder: Path, url: str, *, controls_too: bool = False
) -> AsyncIterator[tuple[dict[str, House], dict[str, Road]]]:
    """Nodes a, which leads, and b, each with a road of its own."""
    async with AsyncExitStack() as running:
        houses, roads = dict[str, House](), dict[str, Road]()
        for name in ("a", "b"):
            roads[name] = await running.enter_async_context(Road(sim.url))
            file = await node(sim, folder, url, name, roads[name], controls_too=controls_too)
            houses[name] = await running.enter_async_context(House(file))
        for house in houses.values():
            for channel in CHANNELS:
                await house.judged(channel, "publish", "up", None, within_s=10)
        assert houses["a"].parts.leader.leads
        await until(lambda: seen_from(houses["a"], "b", State.UP), 10, "b to be heard")
        yield houses, roads


async def seen_from(leader: House, vantage: str, state: State) -> bool:
    """Return whether every channel's credentials are `state` as seen from a vantage."""
    return all(
        any(
            (track.vantage, track.probe, track.ability) == (vantage, "credentials", Ability.PUBLISH)
            and track.state is state
            for track in leader.parts.board.health(channel).tracks.values()
        )
        for channel in CHANNELS
    )


async def changes(house: House) -> list[str]:
    found = await house.journal("verdict.changed")
    return [f"{e.subject} {e.payload['ability']} {e.payload['to']}" for e in found]


@pytest.mark.parametrize("blind", ["a", "b"])
async def test_one_blind_vantage_of_two_changes_no_verdict(
    sim: Simulator, tmp_path: Path, postgresql: engines.Cluster, blind: str
) -> None:
    async with two_nodes(sim, tmp_path, postgresql.empty()) as (houses, roads):
        before = await changes(houses["a"])
        roads[blind].cut = True
        await until(lambda: seen_from(houses["a"], blind, State.DOWN), 15, "the blind one's word")
        verdicts = {
            (name, channel): house.verdict(channel, "publish")
            for name, house in houses.items()
            for channel in CHANNELS
        }
        roads[blind].cut = False
        await until(lambda: seen_from(houses["a"], blind, State.UP), 15, "it to see again")
        after = await changes(houses["a"])
        outages = await houses["a"].journal("outage.opened")

    assert set(verdicts.values()) == {("up", None)}
    assert after == before
    assert outages == []


async def test_what_both_see_is_judged_and_each_is_named_as_evidence(
    sim: Simulator, tmp_path: Path, postgresql: engines.Cluster
) -> None:
    async with two_nodes(sim, tmp_path, postgresql.empty()) as (houses, _):
        sim.faults.put("mastodon", "server_error")
        for house in houses.values():
            await house.judged("mastodon-stadt", "publish", "down", "platform_fault", within_s=12)

        async def both() -> bool:
            _, shape = await houses["b"].call("GET", "/api/v1/channels/mastodon-stadt")
            checks = shape["abilities"]["publish"]["checks"]
            return {"a", "b"} <= {check["vantage"] for check in checks}

        await until(both, 12, "the evidence of both")
        sim.faults.clear()
        for house in houses.values():
            await house.judged("mastodon-stadt", "publish", "up", None, within_s=15)


async def test_every_node_keeps_its_own_word_on_its_line(
    sim: Simulator, tmp_path: Path, postgresql: engines.Cluster
) -> None:
    async with two_nodes(sim, tmp_path, postgresql.empty(), controls_too=True) as (houses, roads):
        before = await changes(houses["a"])
        roads["b"].cut = True

        async def lost() -> bool:
            return "default" in houses["b"].parts.board.lost_uplinks

        await until(lost, 10, "b's line to be lost")
        _, of_a = await houses["a"].call("GET", "/metrics")
        _, of_b = await houses["b"].call("GET", "/metrics")
        await until(lambda: cut_off(houses["a"], "b"), 10, "a to hear of it")
        after = await changes(houses["a"])
        sight = houses["a"].verdict("mastodon-stadt", "publish")

    assert 'sentinel_uplink_up{vantage="a"} 1.0' in of_a
    assert 'sentinel_uplink_up{vantage="b"} 0.0' in of_b
    assert after == before
    assert sight == ("up", None)


async def cut_off(leader: House, vantage: str) -> bool:
    tracks = leader.parts.board.health("mastodon-stadt").tracks.values()
    return any(track.vantage == vantage and track.cut_off is not None for track in tracks)
