"""Posts are begun no faster than the platform's windows allow, and never all of them stopped."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.pacing import Pace, pace
from sentinel.domain.quota import Room, Source

NOON = datetime(2026, 7, 5, 12, 0, tzinfo=UTC)
LANES = 8


def left(remaining: float, reserve: float = 0, *, ends: bool = True, limit: float = 300) -> Room:
    return Room(
        limit=limit,
        remaining=remaining,
        reserve=reserve,
        resets_at=NOON if ends else None,
        source=Source.HEADERS,
    )


rooms = st.lists(
    st.builds(
        left,
        remaining=st.floats(0, 50),
        reserve=st.floats(0, 20),
        ends=st.booleans(),
        limit=st.floats(0, 300),
    ),
    max_size=4,
)


def test_where_nobody_limits_it_all_lanes_are_used() -> None:
    assert pace([], under_way=3, lanes=LANES) == Pace(grave=5, routine=5)


def test_a_burst_stops_at_what_the_tightest_window_has_left() -> None:
    windows = [left(100), left(3), left(40)]

    assert pace(windows, under_way=0, lanes=LANES) == Pace(grave=3, routine=3)
    assert pace(windows, under_way=2, lanes=LANES) == Pace(grave=1, routine=1)
    assert pace(windows, under_way=3, lanes=LANES) == Pace(grave=0, routine=0)


def test_routine_messages_keep_off_the_reserve() -> None:
    assert pace([left(6, reserve=4)], under_way=0, lanes=LANES) == Pace(grave=6, routine=2)
    assert pace([left(4, reserve=4)], under_way=0, lanes=LANES) == Pace(grave=4, routine=0)


def test_a_grave_message_gets_one_try_at_a_time_although_nothing_is_left() -> None:
    assert pace([left(0)], under_way=0, lanes=LANES) == Pace(grave=1, routine=0)
    assert pace([left(0)], under_way=1, lanes=LANES) == Pace(grave=0, routine=0)


def test_where_no_end_is_known_a_try_shows_whether_it_is_over() -> None:
    assert pace([left(0, ends=False)], under_way=0, lanes=LANES) == Pace(grave=1, routine=1)
    assert pace([left(0, ends=False)], under_way=1, lanes=LANES) == Pace(grave=0, routine=0)


def test_a_city_that_allows_itself_nothing_posts_nothing_routine() -> None:
    assert pace([left(0, ends=False, limit=0)], under_way=0, lanes=LANES).routine == 0


@given(rooms, st.integers(0, LANES), st.integers(1, LANES))
def test_no_more_are_under_way_than_any_window_has_left(
    windows: list[Room], under_way: int, lanes: int
) -> None:
    allowed = pace(windows, under_way=under_way, lanes=lanes)

    for window in windows:
        alone = under_way == 0 and allowed.grave == 1
        assert alone or allowed.grave == 0 or under_way + allowed.grave <= window.remaining
        trial = under_way == 0 and allowed.routine == 1 and window.remaining < 1
        others = any(one.remaining < 1 and one.resets_at is None for one in windows)
        assert (
            trial
            or allowed.routine == 0
            or under_way + allowed.routine <= window.remaining - window.reserve
            or (under_way == 0 and allowed.routine == 1 and others)
        )


@given(rooms, st.integers(0, LANES), st.integers(1, LANES))
def test_it_is_never_negative_never_beyond_the_lanes_and_the_grave_come_first(
    windows: list[Room], under_way: int, lanes: int
) -> None:
    allowed = pace(windows, under_way=under_way, lanes=lanes)

    assert 0 <= allowed.routine <= allowed.grave
    assert allowed.grave <= max(lanes - under_way, 0)


@given(rooms, st.integers(1, LANES))
def test_a_grave_message_never_waits_for_a_window_alone(windows: list[Room], lanes: int) -> None:
    assert pace(windows, under_way=0, lanes=lanes).grave >= 1


@given(rooms, st.integers(0, LANES), st.floats(0, 20))
def test_less_left_never_means_more_posts(
    windows: list[Room], under_way: int, remaining: float
) -> None:
    before = pace(windows, under_way=under_way, lanes=LANES)
    after = pace([*windows, left(remaining)], under_way=under_way, lanes=LANES)

    assert after.grave <= before.grave
    assert after.routine <= before.routine
