"""Five hundred outages at once are one thing to say, and not five hundred."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.staff.kept import kept
from tests.staff.town import Receivers, founded
from tests.support.city import Daemon, wait_for
from tests.support.simulated import Simulated

MANY = 167
ABILITIES = 3
"""A platform that answers with errors takes from a channel all that it is asked for."""

A_MOMENT = timedelta(seconds=2)
BOTH = [{"after": "0s", "notify": ["presse", "amtsleitung"]}]


@pytest.mark.timeout(240)
def test_five_hundred_outages_at_once_are_told_as_one(
    sim: Simulated, staff: Receivers, tmp_path: Path
) -> None:
    contacts = {"presse": [staff.inbox("presse")], "amtsleitung": [staff.mail("amtsleitung")]}
    file = founded(
        tmp_path,
        sim,
        contacts,
        only=("mastodon-stadt", "bluesky-stadt"),
        levels=BOTH,
        repeat_every="1h",
        group_wait="2s",
        change=_many(sim),
    )

    with staff.served(file) as daemon:
        sim.fault("mastodon", "server_error")
        _check_all(daemon)
        wait_for(lambda: len(kept(file).outages) == MANY * ABILITIES, 60, "every outage")
        wait_for(lambda: _told_of(staff, "presse") >= MANY, 30, "presse to know of all")
        wait_for(lambda: _told_of(staff, "amtsleitung") >= MANY, 30, "amtsleitung to know of all")

    assert len(kept(file).outages) > 500
    assert len(kept(file).escalations) == 1  # one operator, one cause
    first = kept(file).tellings[0]
    known = {o.channel for o in kept(file).outages if o.opened_at < first.created_at - A_MOMENT}
    assert _channels_in(first.subject) >= 0.8 * len(known)  # what was known is in the first
    for name in contacts:
        heard = staff.heard(name)
        assert len(heard) <= 6  # the first, and what a slow machine found out only after it
        assert all(len(note.text) < 3_000 for note in heard)


def _told_of(staff: Receivers, name: str) -> int:
    """Return of how many channels somebody was told, in all letters together."""
    return sum(_channels_in(note.subject) for note in staff.heard(name))


def _channels_in(subject: str) -> int:
    found = re.search(r"(\d+) Kanäle", subject)
    return int(found[1]) if found else 0


def _many(sim: Simulated) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        one = document["channels"].pop("mastodon-stadt")
        for number in range(MANY):
            base = f"{sim.url}/mastodon/{sim.account}-{number}"
            document["channels"][f"mastodon-{number}"] = {**one, "base_url": base}
        document["routes"][0]["priority"] = ["bluesky-stadt", "mastodon-0"]
        document["probing"] |= {"every": "1h", "timeout": "20s", "slow_above": "20s"}

    return change


def _check_all(daemon: Daemon) -> None:
    """Look at every channel now, as `sentinel check` does: it judges at once."""

    def check(number: int) -> None:
        with suppress(TimeoutError):  # it is busy, and checks all the same
            daemon.call("POST", f"/api/v1/channels/mastodon-{number}/check")

    with ThreadPoolExecutor(16) as hands:
        list(hands.map(check, range(MANY)))
