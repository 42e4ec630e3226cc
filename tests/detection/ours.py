"""The real daemon with the timings of the figure, and when its journal and the inbox say down."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.detection.paper import Fault
from tests.detection.town import PLATFORM, Town, clock
from tests.support.city import Daemon, free_port, write

NAME = re.compile(r"\b(?:refused|error|silent)-\d{3}\b")
RARE = ("credentials", "quota", "read_back", "visibility", "listening", "status_page")
"""Probes that are off: the phases of one probe are measured, and no other may come first."""

HAPPENED = Mapping[str, float]
"""When each account's fault was set, in seconds since the epoch."""


def rules(town: Town, faults: list[Fault]) -> dict[str, Any]:
    """Return rules with a channel for each account, and everything that is measured as designed."""
    names = [fault.account for fault in faults]
    inbox = town.url.replace("http", "json") + "/_inbox/presse"
    return {
        "version": 1,
        "organisation": {"name": "Detection", "language": "en"},
        "server": {"listen": f"127.0.0.1:{free_port()}"},
        "uplinks": {
            "default": {
                "controls": [f"{town.url}/_control/{number}" for number in (1, 2, 3)],
                "lost_below": 2,
            }
        },
        "probing": {"every": "10s", "fall": 3, "recheck_after": "2s"},  # timeout: 8s, the default
        "channels": {
            name: {
                "platform": PLATFORM,
                "base_url": town.address(name),
                "account": name,
                "credentials": {"access_token": "${env:MASTODON_TOKEN}"},
                "probes": {**dict.fromkeys(RARE, "off"), "write_path": {"every": "1h"}},
            }
            for name in names
        },
        "routes": [{"name": "all", "priority": names}],
        "staff": {
            "contacts": {"presse": {"language": "en", "addresses": [{"url": inbox}]}},
            "levels": [{"after": "0s", "notify": ["presse"]}],
        },
    }


@contextmanager
def watching(folder: Path, town: Town, faults: list[Fault]) -> Iterator[Daemon]:
    """Run a daemon on the accounts while open."""
    with Daemon(write(folder, rules(town, faults))) as daemon:
        yield daemon


async def until_told(town: Town, happened: HAPPENED, patience_s: float) -> None:
    """Wait until staff have been told of every account, or the patience is over."""
    end = clock() + patience_s
    while clock() < end:
        told = _told(await town.inbox(), {})
        if happened.keys() <= told.keys():
            return
        await asyncio.sleep(2)


def gather(daemon: Daemon, inbox: list[dict[str, Any]], happened: HAPPENED) -> dict[str, Any]:
    """Return, by account, the seconds from its fault to the verdict and to the staff's inbox.

    Also what was wrong before its fault: there should be nothing.
    """
    down = _verdicts(daemon)
    told = _told(inbox, down)
    early = [name for name, at in down.items() if at < happened[name]]
    return {
        "down": {name: down[name] - at for name, at in happened.items() if name in down},
        "told": {name: told[name] - at for name, at in happened.items() if name in told},
        "early": early,
    }


def _verdicts(daemon: Daemon) -> dict[str, float]:
    """Return when each channel's publishing was first judged to be down."""
    down: dict[str, float] = {}
    after = 0
    while True:
        status, page = daemon.get(f"/api/v1/journal?after={after}&limit=200")
        assert status == 200, page
        if not page["items"]:
            return down
        for entry in page["items"]:
            said = entry["payload"]
            falls = entry["kind"] == "verdict.changed" and said["to"] == "down"
            if falls and said["ability"] == "publish":
                down.setdefault(entry["subject"], _seconds(entry["at"]))
        after = page["items"][-1]["number"]


def _told(inbox: list[dict[str, Any]], down: Mapping[str, float]) -> dict[str, float]:
    """Return when a note first named each account, not before its verdict."""
    told: dict[str, float] = {}
    for note in inbox:
        at = _seconds(note["at"])
        for name in NAME.findall(str(note["body"])):
            if at >= down.get(name, 0.0):
                told.setdefault(name, at)
    return told


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
