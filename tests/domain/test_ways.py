"""Which address is tried next: whoever works is found at once, and the first is come back to."""

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.ways import Way, choose, cut_off, failed, well

MAIL = Way()
PHONE = Way()
MODEM = Way(offline=True)


def test_the_first_of_the_list_is_tried_first() -> None:
    assert choose([MAIL, PHONE], 1000.0) == 0


def test_the_next_one_is_tried_at_once_when_the_first_fails() -> None:
    assert choose([failed(MAIL, 1000.0), PHONE], 1000.0) == 1


def test_the_second_is_used_until_the_first_has_rested_a_minute() -> None:
    broken = failed(MAIL, 1000.0)

    assert choose([broken, PHONE], 1059.0) == 1
    assert choose([broken, PHONE], 1060.0) == 0


def test_one_that_fails_again_and_again_rests_longer_but_never_more_than_a_quarter_hour() -> None:
    broken = MAIL
    for _ in range(40):
        broken = failed(broken, 1000.0)

    assert choose([broken, PHONE], 1899.0) == 1
    assert choose([broken, PHONE], 1900.0) == 0


def test_one_that_took_something_is_as_good_as_ever() -> None:
    assert well(failed(failed(MAIL, 1000.0), 1001.0)) == MAIL


def test_the_only_one_is_tried_again_with_growing_pauses_of_a_minute_at_most() -> None:
    pauses, broken = [], MAIL
    for _ in range(9):
        broken = failed(broken, 0.0)
        pauses.append(next(s for s in range(1000) if choose([broken], float(s)) == 0))

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_without_our_line_only_what_works_without_it_is_used() -> None:
    assert choose([MAIL, MODEM], 1000.0, lost_since=999.0) == 1
    assert choose([MAIL, PHONE], 1000.0, lost_since=999.0) is None
    assert cut_off([MAIL, PHONE])
    assert not cut_off([MAIL, MODEM])


def test_the_word_of_the_controls_is_doubted_every_five_minutes() -> None:
    assert choose([MAIL], 1299.0, lost_since=1000.0) is None
    assert choose([MAIL], 1300.0, lost_since=1000.0) == 0
    assert choose([failed(MAIL, 1300.0)], 1599.0, lost_since=1000.0) is None


STANDING = st.builds(
    Way,
    offline=st.booleans(),
    fails=st.integers(0, 80),
    failed_at=st.floats(0, 1e6, allow_nan=False),
)


@given(st.lists(st.booleans(), min_size=1, max_size=6), st.floats(1e5, 1e6))
def test_whoever_works_is_found_within_as_many_tries_as_there_are_addresses(
    works: list[bool], at: float
) -> None:
    ways = [Way() for _ in works]
    tried: list[int] = []
    while (number := choose(ways, at)) is not None:
        tried.append(number)
        if works[number]:
            break
        ways[number] = failed(ways[number], at)

    first = works.index(True) if True in works else len(works) - 1
    assert tried == list(range(first + 1))


@given(st.lists(STANDING, min_size=1, max_size=6), st.floats(0, 2e6), st.floats(0, 1e6))
def test_what_needs_the_line_is_left_alone_for_five_minutes_at_a_time(
    ways: list[Way], at: float, since: float
) -> None:
    number = choose(ways, at, lost_since=since)

    if number is not None and not ways[number].offline:
        assert at >= since + 300.0
        assert at >= ways[number].failed_at + 300.0


@given(st.lists(STANDING, min_size=1, max_size=6))
def test_nobody_is_given_up(ways: list[Way]) -> None:
    latest = max(way.failed_at for way in ways)

    assert choose(ways, latest + 60.0) is not None
    assert choose(ways, latest + 900.0) == 0
