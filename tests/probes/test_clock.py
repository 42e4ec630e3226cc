"""Our own clock, by what the controls' Date headers say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from probes import clock

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def test_without_a_date_nothing_is_known() -> None:
    assert clock.offset((), ()) is None


def test_a_clock_that_is_ahead_is_told_so() -> None:
    seen = NOON + timedelta(seconds=90.5)

    assert clock.offset((NOON,), (seen,)) == timedelta(seconds=90)


def test_one_control_with_a_wrong_clock_says_nothing() -> None:
    seen = NOON + timedelta(seconds=0.5)
    dates = (NOON, NOON - timedelta(days=3), NOON)

    assert clock.offset(dates, (seen, seen, seen)) == timedelta(0)


@given(st.floats(-3600, 3600), st.lists(st.floats(0, 0.999), min_size=1, max_size=5))
def test_the_offset_is_good_to_a_second(ahead: float, cut: list[float]) -> None:
    """Headers are cut to whole seconds, whatever the fraction was."""
    seen = [NOON + timedelta(seconds=fraction + ahead) for fraction in cut]

    found = clock.offset([NOON] * len(cut), seen)

    assert found is not None
    assert abs(found.total_seconds() - ahead) <= 0.51
