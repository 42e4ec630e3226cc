"""`kill -9` at every named failpoint, under traffic and bad weather; then the history decides."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.chaos.run import Run, running
from tests.chaos.town import INTAKE
from tests.chaos.traffic import Letter
from tests.storage import engines
from tests.support.city import Daemon, free_port, rules, wait_for, write
from tests.support.failpoints import NAMES
from tests.support.simulated import Simulated

AT_ONCE = 7  # failpoints that are tried in one run, one after the other
WITHIN_S = 25.0

pytestmark = pytest.mark.timeout(600)

BY_HAND = "dispatch.ask_before_commit"
"""Nobody is asked in the town of chaos, which has no channel by hand: it has its own test."""

OUTPUT = "output.sent"
"""The town has no alerting chain: `test_outputs.py` has one."""

IN_TOWN = tuple(name for name in NAMES if name not in {BY_HAND, OUTPUT})
SELECTED = tuple(
    name
    for name in IN_TOWN
    if name.startswith(("dispatch.", "drive.", "intake.", "storage.", "notify."))
)
"""On PostgreSQL: where the engine makes a difference."""


def groups(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the names in groups, mixed, so that no group has all the slow ones."""
    mixed = sorted(names, key=lambda name: random.Random(name).random())  # noqa: S311 - a fixed order
    return [tuple(mixed[first : first + AT_ONCE]) for first in range(0, len(mixed), AT_ONCE)]


@pytest.mark.parametrize("names", groups(IN_TOWN), ids=lambda names: f"{names[0]}…")
def test_on_sqlite(sim: Simulated, tmp_path: Path, names: tuple[str, ...]) -> None:
    with running(tmp_path, sim, nemesis="failpoints", seed=len(names[0])) as run:
        missed = [name for name in names if not _dies_at(run, name)]

        assert run.judged() == []
        assert missed == []


@pytest.mark.parametrize("names", groups(SELECTED), ids=lambda names: f"{names[0]}…")
def test_on_postgresql(
    sim: Simulated, postgresql: engines.Cluster, tmp_path: Path, names: tuple[str, ...]
) -> None:
    url = postgresql.empty()
    with running(tmp_path, sim, nemesis="failpoints", seed=len(names[0]), url=url) as run:
        missed = [name for name in names if not _dies_at(run, name)]

        assert run.judged() == []
        assert missed == []


def test_killed_while_people_are_asked_they_are_asked_once(sim: Simulated, tmp_path: Path) -> None:
    document = rules(
        sim.url,
        sim.smtp,
        listen=f"127.0.0.1:{free_port()}",
        routes=[{"name": "alle", "match": {}, "always": ["x-stadt", "kanal"]}],
        only=("x-stadt",),
        account=sim.account,
    )
    document["channels"]["kanal"] = {
        "platform": "whatsapp_channel",
        "contacts": ["presse"],
        "uplink": "none",
        "confirm_within": "10m",
    }
    asked = f"Bitte veröffentlichen: Meldung Nr. 1 auf kanal ({sim.account})"

    with Daemon(write(tmp_path, document), dies_at=BY_HAND) as city:
        message = city.send(headline=asked, severity="moderate")
        city.wait_dead()
        city.start()
        wait_for(lambda: city.state_on(message, "kanal") == "awaiting_person", 30, "the question")
        wait_for(lambda: _mentions(sim, asked), 30, "the notification")

        assert _mentions(sim, asked) == 1
        assert city.journal_holds()


def _mentions(sim: Simulated, words: str) -> int:
    """Return how many notifications ask a person to post these words."""
    bodies = [json.dumps(note["body"], ensure_ascii=False) for note in sim.inbox()]
    return sum(words in body and "/c/" in body for body in bodies)


def _dies_at(run: Run, name: str) -> bool:
    """Start it with a failpoint, and do what leads there; return whether it died there."""
    _before(run, name)
    many = 1 if name.startswith(RARE) else random.Random(name).randint(1, 3)  # noqa: S311 - how often
    if run.daemon.process is not None and run.daemon.process.poll() is None:
        run.die()
    run.rise(ready=False, SENTINEL_FAILPOINTS=f"{name}:{many}")
    end = time.monotonic() + (WITHIN_S if run.engine == "SQLite" else 2 * WITHIN_S)
    while time.monotonic() < end:
        try:
            run.daemon.wait_dead(0.5)
        except subprocess.TimeoutExpired:
            _provoke(run, name)
        else:
            run.kills += 1
            run.rise()
            return True
    return False


