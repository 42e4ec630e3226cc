"""What the tests of this folder share: the simulator with staff's inboxes, and a mail server."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.staff.town import Receivers
from tests.support.mail import Mailbox
from tests.support.simulated import Simulated

NUMBERS = count(1)


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulated]:
    with Simulated() as running:
        yield running


@pytest.fixture
def sim(simulator: Simulated) -> Iterator[Simulated]:
    """The simulator with an account of this test's own on each platform, and without faults."""
    yield simulator.as_another(f"stadt-{next(NUMBERS)}")
    simulator.heal()


@pytest.fixture
def staff(sim: Simulated) -> Iterator[Receivers]:
    """Where staff can be reached: inboxes that record what is posted to them, and real mail."""
    with Mailbox() as mailbox:
        yield Receivers(sim, mailbox)
