"""A certificate that ends is told in time: of our own site staff hear before citizens do."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sentinel.domain.rules import Channel
from sentinel.service.certificates import Certificates, certificate_ends
from sentinel.simulator.server import Simulator
from tests.service.test_nodes import Town, nodes
from tests.storage import engines
from tests.support.house import House, route, rules_for, until, utc_now


@pytest.fixture(scope="module")
def postgresql() -> Iterator[engines.Cluster]:
    with engines.cluster() as cluster:
        yield cluster


def channel(name: str, operator: str) -> Channel:
    return Channel(name=name, platform="p", operator=operator, account=name)


async def test_staff_hear_once_of_each_end_of_our_own_sites_certificate(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_for(
        sim,
        tmp_path,
        [route("warnseite", "mastodon-stadt")],
        only=("warnseite", "mastodon-stadt"),
    )
    async with House(file) as house:
        site, theirs = channel("warnseite", "own"), channel("mastodon-stadt", "social.example")
        now, looks = utc_now(), Certificates(house.storage, house.parts.leader)
        for at, days in ((now, 60), (now + timedelta(hours=1), 13), (now + timedelta(hours=9), 12)):
            await looks.keep(site, days, at)
            await looks.keep(theirs, days, at)
        await Certificates(house.storage, house.parts.leader).keep(
            site, 12, now + timedelta(hours=10)
        )  # a restart
        entries = await house.journal("certificate.ending")
        async with house.storage.read() as view:
            ends = await certificate_ends(view)
        _, risks = await house.call("GET", "/api/v1/risks")

        async def told() -> bool:
            return any("Zertifikat läuft ab: warnseite" in str(n["body"]) for n in sim.notes())

        await until(told, 5, "the news")
        await looks.keep(site, 89, now)  # renewed
        await looks.keep(site, 13, now + timedelta(days=76))  # and near its end again
        again = await house.journal("certificate.ending")

    assert [entry.subject for entry in entries] == ["warnseite"]
    assert set(ends) == {"warnseite", "mastodon-stadt"}
    found = {(r["subject"], r["gravity"]) for r in risks["items"] if r["kind"] == "certificate"}
    assert found == {("warnseite", "act"), ("mastodon-stadt", "know")}
    assert len(again) == 2


async def test_of_two_nodes_that_look_in_the_same_moment_one_tells_staff(
    sim: Simulator, tmp_path: Path, postgresql: engines.Cluster
) -> None:
    town = Town(sim, tmp_path, postgresql.empty(), ("mastodon-stadt",))
    async with nodes(town) as both:
        looks = [Certificates(house.storage, house.parts.leader) for house in both]
        for number in range(
            5
        ):  # of five sites: two who read at once and then write are a matter of luck
            site = channel(f"site-{number}", "own")
            async with asyncio.TaskGroup() as group:
                for one in looks:
                    group.create_task(one.keep(site, 10, utc_now()))
        told = await both[0].journal("certificate.ending")

    assert sorted(entry.subject for entry in told) == [f"site-{number}" for number in range(5)]
