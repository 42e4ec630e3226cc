"""A daemon in a process of its own, on a processor core of its own, and what it takes of both."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.city import Daemon, wait_for, write

START_S = 300
_TICKS = os.sysconf("SC_CLK_TCK")
_LINE = re.compile(r"^(?P<name>\w+)(?:\{(?P<labels>[^}]*)\})? (?P<value>\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Sample:
    """One number of `/metrics`."""

    name: str
    labels: Mapping[str, str]
    value: float


class Metrics:
    """What `/metrics` said at one moment."""

    def __init__(self, text: str) -> None:
        self._samples = [
            Sample(one["name"], dict(_LABEL.findall(one["labels"] or "")), float(one["value"]))
            for one in _LINE.finditer(text)
        ]

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of all samples of a name that have these labels."""
        return sum(
            sample.value
            for sample in self._samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def below(self, name: str) -> dict[float, float]:
        """Return how many observations of a histogram were at most so high, over all labels."""
        found: dict[float, float] = {}
        for sample in self._samples:
            if sample.name == f"{name}_bucket":
                bound = float(sample.labels["le"])
                found[bound] = found.get(bound, 0) + sample.value
        return found


class Apart(Daemon):
    """A real daemon that may use one core only."""

    core = 0

    @property
    def pid(self) -> int:
        """Its process."""
        assert self.process is not None
        return self.process.pid

    def launch(self, env: Mapping[str, str]) -> Any:
        process = super().launch(env)
        os.sched_setaffinity(process.pid, {self.core})  # its threads, all later, inherit it
        return process

    def start(self, *, ready: bool = True, **env: str) -> None:
        """Start it, and wait longer: rules of thousands of channels take their time to be read."""
        super().start(ready=False, **env)
        if ready:
            wait_for(self.ready, START_S, "the daemon to be ready")

    def stop(self) -> None:
        """Stop it, by force if it has too much to do to hear of it."""
        try:
            super().stop()
        except subprocess.TimeoutExpired:
            self.kill()

    def metrics(self) -> Metrics:
        """Return what it counts."""
        return Metrics(self.get("/metrics")[1])

    def cpu_s(self) -> float:
        """Return the processor seconds that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_mib(self) -> float:
        """Return the memory that it holds."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else 0.0


@contextmanager
def apart(document: dict[str, Any]) -> Iterator[Apart]:
    """Run a daemon on the first core while open; this process and all others keep to the rest."""
    rest = os.sched_getaffinity(0)
    others = rest - {Apart.core} or rest
    os.sched_setaffinity(0, others)
    try:
        with TemporaryDirectory() as folder, Apart(write(Path(folder), document)) as daemon:
            yield daemon
    finally:
        os.sched_setaffinity(0, rest)
