"""What the tests of this folder share: the simulator, and a real PDS."""

from collections.abc import Iterator

import pytest

from tests.support.pds import Pds
from tests.support.simulated import Simulated


@pytest.fixture
def sim() -> Iterator[Simulated]:
    with Simulated() as running:
        yield running


@pytest.fixture(scope="session")
def pds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pds]:
    with Pds(tmp_path_factory.mktemp("pds")) as running:
        yield running
