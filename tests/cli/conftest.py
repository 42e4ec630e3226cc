"""What the tests of the command line share: a house, and the command run in this process."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.house import Ended, House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path).build()


@pytest.fixture
def call(house: House) -> Callable[..., Ended]:
    return house.here
