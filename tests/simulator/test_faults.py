"""The board: how long a fault acts, whom it hits, and how many of the requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.simulator.faults import Board, Target, duration
from sentinel.simulator.kinds import ANY_ROLE, HITS, OPTIONS, Kind

X = Target(name="x", operator="x", kinds=frozenset({Kind.SLOW, Kind.FLAPPING, Kind.HTML_ERROR}))
THREADS = Target(name="threads", operator="meta", kinds=frozenset({Kind.SLOW}))
FACEBOOK = Target(name="facebook", operator="meta", kinds=frozenset({Kind.HTML_ERROR}))
ALL = frozenset(Kind)


@pytest.fixture
def board(clock: Any) -> Board:
    return Board(lambda: (X, THREADS, FACEBOOK), clock)


def hits(board: Board, times: int, target: Target = X) -> list[bool]:
    return [bool(board.draw(target, "stadt", ALL)) for _ in range(times)]


def test_a_fault_without_an_end_acts_until_it_is_cleared(board: Board, clock: Any) -> None:
    board.put("x", "slow")
    clock.pass_by(days=30)

    before = hits(board, 1)
    cleared = board.clear(kind="slow")

    assert (before, cleared, hits(board, 1)) == ([True], 1, [False])


def test_a_fault_with_an_end_is_over_then(board: Board, clock: Any) -> None:
    board.put("x", "slow", lasts=timedelta(seconds=30))
    clock.pass_by(seconds=29)
    before = hits(board, 1)
    clock.pass_by(seconds=1)

    assert (before, hits(board, 1), board.listed()) == ([True], [False], ())


def test_the_same_fault_again_replaces_the_first(board: Board) -> None:
    board.put("x", "slow", options={"seconds": 1})
    board.put("x", "slow", options={"seconds": 2})

    (fault,) = board.listed()

    assert fault.option("seconds") == 2


def test_a_family_is_hit_where_the_kind_applies(board: Board) -> None:
    board.put("meta", "slow")

    assert (hits(board, 1, THREADS), hits(board, 1, FACEBOOK), hits(board, 1, X)) == (
        [True],
        [False],
        [False],
    )


def test_half_of_the_requests_is_every_second_one(board: Board) -> None:
    board.put("x", "slow", share=0.5)

    assert hits(board, 4) == [False, True, False, True]


def test_a_share_of_nothing_hits_nothing(board: Board) -> None:
    board.put("x", "slow", share=0)

    assert hits(board, 3) == [False, False, False]


@given(share=st.floats(0, 1), times=st.integers(1, 40))
def test_of_n_requests_a_share_hits_as_many_as_it_says(share: float, times: int) -> None:
    board = Board(lambda: (X,), lambda: datetime(2026, 11, 20, tzinfo=UTC))
    board.put("x", "slow", share=share)

    assert sum(hits(board, times)) == int(share * times)


def test_flapping_begins_badly_and_turns_every_three_seconds(board: Board, clock: Any) -> None:
    board.put("x", "flapping")

    seen = []
    for _ in range(7):
        seen.append(bool(hits(board, 1)[0]))
        clock.pass_by(seconds=1)

    assert seen == [True, True, True, False, False, False, True]


def test_a_reset_stays_where_it_is_until_it_has_passed(board: Board, clock: Any) -> None:
    board = Board(
        lambda: (Target(name="x", operator="x", kinds=frozenset({Kind.RATE_LIMITED})),), clock
    )
    fault = board.put("x", "rate_limited", options={"seconds": 60})

    first = fault.resets_at(clock())
    clock.pass_by(seconds=59)
    still = fault.resets_at(clock())
    clock.pass_by(seconds=1)

    assert first == still == fault.since + timedelta(seconds=60)
    assert fault.resets_at(clock()) == fault.since + timedelta(seconds=120)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("30s", 30), ("5m", 300), ("24h", 86400), ("7d", 604800)],
)
def test_durations_are_written_as_in_the_rules(text: str, seconds: float) -> None:
    assert duration(text) == timedelta(seconds=seconds)


def test_every_kind_hits_some_role_and_options_belong_to_kinds() -> None:
    assert set(HITS) == set(Kind)
    assert all(roles and roles <= ANY_ROLE for roles in HITS.values())
    assert set(OPTIONS) <= set(Kind)
