"""How near a limit is to its end: told when it matters, and in words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sentinel.domain.forecast import forecast, uses_of
from sentinel.domain.quota import Kind, Limit, Room, Source, room
from sentinel.domain.rules import QuotaRule
from sentinel.domain.shortage import (
    Budget,
    Nearness,
    budget,
    explain_shortage,
    shortest,
    told_until,
)
from tests.domain.course import MINUTE, NOON

HOUR = timedelta(hours=1)


def after(posts: list[datetime], *, limit: int = 50, reserve: int = 0) -> Budget:
    rule = QuotaRule(limit=limit, reserve=reserve)
    known = room("posts", posts=posts, rule=rule, at=NOON)
    assert known
    return budget(known, forecast(known, uses_of(posts), NOON), NOON)


def burst(count: int, within: timedelta) -> list[datetime]:
    return [NOON - n * within / count for n in range(count)]


@pytest.mark.parametrize(
    ("posts", "limit", "nearness"),
    [
        (burst(7, 5 * MINUTE), 250, Nearness.FAR),  # a morning's posts on Threads
        (burst(5, 5 * MINUTE), 50, Nearness.FAR),
        (burst(12, HOUR), 50, Nearness.FORESEEN),
        (burst(30, HOUR), 50, Nearness.NEAR),
        (burst(40, HOUR), 50, Nearness.RESERVED),
        (burst(50, HOUR), 50, Nearness.OVER),
    ],
)
def test_it_is_as_near_as_an_hours_pace_makes_it(
    posts: list[datetime], limit: int, nearness: Nearness
) -> None:
    assert after(posts, limit=limit, reserve=10).nearness is nearness


def test_the_sentence_says_how_much_is_left_and_how_sure_the_time_is() -> None:
    said = explain_shortage("x-stadt", after(burst(30, HOUR)), ZoneInfo("Europe/Berlin"))

    assert said
    assert said.de == (
        "Das Kontingent posts/24h von x-stadt wird knapp: 20/50 übrig; aufgebraucht frühestens um "
        "13:17, voraussichtlich um 13:37 (MEZ)."
    )
    assert said.en.startswith("The quota posts/24h of x-stadt runs low: 20/50 left; used up at")


def test_of_the_reserve_it_says_who_may_still_use_it_and_of_the_end_until_when() -> None:
    low = explain_shortage("a", after(burst(40, HOUR), reserve=10))
    over = explain_shortage("a", after(burst(50, HOUR)))

    assert low
    assert "for extreme and severe messages only" in low.en
    assert over
    assert over.en.startswith(
        "The quota posts/24h of a is used up; free again at 11:01 UTC on 02 Jan"
    )
    assert over.de.endswith("ist aufgebraucht; wieder frei am 02.01. um 11:01 UTC.")
    assert explain_shortage("a", after([])) is None


def test_points_are_told_as_the_posts_that_they_suffice_for() -> None:
    points = Limit(limit=5000, per=HOUR, cost=2)
    posts = burst(2490, HOUR)
    known = room("posts", posts=posts, documented=[points], at=NOON)
    assert known

    said = explain_shortage(
        "bluesky", budget(known, forecast(known, uses_of(posts, 2), NOON), NOON)
    )

    assert known.uses == 10
    assert said
    assert "10/2500 left" in said.en


def test_the_window_nearest_to_its_end_stands_for_the_channel() -> None:
    near, far = after(burst(30, HOUR)), after(burst(2, HOUR))

    assert shortest([far, near]) is near
    assert shortest([]) is None


@pytest.mark.parametrize(
    ("kind", "resets", "per", "until"),
    [
        (Kind.FIXED, NOON + 3 * HOUR, None, NOON + 3 * HOUR),
        (Kind.FIXED, NOON + 5 * MINUTE, 15 * MINUTE, NOON + HOUR),
        (Kind.ROLLING, NOON + 5 * MINUTE, 24 * HOUR, NOON + 24 * HOUR),
        (Kind.CREDIT, None, None, NOON + 24 * HOUR),
    ],
)
def test_staff_hear_of_one_window_once(
    kind: Kind, resets: datetime | None, per: timedelta | None, until: datetime
) -> None:
    known = Room(
        limit=9, remaining=1, reserve=0, resets_at=resets, source=Source.HEADERS, kind=kind, per=per
    )

    assert told_until(known, NOON) == until
