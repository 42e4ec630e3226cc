"""Planning and delivery together, in a town where anything may happen: the promises hold.

The services, the planner and the storage are the real ones; platforms, clocks
and people are a model. `make test` always draws the same few stories. `make
soak` draws others for as long as it is told to, and prints the number of the
dice, which brings the same stories back (`SENTINEL_SOAK_SEED`).
"""

import os
import secrets
import time

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.stateful import run_state_machine_as_test

from tests.model.counts import COUNTS, told
from tests.model.machine import Anything

MINUTES = float(os.environ.get("SENTINEL_SOAK_MINUTES", "0"))
BROKEN = os.environ.get("SENTINEL_SOAK_KEEP")  # a folder for broken stories; they are tried first
SHRINKING_S = 600.0  # how long it may take to make a broken story short

FEW = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
MANY = settings(
    FEW,
    max_examples=25,
    stateful_step_count=50,
    derandomize=False,
    database=DirectoryBasedExampleDatabase(BROKEN) if BROKEN else None,
    print_blob=True,
)


@pytest.mark.skipif(MINUTES > 0, reason="the soak draws stories of its own")
@pytest.mark.timeout(SHRINKING_S)
def test_whatever_befalls_a_town_every_promise_is_kept() -> None:
    run_state_machine_as_test(Anything, settings=FEW)


@pytest.mark.skipif(MINUTES == 0, reason="only `make soak` takes the time")
@pytest.mark.timeout(MINUTES * 60 + SHRINKING_S)
def test_however_long_one_searches_no_promise_is_broken() -> None:
    dice = int(os.environ.get("SENTINEL_SOAK_SEED", secrets.randbelow(10**9)))
    COUNTS.clear()
    over = time.monotonic() + MINUTES * 60

    while time.monotonic() < over:
        print(f"dice {dice}: {COUNTS['stories']} stories so far", flush=True)
        _draw(dice)
        dice += 1

    print(f"{told()}; no promise broken", flush=True)


def _draw(dice: int) -> None:
    @seed(dice)
    class Drawn(Anything):
        """The same town by other dice."""

    run_state_machine_as_test(Drawn, settings=MANY)