RARE = (
    "app.",
    "desk.",
    "rules.",
    "session.",
    "uplink.",
    "dispatch.take",
    "dispatch.recovered",
    "storage.opened",
)


def _before(run: Run, name: str) -> None:
    """Leave behind what a failpoint needs that only a start comes by."""
    if name.startswith("dispatch.take"):
        run.die()
        run.rise(ready=False, SENTINEL_FAILPOINTS="drive.committed")
        run.daemon.wait_dead(60)
        run.kills += 1
    if name.startswith("session."):
        run.die()
        with closing(sqlite3.connect(run.data / "sentinel.db")) as database:
            database.execute("DELETE FROM sessions")  # it has to log in anew
            database.commit()


def _provoke(run: Run, name: str) -> None:
    """Bring about, by the means of everybody, what leads to a failpoint."""
    for beginning, provoke in PROVOKED.items():
        if name.startswith(beginning) and run.daemon.ready():
            provoke(run)


def _ask(path: str) -> Callable[[Run], None]:
    def provoke(run: Run) -> None:
        run.team.ask(Letter("probe", path, {"reason": "Probe"}))  # it may die of it

    return provoke


def _fault(platform: str, kind: str) -> Callable[[Run], None]:
    def provoke(run: Run) -> None:
        account = None if platform.startswith("_") else run.sim.account
        run.sim.fault(platform, kind, account=account, **{"for": "1500ms"})

    return provoke


def _all(*provocations: Callable[[Run], None]) -> Callable[[Run], None]:
    def provoke(run: Run) -> None:
        for each in provocations:
            each(run)

    return provoke


def _turn(run: Run) -> None:
    for posture in ("crisis", "calm"):
        body = {"posture": posture, "reason": "Probe"}
        run.team.ask(Letter(f"probe {time.monotonic_ns()}", "/api/v1/posture", body))


def _let_go(run: Run) -> None:
    key = f"probe {time.monotonic_ns()}"
    crisis = {"posture": "crisis", "reason": "Probe"}
    routine = {"headline": key, "text": key, "severity": "minor", "routine": True}
    run.team.ask(Letter(f"{key} crisis", "/api/v1/posture", crisis))
    run.team.ask(Letter(key, "/api/v1/messages", routine))
    if heard := run.team.heard.get(key):
        run.team.ask(Letter(f"{key} go", f"/api/v1/messages/{heard.id}/resume", {}))


def _file(run: Run) -> None:
    name = f"probe-{time.monotonic_ns()}"
    body = {"headline": name, "text": name, "severity": "minor", "key": name}
    draft = run.folder / INTAKE / f".{name}"
    draft.write_text(json.dumps(body))
    draft.replace(run.folder / INTAKE / f"{name}.json")


def _take_down(run: Run) -> None:
    for heard in list(run.team.heard.values())[-3:]:
        path = f"/api/v1/messages/{heard.id}/withdraw"
        run.team.ask(Letter(f"gone {heard.key}", path, {"reason": "Probe", "delete": True}))


PROVOKED: dict[str, Callable[[Run], None]] = {
    "desk.hold": _ask("/api/v1/hold"),
    "desk.held": _ask("/api/v1/hold"),
    "desk.resume": _ask("/api/v1/resume"),
    "desk.fr": _ask("/api/v1/channels/x-stadt/freeze"),
    "desk.release": _ask("/api/v1/channels/x-stadt/release"),
    "rules.": _ask("/api/v1/rules/reload"),
    "uplink.": _all(_fault("_control", "uplink_lost"), _fault("mastodon", "refuse_connection")),
    "dispatch.look": _fault("x", "accepted_then_error"),
    "watch.verdict": _fault("mastodon", "server_error"),
    "notify.": _fault("threads", "server_error"),
    "inbox.": _file,
    "takedown.": _take_down,
    "posture.turn": _turn,
    "posture.release": _let_go,
}
