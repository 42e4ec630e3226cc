"""When a limit runs out: early enough to do something, and no surer than it is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.forecast import (
    Forecast,
    Use,
    drops,
    forecast,
    soonest,
    uses_of,
    uses_seen,
    warns,
)
from sentinel.domain.observation import Window
from sentinel.domain.quota import Kind, Reading, Room, Source, judge_quota, room
from sentinel.domain.rules import QuotaRule
from tests.domain.course import MINUTE, NOON, SECOND

HOUR, DAY = timedelta(hours=1), timedelta(hours=24)


def left(
    remaining: float,
    *,
    kind: Kind = Kind.FIXED,
    resets: timedelta | None = 6 * HOUR,
    reserve: float = 0,
    cost: float = 1,
    name: str = "posts",
) -> Room:
    return Room(
        limit=100,
        remaining=remaining,
        reserve=reserve,
        resets_at=NOON + resets if resets else None,
        source=Source.HEADERS,
        name=name,
        kind=kind,
        per=HOUR if kind is Kind.ROLLING else None,
        cost=cost,
    )


def every(minutes: float, over: timedelta = HOUR, amount: float = 1) -> tuple[Use, ...]:
    """Return regular uses up to noon."""
    count = int(over / (minutes * MINUTE))
    return tuple(Use(NOON - n * minutes * MINUTE, amount) for n in reversed(range(count)))


def test_a_limit_that_nobody_uses_does_not_run_out() -> None:
    span = forecast(left(5), [], NOON).exhausted

    assert (span.earliest, span.likely) == (None, None)


def test_what_is_used_up_is_used_up_now() -> None:
    assert forecast(left(0), [], NOON).exhausted.likely == NOON


def test_it_likely_goes_on_as_in_the_last_hour_and_at_the_earliest_faster() -> None:
    span = forecast(left(30), every(2), NOON).exhausted

    assert span.likely
    assert span.earliest
    assert abs(span.likely - (NOON + HOUR)) < 5 * MINUTE
    assert NOON + 20 * MINUTE < span.earliest < span.likely


def test_the_more_was_seen_the_surer_it_is() -> None:
    few, many = (forecast(left(10 * n), every(10 / n), NOON).exhausted for n in (1, 10))

    def width(span: object) -> timedelta:
        return span.likely - span.earliest  # type: ignore[attr-defined, no-any-return]

    assert width(many) < width(few)


def test_a_fixed_window_that_is_full_again_before_is_no_trouble() -> None:
    assert forecast(left(30, resets=20 * MINUTE), every(2), NOON).exhausted.likely is None


def test_a_sliding_window_gives_back_what_grew_old() -> None:
    """24 posts a day, one an hour: each goes out as another one comes back."""
    rule = QuotaRule(limit=25, per=DAY)
    posts = [NOON - n * HOUR for n in range(24)]
    burst = [*posts, *(NOON - n * MINUTE for n in range(1, 4))]

    steady = room("posts", posts=posts, rule=QuotaRule(limit=26, per=DAY), at=NOON)
    spent = room("posts", posts=burst, rule=rule, at=NOON)

    assert steady
    assert spent
    assert forecast(steady, uses_of(posts), NOON).exhausted.likely is None
    assert forecast(spent, uses_of(burst), NOON).exhausted.likely == NOON


def test_a_percentage_of_an_hour_is_forecast_from_what_it_fell_by() -> None:
    """Meta states how many percent of an hour's calls are used, and no reset."""
    readings = [
        Reading(
            window=Window(name="calls", limit=100, remaining=90 - 5 * n, per=HOUR),
            at=NOON - (10 - n) * MINUTE,
        )
        for n in range(11)
    ]
    now = room("calls", readings=readings[-1:], at=NOON)

    assert now
    assert now.kind is Kind.ROLLING
    span = forecast(now, drops(readings), NOON).exhausted
    assert span.likely
    assert NOON + 7 * MINUTE < span.likely < NOON + 13 * MINUTE


def test_a_refilled_window_is_no_use() -> None:
    readings = [
        Reading(window=Window(name="posts", limit=9, remaining=has), at=NOON + n * MINUTE)
        for n, has in enumerate([3, 1, 9, 8])
    ]

    assert [(use.at, use.amount) for use in drops(readings)] == [
        (NOON + MINUTE, 2),
        (NOON + 3 * MINUTE, 1),
    ]


def test_points_run_out_when_they_do_not_suffice_for_one_more() -> None:
    span = forecast(left(31, cost=3), every(3, amount=3), NOON).exhausted

    assert span.likely
    assert span.likely <= NOON + 31 * MINUTE
    assert forecast(left(2, cost=3), [], NOON).exhausted.earliest == NOON


def test_a_prepaid_credit_has_no_reset_to_wait_for() -> None:
    credit = left(9, kind=Kind.CREDIT, resets=None, cost=0.075)

    span = forecast(credit, every(1, amount=0.075), NOON).exhausted

    assert span.likely
    assert NOON + 110 * MINUTE < span.likely < NOON + 130 * MINUTE


def test_the_reserve_is_reached_before_the_end() -> None:
    some = forecast(left(30, reserve=20), every(2), NOON)

    assert some.reserve.likely
    assert some.exhausted.likely
    assert some.reserve.likely < some.exhausted.likely


def test_in_the_reserve_only_the_pace_of_what_takes_from_it_goes_on() -> None:
    """Sixty routine posts an hour are over; two warnings have gone out of the reserve since."""
    posts = [*every(1, 50 * MINUTE)]
    posts = [Use(use.at - 10 * MINUTE) for use in posts] + [Use(NOON - 6 * MINUTE), Use(NOON)]

    span = forecast(left(28, reserve=30), posts, NOON).exhausted

    assert span.earliest is None or span.earliest > NOON + 90 * MINUTE


