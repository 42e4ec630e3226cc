"""When nothing can be put on disk: nothing is accepted, nothing lost, and staff are told."""

import asyncio
import sqlite3
from pathlib import Path

from aiohttp import web

from sentinel.domain.news import STORAGE_BACK, STORAGE_LOST
from sentinel.service.accounts import Accounts
from sentinel.simulator.server import Simulator
from tests.service.test_dispatch import all_up, mastodon, quiet_rules
from tests.support.house import WARNING, House, route, rules_for, simulator, until


async def test_staff_are_told_from_memory_and_nothing_is_accepted(tmp_path: Path) -> None:
    async with simulator() as sim:
        file = await rules_for(sim, tmp_path, routes=[route("mastodon-stadt")])
        async with House(file) as house:
            holder = await lock(tmp_path)  # for longer than we wait

            async def told(subject: str) -> bool:
                return any(subject in str(note["body"]) for note in sim.notes())

            await until(lambda: told(STORAGE_LOST.subject.de), 30, "the alarm")
            status, problem = await house.call("POST", "/api/v1/messages", WARNING)
            health, _ = await house.call("GET", "/health")
            holder.execute("ROLLBACK")
            holder.close()
            await until(lambda: told(STORAGE_BACK.subject.de), 30, "the end of it")
            after = await house.send()

    assert (status, health) == (503, 503)
    assert problem["title"] == "Service Unavailable"
    assert after["number"] >= 1


async def test_an_outcome_that_cannot_be_written_does_not_keep_the_daemon_from_ending(
    sim: Simulator, tmp_path: Path
) -> None:
    """Its attempt stays open on disk: the next start finds it unclear and looks."""
    arrived, answer = asyncio.Event(), asyncio.Event()
    arrivals: list[str] = []

    async def wait(request: web.Request) -> web.Response:
        arrivals.append(await request.text())
        arrived.set()
        await answer.wait()
        return web.json_response({"id": "1", "url": "https://social.example/@stadt/1"})

    async with mastodon(wait) as url:
        file = await quiet_rules(sim, tmp_path, "mastodon-stadt", base_url=url)
        async with asyncio.timeout(60):
            async with House(file) as house:
                await all_up(house, "mastodon-stadt")
                message = await house.send()
                await arrived.wait()
                holder = await lock(tmp_path)
                answer.set()
                await asyncio.sleep(1)
        posts = [one for one in arrivals if "Pegel" in one]
        holder.execute("ROLLBACK")
        holder.close()
        async with House(file) as house:

            async def unclear() -> bool:
                return await house.states(message) == {"mastodon-stadt": "unknown"}

            await until(unclear, 10, "the attempt to be unclear")
        again = [one for one in arrivals if "Pegel" in one]

    assert len(posts) == len(again) == 1


async def test_a_fresh_session_is_kept_in_memory_while_the_disk_refuses_it(
    sim: Simulator, tmp_path: Path
) -> None:
    """The old one is spent: a session that got lost would lock us out."""
    async with House(await quiet_rules(sim, tmp_path, "bluesky-stadt")) as house:
        await all_up(house, "bluesky-stadt")
        accounts = house.parts.watcher.looks.accounts
        before = await accounts.account("bluesky-stadt")
        holder = await lock(tmp_path)
        fresh = await accounts.renew(before)
        meanwhile = (await accounts.account("bluesky-stadt")).session
        holder.execute("ROLLBACK")
        holder.close()
        await accounts.account("bluesky-stadt")
        stored = await on_disk(house)

    assert dict(fresh) != dict(before.session)
    assert dict(meanwhile) == dict(fresh)
    assert stored == dict(fresh)


async def on_disk(house: House) -> dict[str, str]:
    """Return the session that a new process would find."""
    board = house.parts.board
    again = Accounts(board, house.storage, lambda _: None)
    return dict((await again.account("bluesky-stadt")).session)


async def lock(folder: Path) -> sqlite3.Connection:
    """Let somebody else hold the database."""
    holder = sqlite3.connect(
        folder / "data" / "sentinel.db", isolation_level=None, timeout=10, check_same_thread=False
    )
    await asyncio.to_thread(holder.execute, "BEGIN IMMEDIATE")
    return holder
