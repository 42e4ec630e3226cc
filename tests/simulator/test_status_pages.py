"""The operators' status pages: apart from their platforms, and wrong when told to be."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from sentinel.simulator.server import Simulator
from tests.simulator.conftest import NOON


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(now=lambda: NOON) as running:
        yield running


async def text(sim: Simulator, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession(sim.url) as web, web.get(f"/_status{path}") as answer:
        return answer.status, await answer.text()


@pytest.mark.parametrize(
    ("path", "fine", "bad"),
    [
        ("/x/status.md", "Operational", "Degraded performance"),
        ("/mastodon/api/v2/summary.json", '"indicator": "none"', '"indicator": "major"'),
        ("/mastodon/api/v2/status.json", '"indicator": "none"', '"indicator": "major"'),
        ("/bluesky/summary.json", '"status": "UP"', '"status": "HASISSUES"'),
        ("/threads/data/orgs.json", "No known issues", "High disruptions"),
        ("/x/history.rss", "<channel>", "<item>"),
        ("/x/history.atom", "<feed", "<entry>"),
    ],
)
async def test_a_page_says_fine_until_it_is_told_to_report_trouble(
    sim: Simulator, path: str, fine: str, bad: str
) -> None:
    _, before = await text(sim, path)
    sim.faults.put("_status", "reports_trouble", account=path.split("/")[1])
    _, after = await text(sim, path)

    assert fine in before
    assert bad not in before
    assert bad in after


async def test_a_page_knows_nothing_of_what_befalls_its_platform(sim: Simulator) -> None:
    sim.faults.put("x", "server_error")

    status, said = await text(sim, "/x/status.md")

    assert (status, "Operational" in said) == (200, True)


async def test_a_page_of_another_platform_is_not_meant(sim: Simulator) -> None:
    sim.faults.put("_status", "reports_trouble", account="threads")

    assert "Operational" in (await text(sim, "/x/status.md"))[1]


async def test_what_no_page_has_is_not_found(sim: Simulator) -> None:
    assert (await text(sim, "/x/nothing.json"))[0] == 404
