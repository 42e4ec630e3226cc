"""PostgreSQL that restarts, crashes, or drops its connections, while traffic runs."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.chaos.run import running
from tests.storage import engines
from tests.support.simulated import Simulated

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_the_server_restarts(
    sim: Simulated, postgresql: engines.Cluster, tmp_path: Path, mode: str
) -> None:
    dice = random.Random(mode)  # noqa: S311 - when, not secrets
    url = postgresql.empty()
    nemesis = f"database restart ({mode})"
    with running(tmp_path, sim, nemesis=nemesis, seed=len(mode), url=url) as run:
        for _ in range(5):
            time.sleep(dice.uniform(1, 4))
            postgresql.restart(mode)
            run.troubles += 1
        time.sleep(2)

        assert run.judged() == []


def test_the_server_drops_every_connection(
    sim: Simulated, postgresql: engines.Cluster, tmp_path: Path
) -> None:
    dice = random.Random("drops")  # noqa: S311 - when, not secrets
    url = postgresql.empty()
    with running(tmp_path, sim, nemesis="dropped connections", seed=4, url=url) as run:
        for _ in range(25):
            time.sleep(dice.uniform(0.1, 1.2))
            postgresql.end_connections()
            run.troubles += 1
        time.sleep(2)

        assert run.judged() == []
