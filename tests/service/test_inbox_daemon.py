"""The intake folder of a running daemon: from the file to the post, also across a crash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from sentinel.simulator.server import Simulator
from tests.service.letters import alert
from tests.support.aftermath import carried_by
from tests.support.city import Daemon, wait_for
from tests.support.house import WARNING, House, route, rules_for, until
from tests.support.simulated import Simulated

ONLY = ("mastodon-stadt", "warnseite")


def put(folder: Path, name: str, content: bytes) -> None:
    """Write it as the docs ask for: under another name, then renamed."""
    (folder / f".{name}").write_bytes(content)
    (folder / f".{name}").rename(folder / name)


def body(**fields: Any) -> bytes:
    return json.dumps({**WARNING, "severity": "moderate", **fields}).encode()


def opened(folder: Path) -> dict[str, Any]:
    (folder / "eingang").mkdir()
    return {"directory": "eingang", "approval": "none"}


async def test_a_file_becomes_a_post_and_a_bad_one_is_news(sim: Simulator, tmp_path: Path) -> None:
    intake, routes = opened(tmp_path), [route("mastodon-stadt")]
    file = await rules_for(sim, tmp_path, routes, only=ONLY, intake=intake)
    async with House(file):
        put(tmp_path / "eingang", "lage.json", body())
        put(tmp_path / "eingang", "probe.cap.xml", alert(status="Test"))

        async def posted() -> bool:
            return bool(sim.posts("mastodon"))

        async def told() -> bool:
            return any("probe.cap.xml" in str(note["body"]) for note in sim.notes())

        await until(posted, 8, "the post")
        await until(told, 8, "the news")

    assert [p.name for p in (tmp_path / "eingang" / "accepted").iterdir()] == ["lage.json"]
    assert len(sim.posts("mastodon")) == 1


async def test_what_is_grave_goes_out_when_anybody_who_may_approves(
    sim: Simulator, tmp_path: Path
) -> None:
    intake, routes = opened(tmp_path), [route("mastodon-stadt")]
    file = await rules_for(sim, tmp_path, routes, only=ONLY, intake=intake)
    async with House(file) as house:
        put(tmp_path / "eingang", "lage.json", body(severity="extreme"))

        async def waiting() -> list[Any]:
            _, page = await house.call("GET", "/api/v1/messages?state=awaiting_approval")
            return list(page["items"])

        message = (await until(waiting, 8, "the message"))[0]
        before = sim.posts("mastodon")
        _, made = await house.call("POST", "/api/v1/tokens", {"name": "x", "scopes": ["approve"]})
        approve = f"/api/v1/messages/{message['id']}/approve"
        bearer = {"Authorization": f"Bearer {made['token']}"}
        async with house.web.post(approve, json={}, headers=bearer) as answer:
            status = answer.status
        await house.live(message)

    assert before == []
    assert status == 200
    assert len(sim.posts("mastodon")) == 1


async def test_a_folder_named_by_new_rules_is_used_at_once(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_for(sim, tmp_path, [route("mastodon-stadt")], only=ONLY)
    async with House(file) as house:
        document = yaml.safe_load(file.read_text())
        file.write_text(yaml.safe_dump({**document, "intake": opened(tmp_path)}))
        await house.parts.reload()
        put(tmp_path / "eingang", "lage.json", body())

        async def posted() -> bool:
            return bool(sim.posts("mastodon"))

        await until(posted, 8, "the post")


def test_killed_between_acceptance_and_move_a_file_is_one_message(tmp_path: Path) -> None:
    with Simulated() as sim:
        file = carried_by(tmp_path, sim, "warnseite")
        document = yaml.safe_load(file.read_text())
        file.write_text(yaml.safe_dump({**document, "intake": opened(tmp_path)}))
        away = tmp_path / "eingang" / "accepted" / "lage.json"

        with Daemon(file, dies_at="inbox.accepted") as city:
            put(tmp_path / "eingang", "lage.json", body())
            city.wait_dead()
            city.start()
            wait_for(away.exists, 10, "the move")

            assert len(city.messages()) == 1
            assert city.journal_holds()
