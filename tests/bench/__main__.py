"""Measures the daemon beside bare baselines, in one run on one machine.

Every figure is a ratio, or a time beside the time of a bare loop that does the
same on the same engine and client. Nothing is asserted: a slow machine is no
failure. Run it with `make bench`; `make bench ARGS=deliver` measures one thing,
`make bench ARGS=--plots` draws `docs/plots` anew as well.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from tests.bench import accept, checks, deliver, failover, growth, pages, plots
from tests.bench.city import Said

PLOTS = Path(__file__).parents[2] / "docs" / "plots"
MEASURES: Mapping[str, Callable[[], Awaitable[Said]]] = {
    "failover": failover.measure,
    "accept": accept.measure,
    "deliver": deliver.measure,
    "growth": growth.measure,
    "pages": pages.measure,
    "checks": checks.measure,
}


async def main(words: list[str]) -> None:
    """Run the measures that are named, or all, and print what they say."""
    named = [word for word in words if word in MEASURES] or list(MEASURES)
    busy = os.getloadavg()[0]
    print(
        f"Python {sys.version.split()[0]} · SQLite, WAL, synchronous=FULL · "
        f"{os.cpu_count()} cores, load {busy:.1f} before the start\n"
    )
    said = []
    for name in named:
        began = time.monotonic()
        said.append(await MEASURES[name]())
        print(said[-1], f"\n  ({time.monotonic() - began:.0f} s)\n", flush=True)
    if "--plots" in words:
        plots.draw(PLOTS, said)


asyncio.run(main(sys.argv[1:]))
