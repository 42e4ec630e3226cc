"""How much of a rate limit is left."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Window
from sentinel.domain.quota import (
    Reading,
    Room,
    Source,
    exhausted_at,
    judge_quota,
    own_use_low,
    room,
)
from sentinel.domain.rules import QuotaRule
from tests.domain.course import MINUTE, NOON

HOUR, DAY = timedelta(hours=1), timedelta(hours=24)


def stated(
    remaining: float | None, *, name: str = "posts", limit: float = 100, at: datetime = NOON
) -> Reading:
    window = Window(name=name, limit=limit, remaining=remaining, resets_at=NOON + HOUR)
    return Reading(window=window, at=at)


def left(remaining: float, *, limit: float = 100, reserve: float = 0) -> Room:
    return Room(
        limit=limit,
        remaining=remaining,
        reserve=reserve,
        resets_at=NOON + HOUR,
        source=Source.HEADERS,
    )


def test_nobody_limits_what_nobody_speaks_of() -> None:
    assert room("posts", posts=[NOON], rule=QuotaRule(), at=NOON) is None


def test_the_smallest_of_headers_documentation_and_rules_wins() -> None:
    rule, documented = QuotaRule(limit=50, reserve=5), QuotaRule(limit=250)
    posts = [NOON - HOUR] * 10

    by_rules = room(
        "posts", readings=[stated(90)], posts=posts, rule=rule, documented=[documented], at=NOON
    )
    by_headers = room("posts", readings=[stated(30)], posts=posts, rule=rule, at=NOON)
    by_paper = room("posts", posts=posts, documented=[documented], at=NOON)

    assert by_rules == Room(
        limit=50,
        remaining=40,
        reserve=5,
        resets_at=NOON + 23 * HOUR,
        source=Source.RULES,
    )
    assert by_headers
    assert (by_headers.remaining, by_headers.source) == (30, Source.HEADERS)
    assert by_paper
    assert (by_paper.remaining, by_paper.source) == (240, Source.DOCUMENTATION)


def test_our_posts_since_the_reading_are_taken_off() -> None:
    posts = [NOON - MINUTE, NOON + MINUTE, NOON + 2 * MINUTE]

    now = room("posts", readings=[stated(30)], posts=posts, at=NOON + 5 * MINUTE)

    assert now
    assert now.remaining == 28


def test_a_window_whose_reset_has_passed_is_full_again() -> None:
    posts = [NOON + MINUTE, NOON + HOUR + MINUTE]

    now = room("posts", readings=[stated(0)], posts=posts, at=NOON + 2 * HOUR)

    assert now
    assert (now.remaining, now.resets_at) == (99, None)


def test_a_window_with_a_suffix_belongs_to_its_quota_and_others_do_not() -> None:
    readings = [stated(7, name="posts/24h"), stated(1, name="reads")]

    now = room("posts", readings=readings, at=NOON)

    assert now
    assert now.remaining == 7


def test_a_sliding_window_has_room_again_when_its_oldest_post_leaves_it() -> None:
    posts = [NOON - 2 * HOUR, NOON - HOUR, NOON]

    now = room("posts", posts=posts, rule=QuotaRule(limit=3, per=DAY), at=NOON)

    assert now
    assert (now.remaining, now.resets_at) == (0, NOON + 22 * HOUR)


def test_a_header_that_says_none_left_is_a_rate_limit() -> None:
    finding = judge_quota(left(0), NOON)

    assert finding.ability is Ability.PUBLISH
    assert (finding.cause, finding.until) == (Cause.RATE_LIMITED, NOON + HOUR)


@pytest.mark.parametrize("source", [Source.RULES, Source.DOCUMENTATION])
def test_a_limit_that_we_count_ourselves_is_a_quota(source: Source) -> None:
    none = Room(limit=9, remaining=0, reserve=0, resets_at=None, source=source)

    assert judge_quota(none, NOON).cause is Cause.QUOTA_EXHAUSTED


def test_the_reserve_is_kept_before_a_routine_post_touches_it() -> None:
    causes = [judge_quota(left(some, reserve=20), NOON).cause for some in (21, 20, 1, 0)]

    assert causes == [None, Cause.QUOTA_LOW, Cause.QUOTA_LOW, Cause.RATE_LIMITED]


def test_a_full_quota_does_not_prove_that_we_can_publish() -> None:
    finding = judge_quota(left(100), NOON)

    assert (finding.cause, finding.until, finding.proves) == (None, None, False)


def test_our_own_use_is_low_while_more_than_a_fifth_is_left() -> None:
    """Drill D7: a 429 at two percent of our own use is the platform defending itself."""
    assert [own_use_low(left(some)) for some in (98, 21, 20, 0)] == [True, True, False, False]


def test_a_quota_runs_out_at_the_pace_of_the_last_hour() -> None:
    posts = [NOON - MINUTE * n for n in range(1, 21)]

    assert exhausted_at(left(10), posts, NOON) == NOON + 30 * MINUTE
    assert exhausted_at(left(40), posts, NOON) is None
    assert exhausted_at(left(10), [], NOON) is None
    assert exhausted_at(left(0), [], NOON) == NOON


minutes = st.lists(st.integers(0, 3000), max_size=30)


@settings(max_examples=60)
@given(minutes, st.integers(1, 20), st.integers(1, 40))
def test_our_own_count_is_that_of_every_post_inside_the_window(
    ago: list[int], limit: int, hours: int
) -> None:
    rule = QuotaRule(limit=limit, per=timedelta(hours=hours))

    now = room("posts", posts=[NOON - n * MINUTE for n in ago], rule=rule, at=NOON)

    inside = [n for n in ago if n < hours * 60]
    assert now
    assert now.remaining == max(0, limit - len(inside))
    if now.remaining == 0 and now.resets_at:
        later = now.resets_at
        after = room("posts", posts=[NOON - n * MINUTE for n in ago], rule=rule, at=later)
        assert after
        assert after.remaining > 0
