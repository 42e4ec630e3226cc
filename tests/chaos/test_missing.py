"""A node that is killed is an outage that the others open, and close when it is back."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest

from tests.storage import engines
from tests.support.city import Daemon, free_port, rules, wait_for, write
from tests.support.receiver import Receiver

pytestmark = pytest.mark.timeout(240)


def node(receiver: Receiver, folder: Path, name: str, url: str) -> Daemon:
    """One of several daemons on one database."""
    (folder / name / "data").mkdir(parents=True)
    for key in folder.glob("*/data/storage.key"):
        copyfile(key, folder / name / "data" / "storage.key")
        (folder / name / "data" / "storage.key").chmod(0o600)
    document = rules(
        receiver.url,
        "smtp://127.0.0.1:9",
        listen=f"127.0.0.1:{free_port()}",
        routes=[{"name": "alles", "match": {}, "always": ["warnseite"]}],
        only=("warnseite",),
        node=name,
    )
    document["storage"] = {"url": url}
    return Daemon(write(folder / name, document))


def missed(daemon: Daemon) -> list[dict[str, Any]]:
    """Return the outages of missing nodes, latest first."""
    page = daemon.get("/api/v1/outages?limit=50")[1]
    return [outage for outage in page["items"] if outage["kind"] == "node"]


def test_a_killed_node_is_missed_until_it_is_back_and_one_that_is_stopped_is_not(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    url = postgresql.empty()
    with Receiver() as receiver, node(receiver, tmp_path, "a", url) as leader:
        with node(receiver, tmp_path, "b", url) as other:
            wait_for(lambda: _knows(leader, "b"), 20, "the leader to know the other")
            other.kill()
            wait_for(lambda: missed(leader), 40, "the other to be missed")
            (gone,) = missed(leader)
            other.start()
            wait_for(lambda: missed(leader)[0]["closed_at"], 40, "the outage to be over")
            told = [call.body.decode() for call in receiver.on("/_inbox/presse")]
        stopped = len(missed(leader))
        entries = leader.get("/api/v1/journal?limit=200")[1]["items"]

    assert (gone["operator"], gone["closed_at"]) == ("b", None)
    assert any("Sentinel auf b" in text for text in told)
    assert stopped == 1
    assert [e["kind"] for e in entries if e["subject"] == gone["id"]][:2] == [
        "outage.opened",
        "outage.closed",
    ]


def _knows(daemon: Daemon, name: str) -> bool:
    """Return whether a daemon has said that it expects a node from now on."""
    lines = [json.loads(line) for line in daemon.log.read_text().splitlines() if line[:1] == "{"]
    return any(line["event"] == "node.known" and line["node"] == name for line in lines)
