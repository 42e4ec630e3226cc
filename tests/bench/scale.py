"""A thousand channels on one node for ten minutes, and then more: is any check late?

`make scale` takes a quarter of an hour: every channel every 10 s (the pace of a
crisis), all probes on, the daemon alone on one core and the platform on another.
`make scale ARGS="--channels 1000 --minutes 2"` is a shorter try; `--write` puts
the table into `docs/performance.md`.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.apart import Apart, Metrics, apart
from tests.bench.checks import rules_of_checks
from tests.bench.platform import served

PAPER = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN = "<!-- scale: begin; written by `make scale ARGS=--write` -->"
END = "<!-- scale: end -->"
EVERY_S = 10
LATE_S = EVERY_S / 10
SETTLE_S = 90  # every probe has run once, and the first seconds of a start are over
LATENESS = "sentinel_check_lateness_seconds"
LADDER = ((1_000, 10.0), (2_000, 2.0), (3_000, 2.0), (5_000, 2.0))
"""How many channels, and for how many minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What so many channels came to."""

    channels: int
    minutes: float
    checks: float
    per_s: float
    cpu: float
    late: float  # more than a tenth of the interval after their moment
    within_s: float  # all checks began so soon after their moment: a bound of the histogram
    quick: float  # share that began within 50 ms
    overran: int  # runs left out, because the one before was still going
    memory_mib: tuple[float, ...]  # at the beginning, and at the end of each minute
    wrong: float  # checks with a bad finding: there should be none

    def row(self) -> str:
        """Return it as a line of the table."""
        first, last = self.memory_mib[0], self.memory_mib[-1]
        within = f"{self.within_s:g} s" if self.within_s < float("inf") else "later"
        return (
            f"| {self.channels:,} | {self.minutes:g} min | {self.checks:,.0f} | {self.per_s:.0f} "
            f"| {self.cpu:.0%} | {self.late:.0f} | {within} | {self.quick:.1%} | {self.overran} "
            f"| {first:.0f} → {last:.0f} MiB |"
        )


COLUMNS = (
    "channels",
    "for",
    "checks",
    "a second",
    "of one core",
    "late by > 1 s",
    "all within",
    "≤ 50 ms",
    "left out",
    "memory",
)
HEAD = ("| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS))


async def main(words: list[str]) -> None:
    """Climb the ladder, or one step of it."""
    parser = argparse.ArgumentParser(prog="make scale")
    parser.add_argument("--channels", type=int)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    said = parser.parse_args(words)
    ladder = ((said.channels, said.minutes),) if said.channels else LADDER
    load = os.getloadavg()[0]
    steps = []
    print(*HEAD, sep="\n", flush=True)
    async with served() as url:
        for channels, minutes in ladder:
            try:
                steps.append(await _step(url, channels, minutes))
            except TimeoutError:
                print(f"{channels:,} channels: too many to answer for its own metrics in 20 s")
                break
            print(steps[-1].row(), f"  bad: {steps[-1].wrong:.0f}", flush=True)
    if said.write:
        _write(steps, load)


async def _step(url: str, channels: int, minutes: float) -> Step:
    with apart(rules_of_checks(url, channels, f"{EVERY_S}s", all_probes=True)) as daemon:
        await asyncio.sleep(SETTLE_S)
        before, began, used = daemon.metrics(), time.perf_counter(), daemon.cpu_s()
        overran, memory = _overran(daemon), [daemon.resident_mib()]
        end = began + minutes * 60
        while (left := end - time.perf_counter()) > 0:
            await asyncio.sleep(min(left, 60))
            memory.append(daemon.resident_mib())
        took, cpu, after = time.perf_counter() - began, daemon.cpu_s() - used, daemon.metrics()
        below = _below(before, after)
        total = below[float("inf")]
        return Step(
            channels=channels,
            minutes=minutes,
            checks=total,
            per_s=total / took,
            cpu=cpu / took,
            late=total - below[LATE_S],
            within_s=min(bound for bound, count in below.items() if count == total),
            quick=below[0.05] / total,
            overran=_overran(daemon) - overran,
            memory_mib=tuple(memory),
            wrong=_wrong(after) - _wrong(before),
        )


def _below(before: Metrics, after: Metrics) -> dict[float, float]:
    earlier = before.below(LATENESS)
    return {bound: count - earlier.get(bound, 0) for bound, count in after.below(LATENESS).items()}


def _wrong(metrics: Metrics) -> float:
    checks = "sentinel_checks_total"
    return metrics.total(checks, result="bad") + metrics.total(checks, result="crashed")


def _overran(daemon: Apart) -> int:
    return daemon.log.read_text().count("job.overran")


def _write(steps: Sequence[Step], load: float) -> None:
    head, _, rest = PAPER.read_text(encoding="utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    rows = [step.row() for step in steps]
    last = f"Load of the machine: {load:.1f} before, {os.getloadavg()[0]:.1f} after."
    body = "\n".join([BEGIN, "", *HEAD, *rows, "", last, "", END])
    PAPER.write_text(f"{head}{body}{tail}", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
