"""The dead man's switch: the sign of life stops within two periods of a fault in the real process.

The fault is put into the running daemon from outside, and taken away again: then
the signs go on. Who receives them is another process's thread with a clock of its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.city import Daemon, free_port, rules, wait_for, write
from tests.support.disk import empty, fill, small_disk
from tests.support.receiver import Receiver

EVERY_S = 3.0
AFTER = 3  # periods in which it must stay silent

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@contextmanager
def beating(receiver: Receiver, folder: Path, faults: str = "") -> Iterator[Daemon]:
    """A daemon whose heart beats every three seconds."""
    document = rules(
        receiver.url,
        "smtp://127.0.0.1:9",
        listen=f"127.0.0.1:{free_port()}",
        routes=[{"name": "alles", "match": {}, "always": ["warnseite"]}],
        only=("warnseite",),
    )
    document["staff"]["heartbeat"] = {"url": f"{receiver.url}/beat", "every": "3s"}
    daemon = Daemon(write(folder, document), dies_at=faults)
    with daemon:
        yield daemon


def beats(receiver: Receiver) -> list[float]:
    return [call.at for call in receiver.on("/beat")]


def stops(receiver: Receiver, fault: float) -> None:
    """Wait, and see that no sign came later than two periods after the fault."""
    last = fault + (2 + AFTER) * EVERY_S
    time.sleep(last - time.monotonic())
    late = [round(at - fault, 1) for at in beats(receiver) if at > fault + 2 * EVERY_S]
    print(f"beats after the fault, in seconds: {[round(a - fault, 1) for a in beats(receiver)]}")
    assert late == []


def goes_on(receiver: Receiver) -> None:
    many = len(beats(receiver))
    wait_for(lambda: len(beats(receiver)) >= many + 2, 30, "two more beats")


@pytest.mark.parametrize(
    "place",
    ["vitals.look", "dispatch.round"],
    ids=["the event loop blocks", "the dispatcher hangs"],
)
def test_stops_within_two_periods_when(receiver: Receiver, tmp_path: Path, place: str) -> None:
    now = tmp_path / "now"
    with beating(receiver, tmp_path, f"{place}@{now}"):
        wait_for(lambda: len(beats(receiver)) >= 3, 30, "three beats")

        now.touch()
        stops(receiver, time.monotonic())

        now.unlink()
        goes_on(receiver)


def test_stops_within_two_periods_when_the_disk_is_full(receiver: Receiver, tmp_path: Path) -> None:
    with small_disk(tmp_path / "data") as disk, beating(receiver, tmp_path):
        wait_for(lambda: len(beats(receiver)) >= 3, 30, "three beats")

        fill(disk)
        stops(receiver, time.monotonic())

        empty(disk)
        goes_on(receiver)


def test_stops_when_the_process_is_killed_and_goes_on_when_it_is_back(
    receiver: Receiver, tmp_path: Path
) -> None:
    with beating(receiver, tmp_path) as daemon:
        wait_for(lambda: len(beats(receiver)) >= 3, 30, "three beats")

        daemon.kill()
        killed = time.monotonic()
        assert [at for at in beats(receiver) if at > killed + EVERY_S] == []

        daemon.start()
        goes_on(receiver)
