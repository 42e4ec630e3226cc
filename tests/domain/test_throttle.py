"""How often something may be tried: some at once, then at a pace, and never less than that."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.throttle import Bucket, Pace, given_back, tried, wait_for

PACE = Pace(tries=3, every=timedelta(seconds=30))
START = datetime(2030, 1, 1, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_three_are_free_and_the_fourth_waits_for_the_pace() -> None:
    bucket: Bucket | None = None
    waits = []
    for _ in range(4):
        waits.append(wait_for(bucket, PACE, START))
        bucket = tried(bucket, PACE, START)

    assert waits == [timedelta(0), timedelta(0), timedelta(0), timedelta(seconds=30)]


def test_a_good_try_is_given_back() -> None:
    bucket = None
    for _ in range(3):
        bucket = tried(bucket, PACE, START)

    assert wait_for(bucket, PACE, START) == timedelta(seconds=30)
    assert bucket is not None
    assert wait_for(given_back(bucket), PACE, START) == timedelta(0)


@given(st.lists(st.floats(min_value=0, max_value=100), max_size=60))
def test_no_span_ever_holds_more_than_the_free_ones_and_the_pace(gaps: list[float]) -> None:
    bucket: Bucket | None = None
    now, allowed = 0.0, []
    for gap in gaps:
        now += gap
        if not wait_for(bucket, PACE, after(now)):
            bucket = tried(bucket, PACE, after(now))
            allowed.append(now)

    for i, first in enumerate(allowed):
        for j, last in enumerate(allowed[i:], start=1):
            assert j <= 3 + (last - first) / 30 + 0.001


@given(st.integers(min_value=0, max_value=50), st.floats(min_value=-1e6, max_value=1e6))
def test_whoever_waits_as_long_as_told_may_try(tries: int, set_by: float) -> None:
    """Also when the clock is set meanwhile: the wait never grows by that."""
    bucket: Bucket | None = None
    for _ in range(tries):
        bucket = tried(bucket, PACE, START)

    wait = wait_for(bucket, PACE, START)

    assert wait_for(bucket, PACE, START + wait + timedelta(milliseconds=1)) == timedelta(0)
    assert wait_for(bucket, PACE, after(set_by)) <= wait
