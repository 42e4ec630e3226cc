"""A full disk, a process that stands still, a clock that jumps: under traffic, on the daemon."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sentinel.app.clock import utc_now
from tests.chaos.run import Run, many, running
from tests.chaos.traffic import Letter
from tests.storage import engines
from tests.support.city import wait_for
from tests.support.history import Step
from tests.support.simulated import Simulated

LIBRARIES = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/faketime/libfaketime.so.1",
)
FROZEN_S = many("SENTINEL_CHAOS_FROZEN_S", 40)
"""Longer than a lease: `publish_within` and half a minute."""

BUSY = 15
"""So many messages go in between two steps of the clock."""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of 16 MiB."""
    folder = tmp_path / "data"
    folder.mkdir()
    mount = [
        shutil.which("mount") or "mount",
        "-t",
        "tmpfs",
        "-o",
        "size=16m",
        "tmpfs",
        str(folder),
    ]
    made = subprocess.run(mount, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"NO SMALL DISK: {made.stderr.strip()} (mounting needs root)")
    try:
        yield folder
    finally:
        subprocess.run([shutil.which("umount") or "umount", "-l", str(folder)], check=False)


@pytest.mark.parametrize("seed", range(2))
def test_a_full_disk(sim: Simulated, small_disk: Path, tmp_path: Path, seed: int) -> None:
    dice = random.Random(f"disk {seed}")  # noqa: S311 - when, not secrets
    with running(tmp_path, sim, nemesis="full disk", seed=seed) as run:
        for _ in range(4):
            time.sleep(dice.uniform(0.5, 2))
            _fill(small_disk)
            run.troubles += 1
            time.sleep(dice.uniform(1, 7))
            (small_disk / "ballast").unlink()
        time.sleep(6)
        _fill(small_disk)
        run.troubles += 1
        refused = _refused(run)
        told = _told_within(run, "nichts mehr speichern", 15)
        (small_disk / "ballast").unlink()

        assert refused
        assert told
        assert _told_within(run, "kann wieder speichern", 20)
        assert run.judged() == []


def _fill(folder: Path) -> None:
    """Write until nothing more fits."""
    ballast = os.open(folder / "ballast", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        for size in (65536, 4096, 1):
            while True:
                try:
                    if os.write(ballast, b"\0" * size) == 0:
                        break
                except OSError:
                    break
    finally:
        os.close(ballast)


def _refused(run: Run) -> bool:
    """Offer until nothing is taken any more: what was taken until then fits somewhere."""
    for number in range(400):
        letter = Letter(f"full {number}", "/api/v1/messages", BODY)
        status = run.team.ask(letter)
        if status is not None and status >= 500:
            run.team.unheard.append(letter)
            return True
    return False


BODY = {"headline": "Platte", "text": "Passt das noch?", "severity": "minor"}


def _told_within(run: Run, words: str, within_s: float) -> bool:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        notes = run.sim.ask("GET", f"/_inbox?name={run.sim.account}")
        if any(words in note["body"]["title"] for note in notes):
            return True
        time.sleep(0.3)
    return False


def test_a_process_that_stands_still_longer_than_a_lease(sim: Simulated, tmp_path: Path) -> None:
    with running(tmp_path, sim, nemesis="frozen process", seed=1) as run:
        _freeze_and_thaw(run, 1)

        assert run.judged() == []


def test_a_process_that_stands_still_on_postgresql(
    sim: Simulated, postgresql: engines.Cluster, tmp_path: Path
) -> None:
    url = postgresql.empty()
    with running(tmp_path, sim, nemesis="frozen process", seed=2, url=url) as run:
        _freeze_and_thaw(run, 2)

        assert run.judged() == []


def _freeze_and_thaw(run: Run, seed: int) -> None:
    dice = random.Random(f"freeze {seed}")  # noqa: S311 - when, not secrets
    for standing_s in (0.5, 4.0, float(FROZEN_S), 1.0):
        time.sleep(dice.uniform(0.5, 2.5))
        assert run.daemon.process is not None
        run.daemon.process.send_signal(signal.SIGSTOP)
        time.sleep(standing_s)
        run.daemon.process.send_signal(signal.SIGCONT)
        run.troubles += 1
    time.sleep(2)


@pytest.fixture
def library() -> str:
    """What lets a test set the clock of one process."""
    found = [name for name in LIBRARIES if Path(name).exists()]
    if not found:
        pytest.skip("NO OTHER CLOCK: libfaketime is not installed (apt-get install faketime)")
    return found[0]


@pytest.mark.timeout(1200)  # threads that wait for each other under libfaketime are slow
@pytest.mark.parametrize("seed", range(1, 5))
def test_a_clock_that_jumps_by_an_hour(
    sim: Simulated, tmp_path: Path, library: str, seed: int
) -> None:
    offset = tmp_path / "offset"
    offset.write_text("+0")
    env = {
        "LD_PRELOAD": library,
        "FAKETIME_CACHE_DURATION": "1",  # to read the file for each look at the clock is slow
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    first = 1 if seed % 2 else -1
    with running(tmp_path, sim, nemesis="clock steps", seed=seed, env=env) as run:
        _accepts(run, BUSY)  # and its other threads are through with loading: see `_accepts`
        for number, hours in enumerate((first, 0, -first, 0), start=1):
            _set_clock(run, offset, hours)
            _noticed(run, number)
            _accepts(run, BUSY)

        assert run.judged() == []


def _accepts(run: Run, more: int) -> None:
    """Wait until so many more messages are accepted: it works, whatever its clock shows.

    libfaketime 0.9.10 shifts also the waits for a lock that go by the clock that nobody sets.
    That is how Python's threads take turns, so two that compute at the same time slow each
    other down a hundredfold. Once what tells staff is loaded, there are no two.
    """
    enough = len(run.team.heard) + more
    wait_for(lambda: len(run.team.heard) >= enough, 240, "messages to be accepted")


def _noticed(run: Run, steps: int) -> None:
    """Wait until the daemon wrote down that its clock was set for so many times."""

    def so() -> bool:
        return sum(entry.kind == "clock.jumped" for entry in run.kept().journal) >= steps

    wait_for(so, 60, "the step to be noticed")


def _set_clock(run: Run, offset: Path, hours: int) -> None:
    fresh = offset.with_suffix(".new")
    fresh.write_text(f"{hours:+}h")
    run.steps.append(Step(since=utc_now(), ahead=timedelta(hours=hours)))
    fresh.replace(offset)
    run.team.ahead = timedelta(hours=hours)
    run.troubles += 1
