"""`kill -9` at random moments, over and over, with a busy team and bad weather."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.chaos.run import Run, many, running
from tests.storage import engines
from tests.support.simulated import Simulated

KILLS = many("SENTINEL_CHAOS_KILLS", 300)
A_BATCH = 50
BATCHES = range(max(1, KILLS // A_BATCH))

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("seed", BATCHES)
def test_on_sqlite(sim: Simulated, tmp_path: Path, seed: int) -> None:
    with running(tmp_path, sim, nemesis="random kills", seed=seed) as run:
        _kill_again_and_again(run, seed)

        assert run.judged() == []


@pytest.mark.parametrize("seed", BATCHES)
def test_on_postgresql(
    sim: Simulated, postgresql: engines.Cluster, tmp_path: Path, seed: int
) -> None:
    with running(tmp_path, sim, nemesis="random kills", seed=seed, url=postgresql.empty()) as run:
        _kill_again_and_again(run, seed)

        assert run.judged() == []


def _kill_again_and_again(run: Run, seed: int) -> None:
    dice = random.Random(f"kills {seed}")  # noqa: S311 - which moments, not secrets
    for _ in range(min(KILLS, A_BATCH)):
        time.sleep(dice.uniform(0.05, 1.5))
        run.die()
        run.rise(ready=dice.random() < 0.75)  # now and then it dies while it starts
    if not run.daemon.ready():
        run.die()
        run.rise()
