"""What the tests of this folder share: the simulator, and a real PDS."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.storage import engines
from tests.support.pds import Pds
from tests.support.simulated import Simulated

NUMBERS = count(1)


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulated]:
    with Simulated() as running:
        yield running


@pytest.fixture
def sim(simulator: Simulated) -> Simulated:
    """The simulator with an account of this test's own on each platform."""
    return simulator.as_another(f"stadt-{next(NUMBERS)}")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[engines.Cluster]:
    with engines.cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def pds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pds]:
    with Pds(tmp_path_factory.mktemp("pds")) as running:
        yield running
