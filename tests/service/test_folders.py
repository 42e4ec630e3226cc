"""Every node shows the same notices: each keeps its own folder, as storage says."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copy, rmtree
from typing import Any

import pytest

from sentinel.simulator.server import Simulator
from sentinel.storage.key import Key
from tests.storage import engines
from tests.support.house import House, route, rules_for, until

WITHIN_S = 5


@pytest.fixture(scope="module")
def postgresql() -> Iterator[engines.Cluster]:
    with engines.cluster() as cluster:
        yield cluster


def a_home(folder: Path, name: str) -> Path:
    """Make a node's folder; all nodes have one key."""
    home = folder / name
    (home / "data").mkdir(parents=True)
    for known in sorted(folder.glob("*/data/storage.key"))[:1]:
        copy(known, home / "data" / "storage.key")
    Key(home / "data").make_sure()
    return home


async def node(sim: Simulator, folder: Path, url: str, name: str, **more: Any) -> Path:
    """Write one node's rules; its notices stand in a folder of its own."""
    home = a_home(folder, name)
    storage = {"url": url}
    routes = [route("warnseite", **more)]
    return await rules_for(sim, home, routes, only=("warnseite",), node=name, storage=storage)


@asynccontextmanager
async def two(
    sim: Simulator, folder: Path, url: str, **more: Any
) -> AsyncIterator[tuple[House, House]]:
    rules = [await node(sim, folder, url, name, **more) for name in "ab"]
    async with House(rules[0]) as one, House(rules[1]) as other:
        yield one, other


def shown(folder: Path, name: str) -> dict[str, bytes]:
    """Return every file that citizens could read at a node."""
    board = folder / name / "data" / "public"
    files = sorted(path for path in board.rglob("*") if path.is_file())
    return {str(path.relative_to(board)): path.read_bytes() for path in files}


async def same(folder: Path, *has: str) -> dict[str, bytes]:
    """Wait until both nodes show the same files, and these among them; return them."""

    async def so() -> dict[str, bytes] | None:
        files = shown(folder, "a")
        return files if files == shown(folder, "b") and set(has) <= files.keys() else None

    return await until(
        so, WITHIN_S, lambda: f"{sorted(shown(folder, 'a'))} / {sorted(shown(folder, 'b'))}"
    )


async def test_a_notice_stands_in_every_nodes_folder_whoever_posted_it(
    sim: Simulator, tmp_path: Path, postgresql: engines.Cluster
) -> None:
    async with two(sim, tmp_path, postgresql.empty()) as (one, other):
        first = await one.live(await one.send())
        own = first["id"]

        files = await same(tmp_path, f"{own}/index.html", f"{own}.cap.xml")
        status, page = await other.call("GET", f"/notices/{own}/")

    assert {"feed.atom", "feed.json", "index.html"} < files.keys()
    assert own.encode() in files["index.html"]
    assert own.encode() in files["feed.atom"]
    assert (status, own in page) == (200, True)


async def test_updates_and_all_clears_mark_the_earlier_notice_at_every_node(
    sim: Simulator, tmp_path: Path, postgresql: engines.Cluster
) -> None:
    async with two(sim, tmp_path, postgresql.empty()) as (one, other):
        first = await one.live(await one.send())
        page = f"{first['id']}/index.html"
        before = (await same(tmp_path, page))[page]
        status, ended = await other.call(
            "POST", f"/api/v1/messages/{first['id']}/all-clear", {"text": "Es ist vorbei."}
        )
        assert status == 201, ended
        files = await same(tmp_path, f"{ended['id']}/index.html")

    assert files[page] != before
    assert ended["id"].encode() in files[page]


async def test_what_is_taken_down_at_one_node_goes_from_every_folder(
    sim: Simulator, tmp_path: Path, postgresql: engines.Cluster
) -> None:
    async with two(sim, tmp_path, postgresql.empty()) as (one, other):
        message = await one.live(await one.send())
        own = message["id"]
        await same(tmp_path, f"{own}/index.html")
        await other.call(
            "POST", f"/api/v1/messages/{own}/withdraw", {"reason": "Irrtum", "delete": True}
        )

        async def gone() -> bool:
            return all(f"{own}.cap.xml" not in shown(tmp_path, name) for name in "ab")

        await until(gone, WITHIN_S, "the notice to go from both folders")
        files = await same(tmp_path, f"{own}/index.html")

    assert own.encode() not in files["index.html"]
    assert b"Pegel" not in b"".join(files.values())


async def test_a_node_that_was_away_or_lost_its_folder_takes_up_what_stands(
    sim: Simulator, tmp_path: Path, postgresql: engines.Cluster
) -> None:
    url = postgresql.empty()
    async with House(await node(sim, tmp_path, url, "a")) as one:
        stays = await one.live(await one.send())
        goes = await one.live(await one.send())
        await one.call(
            "POST", f"/api/v1/messages/{goes['id']}/withdraw", {"reason": "x", "delete": True}
        )

        async def gone() -> bool:
            return f"{goes['id']}.cap.xml" not in shown(tmp_path, "a")

        await until(gone, WITHIN_S, "the notice to go")
        async with House(await node(sim, tmp_path, url, "b")):
            late = await same(tmp_path, f"{stays['id']}/index.html", f"{goes['id']}/index.html")
        rmtree(tmp_path / "b" / "data" / "public")
        async with House(tmp_path / "b" / "failover_rules.yaml"):
            again = await same(tmp_path, f"{stays['id']}/index.html")

    assert again == late
    assert goes["id"].encode() not in late["index.html"]


async def test_what_is_not_published_is_in_no_folder(
    sim: Simulator, tmp_path: Path, postgresql: engines.Cluster
) -> None:
    url = postgresql.empty()
    async with two(sim, tmp_path, url, approval="four_eyes") as (one, other):
        waiting = await one.send()
        beside = await other.send()
        await one.call("POST", "/api/v1/hold", {"reason": "Irrtum"})
        await other.parts.folders.round()
        await one.parts.folders.round()
        files = {**shown(tmp_path, "a"), **shown(tmp_path, "b")}

    named = [name for name in files if waiting["id"] in name or beside["id"] in name]
    assert named == []


async def test_while_publishing_is_on_hold_nothing_becomes_public_at_a_node_that_lacks_it(
    sim: Simulator, tmp_path: Path, postgresql: engines.Cluster
) -> None:
    url = postgresql.empty()
    async with House(await node(sim, tmp_path, url, "a")) as one:
        message = await one.live(await one.send())
        await one.call("POST", "/api/v1/hold", {"reason": "Irrtum"})
        async with House(await node(sim, tmp_path, url, "b")) as other:
            await other.parts.folders.round()
            await other.parts.folders.round()
            held = f"{message['id']}/index.html" in shown(tmp_path, "b")
            await other.call("POST", "/api/v1/resume")
            await same(tmp_path, f"{message['id']}/index.html")

    assert not held


async def test_what_stands_already_is_not_written_again(
    sim: Simulator, tmp_path: Path, postgresql: engines.Cluster
) -> None:
    url = postgresql.empty()
    async with two(sim, tmp_path, url) as (one, _):
        message = await one.live(await one.send())
        await same(tmp_path, f"{message['id']}/index.html")
    board = tmp_path / "b" / "data" / "public"

    def written() -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in board.rglob("*") if path.is_file()}

    before = written()
    async with House(tmp_path / "b" / "failover_rules.yaml") as other:
        await other.parts.folders.round()
        after = written()

    assert after == before
