"""Two daemons on one PostgreSQL: one is frozen, or killed, and the other goes on in its place.

A frozen process is worse than a dead one: it comes back, with claims in its
memory that are no longer its own.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import copyfile
from typing import Any

import psycopg
import pytest

from tests.storage import engines
from tests.support.aftermath import PLATFORMS, all_ended, assert_honest, standing
from tests.support.city import Daemon, free_port, rules, wait_for, write
from tests.support.simulated import Simulated

pytestmark = pytest.mark.timeout(400)

CHANNELS = tuple(PLATFORMS)
KNOWN_BY_KEY = ("bluesky-stadt", "mastodon-stadt", "threads-stadt")
MESSAGES = 6
LEASE_S = 14  # four seconds that a post may take, and a margin of ten
REPEATED = ("[Wiederholung]", "[repeat]")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[engines.Cluster]:
    with engines.cluster() as cluster:
        yield cluster


def node(name: str, folder: Path, sim: Simulated, url: str) -> Path:
    """Write a node's rules: every channel carries every message, and a post takes 4 s at most."""
    home = folder / name
    (home / "data").mkdir(parents=True)
    for key in folder.glob("*/data/storage.key"):
        copyfile(key, home / "data" / "storage.key")
        (home / "data" / "storage.key").chmod(0o600)
    document = rules(
        sim.url,
        sim.smtp,
        listen=f"127.0.0.1:{free_port()}",
        routes=[{"name": "alle", "match": {}, "always": list(CHANNELS)}],
        only=CHANNELS,
        account=sim.account,
        node=name,
        storage={"url": url},
    )
    for channel in document["channels"].values():
        channel["publish_within"] = "4s"
        channel["probes"] = {**channel["probes"], "write_path": "off"}
    inbox = f"{sim.url.replace('http', 'json')}/_inbox/{sim.account}"  # nobody else's news
    document["staff"]["contacts"]["presse"]["addresses"] = [{"url": inbox}]
    return write(home, document)


@contextmanager
def both_running(folder: Path, sim: Simulated, url: str) -> Iterator[dict[str, Daemon]]:
    """Two nodes; the first leads."""
    with Daemon(node("a", folder, sim, url)) as one, ExitStack() as later:
        yield {"a": one, "b": later.enter_context(Daemon(node("b", folder, sim, url)))}


class Database:
    """What stands in the database, without asking any daemon."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ask(self, query: str) -> list[Any]:
        with psycopg.connect(self._url) as connection:
            return connection.execute(query).fetchall()

    def at_work(self) -> Counter[str]:
        """Return how many attempts each node has under way."""
        return Counter(
            row[0] for row in self.ask("SELECT node FROM attempts WHERE ended_at IS NULL")
        )

    def leader(self) -> str:
        """Return the name of the node that leads."""
        query = "SELECT holder FROM leases WHERE name = 'leader' AND until > clock_timestamp()"
        rows = self.ask(query)
        return str(rows[0][0]).partition("/")[0] if rows else ""

    def taken_over(self) -> int:
        """Return how many attempts never reported back."""
        query = "SELECT count(*) FROM attempts WHERE evidence LIKE '%never reported back%'"
        return int(self.ask(query)[0][0])


def test_a_node_that_was_frozen_in_mid_attempt_posts_nothing_twice(
    sim: Simulated, tmp_path: Path, postgresql: engines.Cluster
) -> None:
    url = postgresql.empty()
    database = Database(url)
    with both_running(tmp_path, sim, url) as both:
        for platform in set(PLATFORMS.values()) - {"email"}:
            sim.fault(platform, "slow", options={"seconds": 0.8})
        for number in range(MESSAGES):
            both["a"].send(headline=f"Deichbruch {number}", severity="moderate")
        busy = wait_for(lambda: _most(database.at_work()), 20, "attempts to begin")
        frozen, awake = both[busy], both["a" if busy == "b" else "b"]
        _signal(frozen, signal.SIGSTOP)
        try:
            sim.heal()
            wait_for(database.taken_over, LEASE_S + 20, "the other to take over")
            time.sleep(2)
        finally:
            _signal(frozen, signal.SIGCONT)
        after = all_ended(awake)

        for number in range(MESSAGES):
            count = standing(sim, awake.file, f"Deichbruch {number}")
            assert all(count[name] <= 1 for name in CHANNELS), count
            assert all(count[name] == 1 for name in KNOWN_BY_KEY), count
        for message in after.values():
            assert_honest(message)
        assert awake.journal_holds()
        assert frozen.journal_holds()
        assert sim.ask("GET", f"/_inbox?name={sim.account}")
        assert _told_twice(sim) == []


def test_a_node_that_is_killed_leaves_its_work_and_the_lead_to_the_other(
    sim: Simulated, tmp_path: Path, postgresql: engines.Cluster
) -> None:
    url = postgresql.empty()
    database = Database(url)
    with Daemon(node("a", tmp_path, sim, url)) as leader:
        assert wait_for(database.leader, 10, "a leader") == "a"
        with Daemon(node("b", tmp_path, sim, url)) as other:
            sim.fault("mastodon", "slow", options={"seconds": 1.5})
            message = leader.send(headline="Deichbruch")
            leader.kill()
            wait_for(lambda: database.leader() == "b", 30, "the other to lead")
            sim.heal()
            after = all_ended(other)[message["id"]]

            count = standing(sim, other.file, "Deichbruch")
            assert all(count[name] == 1 for name in KNOWN_BY_KEY), count
            assert all(many <= 1 for many in count.values()), count
            assert_honest(after)
            assert other.journal_holds()


def _most(at_work: Counter[str]) -> str:
    """Return the node that has at least three attempts under way."""
    (name, many) = at_work.most_common(1)[0] if at_work else ("", 0)
    return name if many > 2 else ""


def _signal(daemon: Daemon, number: signal.Signals) -> None:
    assert daemon.process is not None
    os.kill(daemon.process.pid, number)


def _told_twice(sim: Simulated) -> list[tuple[str, str]]:
    """Return the news that staff were told more than once without a mark."""
    notes = sim.ask("GET", f"/_inbox?name={sim.account}")
    told = Counter((str(note["body"]["title"]), str(note["body"]["message"])) for note in notes)
    return [news for news, many in told.items() if many > 1 and not news[0].startswith(REPEATED)]
