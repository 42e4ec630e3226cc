"""What stands when the daemon has started is not gone through again; no garbage stays for it."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from sentinel.app.collector import set_aside


class Ring:
    """Holds itself, so that only the collector frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """The collector belongs to the process, and so to all tests."""
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()


def test_what_stands_is_not_gone_through_again() -> None:
    standing = [Ring() for _ in range(1000)]

    set_aside()

    looked_at = {id(one) for one in gc.get_objects()}
    assert looked_at.isdisjoint(id(one) for one in standing)


def test_what_is_garbage_already_is_freed_and_not_set_aside() -> None:
    gone = weakref.ref(Ring())

    set_aside()

    assert gone() is None


def test_garbage_that_comes_later_is_still_found() -> None:
    set_aside()
    gone = weakref.ref(Ring())

    gc.collect()

    assert gone() is None


def test_what_was_set_aside_and_is_garbage_since_is_freed_the_next_time() -> None:
    ring = Ring()
    set_aside()
    gone = weakref.ref(ring)
    del ring

    gc.collect()
    kept = gone() is not None
    set_aside()

    assert kept
    assert gone() is None
