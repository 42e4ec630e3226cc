"""A new post that does not show yet says nothing of its channel, good or bad."""

from dataclasses import replace

import pytest

from sentinel.domain.cause import Cause, State
from sentinel.domain.health import observe
from sentinel.domain.observation import Finding, Observation
from sentinel.domain.verification import open_yet
from tests.domain.course import MINUTE, PUBLIC, SECOND, Course

GONE = Finding(ability=PUBLIC, cause=Cause.NOT_VISIBLE, evidence="HTTP 404")
FRESH = 30 * SECOND


def citizens(course: Course, cause: Cause | None, times: int = 1) -> Course:
    """Look as a citizen."""
    return course.see(cause, times, probe="visibility", ability=PUBLIC, fresh=FRESH)


def waits(course: Course, times: int = 1) -> Course:
    """Look at a post that is still on its way."""
    for _ in range(times):
        course.at += 10 * SECOND
        looked = Observation(
            channel="x-stadt",
            probe="visibility",
            finding=open_yet(GONE),
            at=course.at,
            vantage="rathaus",
            fresh_until=course.at + FRESH,
        )
        course.health = observe(course.health, looked, course.rule, family_calm=True, at=course.at)
    return course


@pytest.mark.parametrize("times", [1, 9])
def test_it_takes_no_channel_down_and_none_grows_stale_over_it(times: int) -> None:
    course = waits(citizens(Course(), None), times)

    assert course.says(PUBLIC) == (State.UP, None)


@pytest.mark.parametrize("times", [1, 9])
def test_it_brings_no_channel_back(times: int) -> None:
    course = waits(citizens(Course(), Cause.NOT_VISIBLE, 2), times)

    assert course.says(PUBLIC) == (State.DOWN, Cause.NOT_VISIBLE)


def test_it_shows_nothing_of_a_channel_that_was_never_seen() -> None:
    assert waits(Course(), 3).says(PUBLIC) == (State.UNKNOWN, Cause.NOT_OBSERVED)


def test_two_bad_looks_with_one_that_says_nothing_between_them_still_count_as_two() -> None:
    course = citizens(waits(citizens(Course(), Cause.NOT_VISIBLE)), Cause.NOT_VISIBLE)

    assert course.says(PUBLIC) == (State.DOWN, Cause.NOT_VISIBLE)


def test_what_nobody_looks_at_any_more_grows_stale_all_the_same() -> None:
    course = waits(citizens(Course(), None)).wait(MINUTE)

    assert course.says(PUBLIC) == (State.UNKNOWN, Cause.STALE)


def test_a_finding_that_waits_accuses_nobody_and_keeps_what_was_seen() -> None:
    told = open_yet(replace(GONE, perhaps_late=True))

    assert (told.cause, told.proves, told.ability) == (None, False, PUBLIC)
    assert "HTTP 404" in told.evidence
