"""Receivers that are down for long, and more news than anybody can read."""

from __future__ import annotations

from pathlib import Path

from tests.staff.kept import kept
from tests.staff.town import PATIENCE_S, Receivers, founded
from tests.support.city import wait_for
from tests.support.simulated import Simulated

BOTH = [{"after": "0s", "notify": ["presse", "amtsleitung"]}]


def test_a_receiver_that_was_down_for_long_gets_everything_in_one_summary(
    sim: Simulated, staff: Receivers, tmp_path: Path
) -> None:
    contacts = {"presse": [staff.inbox("presse")], "amtsleitung": [staff.mail("amtsleitung")]}
    file = founded(tmp_path, sim, contacts, levels=BOTH, repeat_every="1h")
    staff.breaks("presse")
    down = {"x": "x-stadt", "bluesky": "bluesky-stadt", "threads": "threads-stadt"}

    with staff.served(file) as daemon:
        daemon.call("POST", "/api/v1/hold", {"reason": "Bombenfund"})
        staff.hears("amtsleitung", "Bombenfund")
        for platform in down:
            sim.fault(platform, "server_error", account=sim.account)
        for channel in down.values():
            staff.hears("amtsleitung", channel)
        daemon.call("POST", "/api/v1/resume")
        staff.hears("amtsleitung", "Fortgesetzt")

        def tried() -> bool:
            tries = [one.attempts for one in kept(file).tellings if one.contact == "presse"]
            return len(tries) >= 5 and max(tries) >= 3

        wait_for(tried, PATIENCE_S, "three tries at a receiver that is down")
        assert staff.heard("presse") == []
        staff.mended("presse")
        summary = staff.hears("presse")[0]
        wait_for(lambda: "queued" not in _states(file), PATIENCE_S, "nothing to be left")

    for words in ("Bombenfund", *down.values(), "Fortgesetzt"):
        assert words in summary.words
    assert len(staff.heard("presse")) == 1


def _states(file: Path) -> set[str]:
    return {one.state for one in kept(file).tellings}
