"""The daemon dies in the middle of an escalation: it goes on, and repeats at most one telling."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.staff.kept import kept
from tests.staff.town import SOON, Receivers, founded, usual
from tests.support.city import wait_for
from tests.support.simulated import Simulated

TWO = ("x-stadt", "bluesky-stadt")
REPEAT = "[Wiederholung]"
ADDED = "Das kommt zu dem hinzu, was Sie schon wissen."


def test_what_was_told_and_not_written_down_is_told_once_more_and_marked_and_the_climb_goes_on(
    sim: Simulated, staff: Receivers, tmp_path: Path
) -> None:
    file = founded(tmp_path, sim, usual(staff), only=TWO, levels=SOON, repeat_every="1h")

    with staff.served(file, dies_at="notify.sent:2") as daemon:  # the second level took it
        sim.fault("x", "server_error", account=sim.account)
        daemon.wait_dead()
        daemon.start()
        staff.hears("amtsleitung", "x-stadt", times=2)
        staff.hears("leitstelle", "x-stadt")
        wait_for(lambda: kept(file).escalation("x-stadt").level == 2, 10, "the last level")

    subjects = [note.subject for note in staff.heard("amtsleitung")]
    assert [subject.startswith(REPEAT) for subject in subjects] == [False, True]
    assert subjects[1] == f"{REPEAT} {subjects[0]}"
    others = staff.heard("presse", "leitstelle")
    assert [note.by for note in others] == ["presse", "leitstelle"]
    assert not any(REPEAT in note.subject for note in others)
    began = kept(file).escalation("x-stadt").opened_at
    assert others[1].at >= began + timedelta(seconds=3)


def test_a_death_between_two_levels_repeats_nothing(
    sim: Simulated, staff: Receivers, tmp_path: Path
) -> None:
    file = founded(tmp_path, sim, usual(staff), only=TWO, levels=SOON, repeat_every="1h")

    with staff.served(file) as daemon:
        sim.fault("x", "server_error", account=sim.account)
        staff.hears("presse", "x-stadt")
        wait_for(lambda: [one.sent_at for one in kept(file).tellings] != [None], 5, "a report")
        daemon.kill()
        daemon.start()
        staff.hears("leitstelle", "x-stadt")

    called = [note for note in staff.heard() if ADDED not in note.text]  # a further ability fell
    assert sorted(note.by for note in called) == ["amtsleitung", "leitstelle", "presse"]
    assert not any(REPEAT in note.subject for note in staff.heard())
    assert not any(one.repeat for one in kept(file).tellings)
