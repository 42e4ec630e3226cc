"""How much of a rate limit is left."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Owner, Window
from sentinel.domain.quota import (
    Kind,
    Limit,
    Reading,
    Room,
    Source,
    Uses,
    judge_quota,
    judge_rooms,
    room,
    rooms,
)
from sentinel.domain.rules import QuotaRule
from tests.domain.course import MINUTE, NOON

HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
LATER = NOON + HOUR


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
    rule, documented = QuotaRule(limit=50, reserve=5), Limit(limit=250)
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
        name="posts/24h",
        kind=Kind.ROLLING,
        per=DAY,
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


def test_points_are_used_up_when_they_do_not_suffice_for_one_more() -> None:
    """Bluesky counts points, and a new post costs three of 5,000 an hour."""
    window = Window(name="calls/1h", limit=5000, remaining=8, resets_at=NOON + HOUR, cost=3)
    posts = [NOON + MINUTE, NOON + 2 * MINUTE]

    now = room("calls", readings=[Reading(window=window, at=NOON)], posts=posts, at=NOON + HOUR / 2)

    assert now
    assert (now.remaining, now.kind) == (2, Kind.FIXED)
    assert judge_quota(now, NOON).cause is Cause.RATE_LIMITED


def test_a_reset_in_another_century_is_not_believed() -> None:
    window = Window(
        name="posts",
        limit=300,
        remaining=0,
        resets_at=NOON + timedelta(days=90_000),
        per=3 * HOUR,
    )
    known = room("posts", readings=[Reading(window=window, at=NOON)], at=LATER)

    assert known
    assert (known.kind, known.resets_at) == (Kind.ROLLING, NOON + 3 * HOUR)


def test_a_prepaid_credit_is_known_by_having_neither_a_reset_nor_a_window() -> None:
    window = Window(name="posts", limit=20, remaining=0.3, cost=0.075)

    now = room("posts", readings=[Reading(window=window, at=NOON)], posts=[NOON + MINUTE], at=LATER)

    assert now
    assert now.remaining == pytest.approx(0.225)
    assert (now.kind, now.resets_at) == (Kind.CREDIT, None)
    assert judge_quota(now, LATER).cause is None


def test_every_window_is_to_be_had_and_the_smallest_is_the_room() -> None:
    """X, 429 with a full window of 15 minutes beside a spent one of 24 hours."""
    quarter, day = stated(100, name="posts/15m"), stated(0, name="posts/24h", limit=10_000)

    known = rooms("posts", readings=[quarter, day], at=NOON)
    least = room("posts", readings=[quarter, day], at=NOON)

    assert [some.name for some in known] == ["posts/15m", "posts/24h"]
    assert least
    assert least.name == "posts/24h"


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


def test_what_an_app_may_do_all_accounts_that_post_through_it_use_up() -> None:
    """X counts 10,000 posts a day by app, and 100 in a quarter of an hour by account."""
    own, app = [NOON - MINUTE], [NOON - MINUTE, NOON - 2 * MINUTE, NOON - 3 * MINUTE]
    limits = [Limit(limit=100, per=15 * MINUTE), Limit(limit=10_000, scope=Owner.APP)]

    quarter, day = rooms("posts", posts=Uses(own=own, app=app), documented=limits, at=NOON)

    assert (quarter.name, quarter.remaining) == ("posts/15m", 99)
    assert (day.name, day.remaining, day.scope) == ("posts/24h-app", 9_997, Owner.APP)


def test_a_limit_of_a_calendar_day_is_full_again_at_midnight_where_the_platform_lives() -> None:
    """YouTube: midnight Pacific. On 1 November 2026 that day has 25 hours."""
    pacific = ZoneInfo("America/Los_Angeles")
    at = datetime(2026, 11, 1, 12, tzinfo=pacific)
    posts = [datetime(2026, 11, 1, 0, tzinfo=pacific), at - 13 * HOUR]

    now = room("posts", posts=posts, documented=[Limit(limit=100, midnight=pacific)], at=at)

    assert now
    assert (now.kind, now.remaining) == (Kind.FIXED, 99)
    assert now.resets_at == datetime(2026, 11, 2, 0, tzinfo=pacific)


def test_a_limit_in_windows_since_the_epoch_is_full_again_at_the_next_one() -> None:
    """Mastodon: 300 posts in three hours, at 0, 3, 6 … o'clock UTC."""
    posts = [NOON - MINUTE, NOON, NOON + HOUR]
    limit = Limit(limit=300, per=3 * HOUR, aligned=True)

    now = room("posts", posts=posts, documented=[limit], at=NOON + 2 * HOUR)

    assert now
    assert (now.remaining, now.resets_at) == (298, NOON + 3 * HOUR)


def test_the_post_whose_answer_stated_the_window_is_not_taken_off_again() -> None:
    written_down = NOON + timedelta(milliseconds=40)

    own = replace(stated(1), answered=True)
    now = room("posts", readings=[own], posts=[written_down], at=NOON + MINUTE)
    read_beside = room("posts", readings=[stated(1)], posts=[written_down], at=NOON + MINUTE)

    assert now
    assert now.remaining == 1
    assert read_beside
    assert read_beside.remaining == 0


def test_the_last_of_several_spent_windows_to_be_full_again_decides() -> None:
    quarter = replace(left(0, limit=100), resets_at=NOON + 5 * MINUTE)
    day = replace(left(0, limit=300), resets_at=NOON + 9 * HOUR)

    finding = judge_rooms([quarter, left(99), day], NOON)

    assert finding
    assert (finding.cause, finding.until) == (Cause.RATE_LIMITED, NOON + 9 * HOUR)
    assert judge_rooms([], NOON) is None


def test_a_reserve_for_a_day_leaves_half_of_a_window_of_minutes_to_everybody() -> None:
    minute = Limit(limit=20, per=MINUTE)

    known = rooms("posts", rule=QuotaRule(limit=250, reserve=30), documented=[minute], at=NOON)

    assert [some.reserve for some in known] == [10, 30]
