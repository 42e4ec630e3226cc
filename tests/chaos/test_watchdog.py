"""The supervisor hears that the real process works; not while it hangs, but while a disk is full.

A full disk is nothing that a new process would mend.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.city import Daemon, free_port, rules, wait_for, write
from tests.support.disk import fill, small_disk
from tests.support.receiver import Receiver

EVERY_S = 0.5  # half of what WATCHDOG_USEC says
HANGS_AFTER_S = 30.0

pytestmark = pytest.mark.timeout(180)


class Supervisor:
    """Listens where systemd would, in a thread of its own."""

    def __init__(self, address: Path) -> None:
        self.address = str(address)
        self._alive: list[float] = []
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._line.bind(self.address)
        threading.Thread(target=self._listen, daemon=True).start()

    def since(self, moment: float) -> list[float]:
        """Return the signs of life after a moment, in seconds from it."""
        return [at - moment for at in tuple(self._alive) if at > moment]

    def _listen(self) -> None:
        while True:
            if self._line.recv(100) == b"WATCHDOG=1":
                self._alive.append(time.monotonic())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def watched(receiver: Receiver, folder: Path, faults: str = "") -> tuple[Daemon, Supervisor]:
    document = rules(
        receiver.url,
        "smtp://127.0.0.1:9",
        listen=f"127.0.0.1:{free_port()}",
        routes=[{"name": "alles", "match": {}, "always": ["warnseite"]}],
        only=("warnseite",),
    )
    supervisor = Supervisor(folder / "notify")
    env = {"NOTIFY_SOCKET": supervisor.address, "WATCHDOG_USEC": "1000000"}
    return Daemon(write(folder, document), env, dies_at=faults), supervisor


@pytest.mark.parametrize(
    ("place", "within_s"),
    [("vitals.look", EVERY_S), ("dispatch.round", HANGS_AFTER_S)],
    ids=["the event loop blocks", "the dispatcher hangs"],
)
def test_it_hears_nothing_any_more_when(
    receiver: Receiver, tmp_path: Path, place: str, within_s: float
) -> None:
    now = tmp_path / "now"
    daemon, supervisor = watched(receiver, tmp_path, f"{place}@{now}")
    with daemon:
        began = time.monotonic()
        wait_for(lambda: len(supervisor.since(began)) >= 3, 20, "three signs")

        now.touch()
        fault = time.monotonic()
        time.sleep(within_s + 6)
        late = [at for at in supervisor.since(fault) if at > within_s + 2]
        now.unlink()
        mended = time.monotonic()
        wait_for(lambda: len(supervisor.since(mended)) >= 2, 20, "two more signs")

    assert late == []


def test_it_hears_signs_while_the_disk_is_full(receiver: Receiver, tmp_path: Path) -> None:
    with small_disk(tmp_path / "data") as disk:
        daemon, supervisor = watched(receiver, tmp_path)
        with daemon:
            fill(disk)
            fault = time.monotonic()

            wait_for(lambda: len(supervisor.since(fault)) >= 10, 20, "ten signs")
            (disk / "ballast").unlink()
