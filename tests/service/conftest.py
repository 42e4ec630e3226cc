"""What the tests of the services share."""

from collections.abc import AsyncIterator

import pytest

from sentinel.simulator.server import Simulator
from tests.support.house import simulator


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with simulator() as running:
        yield running
