"""A storage that refuses for a moment: whoever asked hears that, and nothing known is lost."""

from datetime import datetime, timedelta
from pathlib import Path

from probes import Tools
from sentinel.service.uplinks import Uplinks
from sentinel.simulator.server import Simulator
from sentinel.storage.tables import CHECKS, JOURNAL
from tests.service.quiet import all_up
from tests.service.test_posture import town
from tests.service.test_watch_storage_lost import leave_alone, without
from tests.support.house import House, utc_now


async def test_a_check_that_a_person_asked_for_says_that_the_storage_refused(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await town(sim, tmp_path)) as house:
        await all_up(house, "mastodon-stadt")
        leave_alone(house)

        async with without(tmp_path / "data/sentinel.db", CHECKS.name):
            status, told = await house.call("POST", "/api/v1/channels/mastodon-stadt/check")

        again, _ = await house.call("POST", "/api/v1/channels/mastodon-stadt/check")
    assert (status, again) == (503, 200), told


class Ahead:
    """The daemon's own way out, with a clock that is ten minutes ahead of the controls'."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self.reach, self.fetch, self.converse = tools.reach, tools.fetch, tools.converse

    def now(self) -> datetime:
        return self._tools.now() + timedelta(minutes=10)


async def test_a_wrong_clock_that_could_not_be_noted_hides_no_line_and_is_noted_later(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await town(sim, tmp_path)) as house:
        parts = house.parts
        leave_alone(house)
        uplinks = Uplinks(house.storage, parts.board, parts.leader, Ahead(parts.links.tools))

        async with without(tmp_path / "data/sentinel.db", JOURNAL.name):
            lost = await uplinks.lost("default", utc_now())
        unnoted = [e.kind for e in await house.journal("clock.wrong")]
        for _ in range(2):
            await uplinks.lost("default", utc_now())

        noted = [e.kind for e in await house.journal("clock.wrong")]
    assert lost is False
    assert unnoted == []
    assert noted == ["clock.wrong"]
