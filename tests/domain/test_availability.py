"""Availability: whatever happens, the parts sum to the period and nothing is counted twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.availability import (
    Change,
    Figures,
    Grain,
    Mark,
    account,
    checked,
    together,
    whole,
)
from sentinel.domain.cause import State

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
GAP = 3 * MINUTE
EVER = timedelta(days=9999)
MS = timedelta(milliseconds=1)

states = st.sampled_from(list(State))
pauses = st.timedeltas(timedelta(), timedelta(hours=5))


@st.composite
def courses(draw: st.DrawFn) -> tuple[Mark, list[Change], datetime]:
    """A mark, what was told after it in order, and until when to account."""
    mark = Mark(state=draw(states), until=whole(NOON + draw(pauses)))
    at, changes = mark.until, []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        at += draw(pauses)
        changes.append(Change(at=at, state=draw(states), number=number))
    return mark, changes, at + draw(pauses)


@given(courses())
def test_the_parts_sum_to_the_time_that_has_passed(
    course: tuple[Mark, list[Change], datetime],
) -> None:
    mark, changes, end = course

    after, hours = account(mark, changes, end, unwatched_after=EVER)

    assert together(hours.values()).total_ms == (whole(end) - mark.until) // MS
    assert after.until == whole(end)
    assert after.state is (changes[-1].state if changes else mark.state)


@given(courses())
def test_no_hour_holds_more_than_an_hour_and_each_begins_on_the_full_one(
    course: tuple[Mark, list[Change], datetime],
) -> None:
    mark, changes, end = course

    _, hours = account(mark, changes, end, unwatched_after=EVER)

    for start, figures in hours.items():
        assert figures.total_ms <= HOUR // MS
        assert start == Grain.HOUR.start(start)


@given(courses(), st.data())
def test_accounting_in_two_rounds_is_the_same_as_in_one(
    course: tuple[Mark, list[Change], datetime], data: st.DataObject
) -> None:
    mark, changes, end = course
    between = mark.until + data.draw(st.timedeltas(timedelta(), end - mark.until))
    early = [change for change in changes if change.at <= between]

    first, one = account(mark, early, between, unwatched_after=EVER)
    last, two = account(first, changes[len(early) :], end, unwatched_after=EVER)
    whole_mark, whole_hours = account(mark, changes, end, unwatched_after=EVER)

    assert last == whole_mark
    both = {hour: one.get(hour, Figures()) + two.get(hour, Figures()) for hour in {**one, **two}}
    assert {h: f for h, f in both.items() if f.total_ms} == {
        h: f for h, f in whole_hours.items() if f.total_ms
    }


@given(courses())
def test_a_round_that_comes_twice_adds_nothing(
    course: tuple[Mark, list[Change], datetime],
) -> None:
    mark, changes, end = course
    after, _ = account(mark, changes, end, unwatched_after=EVER)

    again, hours = account(after, [], end, unwatched_after=EVER)

    assert (again, together(hours.values())) == (after, Figures())


@given(
    st.lists(
        st.builds(
            Figures,
            up_ms=st.integers(0, 10**12),
            degraded_ms=st.integers(0, 10**12),
            down_ms=st.integers(0, 10**12),
            unknown_ms=st.integers(0, 10**12),
            slowest_ms=st.integers(0, 10**6),
        ),
        max_size=5,
    )
)
def test_no_share_is_above_one_and_only_a_perfect_record_is_one(figures: list[Figures]) -> None:
    sum_ = together(figures)

    if sum_.share is None:
        assert sum_.known_ms == 0
    else:
        assert 0 <= sum_.share <= 1
        assert (sum_.share == 1) == (sum_.down_ms == 0)
        assert (sum_.share == 0) == (sum_.up_ms + sum_.degraded_ms == 0)
    assert sum_.known is None or 0 <= sum_.known <= 1
    assert sum_.slowest_ms == max((one.slowest_ms for one in figures), default=0)


def test_one_bad_second_in_ten_years_is_no_perfect_record() -> None:
    figures = Figures(up_ms=10 * 365 * 86_400_000, down_ms=1)

    assert figures.share is not None
    assert figures.share < 1


def test_what_nobody_observed_counts_neither_for_nor_against() -> None:
    figures = Figures(up_ms=600, down_ms=200, unknown_ms=800)

    assert (figures.share, figures.known) == (0.75, 0.5)
    assert Figures(unknown_ms=800).share is None


def test_an_outage_lies_in_the_hours_that_it_was_in() -> None:
    mark = Mark(state=State.UP, until=NOON)
    changes = [
        Change(at=NOON + 50 * MINUTE, state=State.DOWN, number=1),
        Change(at=NOON + 80 * MINUTE, state=State.UP, number=2),
    ]

    after, hours = account(mark, changes, NOON + 2 * HOUR, unwatched_after=EVER)

    assert hours == {
        NOON: Figures(up_ms=50 * 60_000, down_ms=10 * 60_000),
        NOON + HOUR: Figures(up_ms=40 * 60_000, down_ms=20 * 60_000),
    }
    assert after == Mark(state=State.UP, until=NOON + 2 * HOUR, number=2)


def test_a_pause_that_nobody_watched_is_unknown_whatever_stood_before_and_after() -> None:
    mark = Mark(state=State.UP, until=NOON)
    changes = [Change(at=NOON + 9 * MINUTE, state=State.DOWN, number=7)]

    after, hours = account(mark, changes, NOON + 10 * MINUTE, unwatched_after=GAP)

    assert hours == {NOON: Figures(unknown_ms=600_000)}
    assert after == Mark(state=State.DOWN, until=NOON + 10 * MINUTE, number=7)


def test_when_the_clock_was_set_back_nothing_is_counted_twice() -> None:
    mark = Mark(state=State.UP, until=NOON)
    changes = [Change(at=NOON - MINUTE, state=State.DOWN, number=1)]

    after, hours = account(mark, changes, NOON - HOUR, unwatched_after=GAP)

    assert together(hours.values()) == Figures()
    assert after == Mark(state=State.DOWN, until=NOON, number=1)


@pytest.mark.parametrize(("ms", "kept"), [(12.6, 13), (0.2, 0), (-3.0, 0)])
def test_a_check_is_counted_once_with_how_long_it_took(ms: float, kept: int) -> None:
    assert checked(ms, failed=True) == Figures(checks=1, failures=1, took_ms=kept, slowest_ms=kept)
    assert (checked(10, failed=False) + checked(30, failed=False)).mean_ms == 20


def test_periods_begin_on_the_full_hour_and_day_in_utc() -> None:
    at = datetime(2026, 3, 29, 1, 30, 7, 5, tzinfo=UTC)  # clocks change in Berlin, not here

    assert Grain.HOUR.start(at) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert Grain.DAY.start(at) == datetime(2026, 3, 29, tzinfo=UTC)
