"""Nobody answers: every level is reached, in order and on time; somebody does: no further one."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.staff.kept import kept
from tests.staff.town import SOON, Note, Receivers, founded, usual
from tests.support.city import Daemon, command, wait_for
from tests.support.simulated import Simulated

LATE = timedelta(seconds=10)
"""A machine with much to do may be so late, and it still shows that times are kept."""

TWO = ("x-stadt", "bluesky-stadt")


def test_when_nobody_answers_every_level_is_reached_in_order_and_on_time(
    sim: Simulated, staff: Receivers, tmp_path: Path
) -> None:
    file = founded(tmp_path, sim, usual(staff), only=TWO)

    with staff.served(file):
        sim.fault("x", "server_error", account=sim.account)
        everybody = ("presse", "amtsleitung", "leitstelle")
        first = [staff.hears(name, "x-stadt")[0] for name in everybody]
        staff.hears("presse", "x-stadt", times=2)
        again = [staff.hears(name, "x-stadt", times=2)[1] for name in everybody]
        began = kept(file).escalation("x-stadt").opened_at

    due = [timedelta(milliseconds=500), timedelta(seconds=2), timedelta(seconds=4)]
    assert [note.by for note in sorted(first, key=lambda note: note.at)] == [*everybody]
    for note, after in zip(first, due, strict=True):
        assert began + after <= note.at <= began + after + LATE
    for note in again:  # three seconds after the last level, everybody hears of it again
        assert began + timedelta(seconds=7) <= note.at <= began + timedelta(seconds=7) + LATE
    assert kept(file).escalation("x-stadt").acknowledged_by is None
    levels = [(one.contact, one.level) for one in kept(file).tellings[:3]]
    assert levels == [("presse", 0), ("amtsleitung", 1), ("leitstelle", 2)]


def by_link(_: Daemon, note: Note) -> None:
    """Press the button behind the link of a note, as on a phone: no login, no cookie."""
    (link,) = re.findall(r"http://\S+/a/[\w-]+", note.text)
    with urllib.request.urlopen(link, timeout=10) as page:
        fields = re.findall(r'name="(\w+)" value="([^"]*)"', page.read().decode())
    with urllib.request.urlopen(link, data=urlencode(fields).encode(), timeout=10) as page:
        assert page.status == 200


def by_command(daemon: Daemon, _: Note) -> None:
    """Type it at a terminal."""
    said = command(daemon.file, "outages", "acknowledge", _open(daemon), "--comment", "ich bin da")
    assert said.code == 0, said.err


def by_api(daemon: Daemon, _: Note) -> None:
    """Have another program say it."""
    path = f"/api/v1/outages/{_open(daemon)}/acknowledge"
    status, shape = daemon.call("POST", path, {"comment": "ich bin da"})
    assert status == 200, shape


def _open(daemon: Daemon) -> str:
    _, page = daemon.get("/api/v1/outages")
    return str(page["items"][0]["id"])  # one of its abilities; the others belong to the same


@pytest.mark.parametrize(
    ("level", "answers"),
    [(0, by_link), (1, by_api), (2, by_command)],  # a command takes its time to start
    ids=["the-first-by-link", "the-second-by-api", "the-third-by-command"],
)
def test_when_a_level_answers_nobody_is_told_to_act_any_more(
    sim: Simulated,
    staff: Receivers,
    tmp_path: Path,
    level: int,
    answers: Callable[[Daemon, Note], None],
) -> None:
    file = founded(tmp_path, sim, usual(staff), only=TWO, levels=SOON, repeat_every="2s")
    called = ("presse", "amtsleitung", "leitstelle")

    with staff.served(file) as daemon:
        sim.fault("x", "server_error", account=sim.account)
        note = staff.hears(called[level], "x-stadt")[0]
        answers(daemon, note)
        wait_for(lambda: kept(file).escalation("x-stadt").acknowledged_by, 5, "an owner")
        owned = kept(file).escalation("x-stadt")
        wait_for(lambda: _all_out(file), 10, "what was queued before to be out")
        before = [one.words for one in staff.heard() if "x-stadt" in one.words]

        # Another operator fails; when its outage is at the top, the first one's time is over too.
        sim.fault("bluesky", "server_error", account=sim.account)
        staff.hears("leitstelle", "bluesky-stadt")

    climb = kept(file).escalation("x-stadt")
    assert (climb.level, climb.rounds, climb.due_at) == (owned.level, owned.rounds, None)
    told = [one.contact for one in kept(file).tellings if one.escalation == climb.id]
    assert set(told) == {*called[: owned.level + 1]}
    after = [one.words for one in staff.heard() if "x-stadt" in one.words][len(before) :]
    assert [words for words in after if "bernommen" not in words] == []


def _all_out(file: Path) -> bool:
    return {one.state for one in kept(file).tellings} == {"sent"}
