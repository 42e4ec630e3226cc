"""Housekeeping: what is old goes, what is needed stays, and the journal still verifies."""

from datetime import datetime, timedelta
from pathlib import Path

from sentinel.service.keep import Keeper
from sentinel.simulator.server import Simulator
from tests.support.house import House, route, rules_for, utc_now

RETENTION = {"checks": "30d", "messages": "365d"}


async def test_what_is_older_than_the_rules_allow_goes(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_for(
        sim,
        tmp_path,
        [route("mastodon-stadt")],
        only=("mastodon-stadt",),
        retention=RETENTION,
    )

    def in_a_year() -> datetime:
        return utc_now() + timedelta(days=366)

    async with House(file) as house:
        await house.judged("mastodon-stadt", "publish", "up", None)
        old = await house.send(headline="Alt")
        await house.live(old)
        await house.parts.watcher.tick()
        await Keeper(house.storage, house.parts.board, utc_now).tidy()
        kept_today = await house.message(old)
        async with house.storage.read() as view:
            seen_today = await view.observations("mastodon-stadt")

        await Keeper(house.storage, house.parts.board, in_a_year).tidy()
        status, _ = await house.call("GET", f"/api/v1/messages/{old['id']}")
        async with house.storage.read() as view:
            seen = await view.observations("mastodon-stadt")
            verified = await view.verify_journal()
            entries = await view.entries(after=0, limit=1000)
        new = await house.send(headline="Neu")

    assert kept_today["headline"] == "Alt"
    assert seen_today
    assert status == 404
    assert len(seen) < len(seen_today)
    assert verified.ok
    assert not any(entry.payload for entry in entries if entry.subject == old["id"])
    assert new["number"] == old["number"] + 1


async def test_an_open_message_is_never_dropped(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_for(
        sim,
        tmp_path,
        [route("mastodon-stadt")],
        only=("mastodon-stadt",),
        retention=RETENTION,
    )
    async with House(file) as house:
        await house.call("POST", "/api/v1/hold", {"reason": "Probe"})
        held = await house.send(expires_at=(utc_now() + timedelta(days=900)).isoformat())
        later = utc_now() + timedelta(days=800)
        await Keeper(house.storage, house.parts.board, lambda: later).tidy()
        status, shape = await house.call("GET", f"/api/v1/messages/{held['id']}")

    assert (status, shape["state"]) == (200, "held")
