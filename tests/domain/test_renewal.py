"""When a credential is renewed by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.renewal import TRY_AGAIN, renewal_due

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MONTH = timedelta(days=30)


def test_it_is_renewed_once_its_end_is_as_near_as_the_platform_says() -> None:
    assert not renewal_due(MONTH, NOON + timedelta(days=31), None, NOON)
    assert renewal_due(MONTH, NOON + timedelta(days=30), None, NOON)
    assert renewal_due(MONTH, NOON - timedelta(days=1), None, NOON)


def test_one_whose_end_nobody_knows_is_renewed_and_then_it_is_known() -> None:
    assert renewal_due(MONTH, None, None, NOON)


def test_where_the_platform_wants_none_none_happens() -> None:
    assert not renewal_due(None, NOON, None, NOON)


@given(minutes=st.integers(0, 24 * 60))
def test_after_a_failure_it_waits_its_time_and_then_tries_again(minutes: int) -> None:
    at = NOON + timedelta(minutes=minutes)

    due = renewal_due(MONTH, NOON, NOON, at)

    assert due == (at >= NOON + TRY_AGAIN)


def test_a_clock_that_was_set_back_does_not_keep_it_from_trying() -> None:
    assert renewal_due(MONTH, NOON, NOON + timedelta(days=3), NOON)