def test_the_window_that_runs_out_first_is_the_one_that_counts() -> None:
    uses = every(2)
    wide, narrow = left(900, name="posts/24h"), left(20, name="posts/15m")

    first = soonest([forecast(wide, uses, NOON), forecast(narrow, uses, NOON)])

    assert first
    assert first.window == "posts/15m"
    assert soonest([forecast(wide, [], NOON)]) is None


def test_it_is_told_how_late_it_may_be_as_well() -> None:
    span = forecast(left(30), every(2), NOON).exhausted

    assert span.likely
    assert span.latest
    assert NOON + HOUR < span.latest < NOON + 3 * HOUR


def test_what_others_use_up_counts_too() -> None:
    """Our own checks, or a second program on the account: the readings fall faster than we post."""
    readings = [
        Reading(
            window=Window(name="posts", limit=100, remaining=90 - 3 * n), at=NOON - (9 - n) * MINUTE
        )
        for n in range(10)
    ]

    seen = uses_seen(left(63), [NOON - MINUTE], readings, NOON)
    alone = uses_seen(left(63), [NOON - n * MINUTE for n in range(30)], readings[-2:], NOON)

    assert sum(use.amount for use in seen) == 27
    assert len(alone) == 30


def first_warning(
    posts: Sequence[datetime], rule: QuotaRule
) -> tuple[datetime | None, datetime | None]:
    """Post routine on and on; return when it was warned first, and when none went out any more."""
    gone: list[datetime] = []
    warned = None
    for at in posts:
        now = room("posts", posts=gone, rule=rule, at=at)
        assert now
        if now.remaining < max(1, rule.reserve):
            return warned, at
        some = forecast(now, uses_of(gone), at)
        warned = warned or (at if warns(some.reserve, at) else None)
        gone.append(at)
    return warned, None


def random_posts(per_hour: float, hours: float, begin: datetime, random: Random) -> list[datetime]:
    at, posts = begin, []
    while at < begin + hours * HOUR:
        at += HOUR * random.expovariate(per_hour)
        posts.append(at)
    return posts


def storm(per_hour: float, hours: float, seed: int) -> list[datetime]:
    return random_posts(per_hour, hours, NOON, Random(seed))  # noqa: S311 - a storm, not a secret


@pytest.mark.parametrize("seed", range(20))
def test_a_disaster_that_uses_up_its_own_budget_is_told_a_quarter_of_an_hour_before(
    seed: int,
) -> None:
    """Japan, 1 January 2024: two hours after the earthquake the posting limit was reached."""
    random = Random(seed)  # noqa: S311 - a storm, not a secret
    quiet = random_posts(2, 10, NOON - 10 * HOUR, random)
    quake = random_posts(150, 4, NOON, random)

    warned, ended = first_warning([*quiet, *quake], QuotaRule(limit=300, per=DAY, reserve=30))

    assert warned
    assert ended
    assert NOON + HOUR < ended < NOON + 3 * HOUR
    assert ended - warned >= 15 * MINUTE


@pytest.mark.parametrize("seed", range(20))
def test_fifty_posts_a_day_in_a_storm_are_told_a_quarter_of_an_hour_before(seed: int) -> None:
    """American weather service, April 2023: fifty automated posts a day."""
    posts = storm(12, 12, seed)

    warned, ended = first_warning(posts, QuotaRule(limit=50, per=DAY, reserve=10))

    assert warned
    assert ended
    assert ended - warned >= 15 * MINUTE


def test_an_ordinary_day_gives_no_warning() -> None:
    for seed in range(20):
        posts = storm(1, 24, seed)

        assert first_warning(posts, QuotaRule(limit=100, per=DAY)) == (None, None)


@settings(max_examples=40, deadline=None)
@given(st.integers(20, 150), st.integers(1, 20), st.integers(2, 90))
def test_a_pace_that_no_more_than_doubles_is_told_a_quarter_of_an_hour_before(
    limit: int, per_ten_minutes: int, doubles_after: int
) -> None:
    """Whatever the limit, if it lasts an hour at the first pace, and the pace doubles once."""
    first = 10 * MINUTE / per_ten_minutes
    if limit * first < HOUR:
        limit = int(HOUR / first) + 1
    posts: list[datetime] = []
    at = NOON
    while len(posts) <= limit:
        posts.append(at)
        at += first if at < NOON + doubles_after * MINUTE else first / 2

    warned, ended = first_warning(posts, QuotaRule(limit=limit, per=DAY))

    if ended:  # else so slow that each post finds the place of an old one free
        assert warned
        assert ended - warned >= 15 * MINUTE


uses = st.lists(
    st.builds(Use, st.integers(0, 5000).map(lambda s: NOON - s * SECOND), st.floats(0.1, 5)),
    max_size=20,
)


@settings(max_examples=80)
@given(uses, st.floats(0, 200), st.sampled_from(Kind))
def test_the_earliest_is_never_later_than_the_likely_and_never_past(
    some: list[Use], remaining: float, kind: Kind
) -> None:
    told: Forecast = forecast(left(remaining, kind=kind, reserve=3), some, NOON)

    for span in (told.exhausted, told.reserve):
        assert span.earliest or not span.likely
        assert span.likely or not span.latest
        assert not (span.likely and span.latest) or span.likely <= span.latest
        assert not (span.earliest and span.likely) or span.earliest <= span.likely
        assert not span.earliest or span.earliest >= NOON
    if judge_quota(left(remaining, kind=kind), NOON).cause:
        assert told.exhausted.likely == NOON
