"""How long until staff know: many outages at random moments, ours beside a usual monitor's.

Both watch the same platforms and meet the same faults at the same moments, on real
sockets. `make detection` takes a quarter of an hour; `ARGS=--alone` leaves the other
monitor out (six minutes), `ARGS=--write` writes what came of it into
`docs/detection.md` and draws `docs/plots/detection.svg`; `ARGS="--each 20 --window 60"`
is a short try, and `--seed 7` another throw of the dice.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.detection import ours, paper, peers
from tests.detection.town import Town, cast, clock, served

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "build" / "detection.json"
WARM_S = 90.0  # until everybody has seen every platform well: more than a scrape of a minute
PATIENCE_S = 60.0  # after the last fault, for ours
SEED = 2023_07_05


def main(words: list[str]) -> None:
    """Measure, print the table, and write it down if that is wanted."""
    said = _said(words)
    if said.redraw:
        run = json.loads(KEPT.read_text())
    else:
        run = asyncio.run(_measure(said))
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps(run))
    print("\n".join(paper.table(run)))
    if said.write or said.redraw:
        paper.write(ROOT / "docs", run)


async def _measure(said: argparse.Namespace) -> dict[str, object]:
    faults = cast(said.each, said.window, said.seed)
    missing = peers.missing()
    beside = not said.alone and not missing
    if missing and not said.alone:
        print(f"NO OTHER MONITOR: install {', '.join(missing)}; ours is measured alone\n")
    load = os.getloadavg()[0]
    with TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            town = await stack.enter_async_context(served(Path(folder)))
            watch = stack.enter_context(ours.watching(Path(folder), town, faults))
            monitor = None
            if beside:
                monitor = await stack.enter_async_context(
                    peers.watching(Path(folder), [town.page(one.account) for one in faults])
                )
            _say(f"{len(faults)} platforms are watched; the first fault comes in {WARM_S:.0f} s")
            began = clock() + WARM_S
            happened = await _play(town, faults, began)
            _say("the last fault is set; waiting until all are noticed")
            await ours.until_told(town, happened, PATIENCE_S)
            seen = ours.gather(watch, await town.inbox(), happened)
            others = await monitor.gather(happened) if monitor is not None else {}
    return {
        "each": said.each,
        "window_s": said.window,
        "seed": said.seed,
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        "seconds": {"ours": seen, **others},
    }


async def _play(town: Town, faults: list[paper.Fault], began: float) -> dict[str, float]:
    """Set each fault at its moment; return when each was set, by its account."""
    happened = {}
    for fault in faults:
        await asyncio.sleep(max(began + fault.after_s - clock(), 0))
        happened[fault.account] = clock()
        await town.strike(fault)
    return happened


def _said(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make detection")
    parser.add_argument("--each", type=int, default=200, help="outages of each kind")
    parser.add_argument("--window", type=float, default=240.0, help="seconds they are spread over")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--alone", action="store_true", help="without the other monitor")
    parser.add_argument("--write", action="store_true", help="write docs/detection.md")
    parser.add_argument("--redraw", action="store_true", help="write the last run down again")
    return parser.parse_args(words)


def _say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


main(sys.argv[1:])
