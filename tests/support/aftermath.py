"""What a crash leaves behind: a city that must carry a message everywhere, and how often it did."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.city import Daemon, free_port, rules, write
from tests.support.simulated import Simulated

PLATFORMS = {
    "x-stadt": "x",
    "threads-stadt": "threads",
    "mastodon-stadt": "mastodon",
    "bluesky-stadt": "bluesky",
    "presse-mail": "email",
}
"""Where each simulated channel's posts are kept."""

BOARD = "warnseite"
ALL = (BOARD, *PLATFORMS)
NEVER_REPEATED = frozenset({"x-stadt", "presse-mail"})
"""Nothing shows there that a copy would be dropped: what is in doubt stays in doubt."""

PATIENCE_S = 100
"""A repeat on Mastodon comes with the first look-up that is 30 s after the unclear attempt."""

LOOKED_UP_S = 6
"""By then the first two look-ups are over; a doubt that is left may stay for long."""


def carried_by(
    folder: Path, sim: Simulated, *names: str, real: Mapping[str, Mapping[str, Any]] | None = None
) -> Path:
    """Write rules by which each of `names` must carry every message; return the file.

    Nothing but a message commits anything: rehearsals are off. `real` changes
    channels, to put a real server in the place of a simulated one.
    """
    document = rules(
        sim.url,
        sim.smtp,
        listen=f"127.0.0.1:{free_port()}",
        routes=[{"name": "alle", "match": {}, "always": list(names)}],
        only=names,
        account=sim.account,
        notice_link=BOARD if BOARD in names else None,
    )
    for name, channel in document["channels"].items():
        channel["probes"] = {**channel["probes"], "write_path": "off"}
        channel.update((real or {}).get(name, {}))
    return write(folder, document)


def standing(sim: Simulated, file: Path, words: str) -> dict[str, int]:
    """Return how often a message with these words stands on each channel, live or not."""
    counted = {
        name: sum(words in post["text"] for post in sim.posts(platform))
        for name, platform in PLATFORMS.items()
    }
    feed = file.parent / "data" / "public" / "feed.json"
    items = json.loads(feed.read_text())["items"] if feed.exists() else []
    return {**counted, BOARD: sum(words in item["title"] for item in items)}


def ended(city: Daemon, message: Mapping[str, Any]) -> dict[str, Any]:
    """Wait until the machine has done with every message what it will; return this one."""
    return all_ended(city)[message["id"]]


def all_ended(city: Daemon) -> dict[str, dict[str, Any]]:
    """Wait until the machine has done with every message what it will; return them by id."""
    before: dict[str, dict[str, str]] = {}
    began = since = time.monotonic()
    while True:
        kept = {message["id"]: message for message in city.messages()}
        now = {name: states(message) for name, message in kept.items()}
        if now != before:
            before, since = now, time.monotonic()
        busy = [d for m in kept.values() for d in m["deliveries"] if not _at_rest(d)]
        doubt = any("unknown" in by_channel.values() for by_channel in now.values())
        if not busy and (not doubt or time.monotonic() - since > LOOKED_UP_S):
            return kept
        assert time.monotonic() - began < PATIENCE_S, f"still busy: {json.dumps(busy, indent=1)}"
        time.sleep(0.2)


def _at_rest(delivery: Mapping[str, Any]) -> bool:
    if delivery["state"] == "published":
        return True
    return delivery["state"] == "unknown" and delivery["channel"] in NEVER_REPEATED


def states(message: Mapping[str, Any]) -> dict[str, str]:
    """Return the state of each delivery by its channel."""
    return {delivery["channel"]: delivery["state"] for delivery in message["deliveries"]}


def assert_honest(message: Mapping[str, Any]) -> None:
    """A message is live if and only if it is out wherever it must be; a doubt shows its attempt.

    Nothing can stand in for a channel that must carry it: in doubt, it is stranded.
    """
    out = all(delivery["state"] == "published" for delivery in message["deliveries"])
    assert message["state"] in ({"live"} if out else {"accepted", "stranded"}), message
    for delivery in message["deliveries"]:
        if delivery["state"] == "unknown":
            assert delivery["attempts"][-1]["outcome"] == "unclear", delivery
            assert delivery["receipt"] is None
        else:
            assert delivery["receipt"] is not None, delivery
