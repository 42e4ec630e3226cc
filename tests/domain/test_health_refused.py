"""A refused credential keeps us from reading too: told so, and no platform is blamed for it."""

import pytest

from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.health import disbelieved, explain
from tests.domain.course import LISTEN, READ_BACK, Course

REFUSED = [Cause.CREDENTIAL_REJECTED, Cause.CREDENTIAL_EXPIRED]


def reads(course: Course, cause: Cause | None, times: int = 1, *, calm: bool = True) -> Course:
    """Read our own posts; one call alone confirms nothing."""
    return course.see(
        cause, times, probe="read_back", ability=READ_BACK, confirmed=False, family_calm=calm
    )


@pytest.mark.parametrize("cause", REFUSED)
def test_reading_with_a_credential_known_to_be_refused_names_the_credential(cause: Cause) -> None:
    course = Course().see(None)
    reads(course, None)
    course.see(cause)

    reads(course, cause)

    assert course.says(READ_BACK) == (State.DOWN, cause)
    told = explain("x-stadt", READ_BACK, course.verdict(READ_BACK))
    assert "failing" not in told.en
    assert "credentials" in told.en


def test_listening_with_it_names_the_credential_too() -> None:
    course = Course().see(Cause.CREDENTIAL_REJECTED)

    course.see(Cause.CREDENTIAL_REJECTED, probe="listening", ability=LISTEN, confirmed=False)

    assert course.says(LISTEN) == (State.DOWN, Cause.CREDENTIAL_REJECTED)


def test_what_was_put_down_to_the_platform_is_put_right_once_the_refusal_is_sure() -> None:
    course = reads(Course().see(None), Cause.CREDENTIAL_REJECTED, 3)
    before = course.says(READ_BACK)
    course.see(Cause.CREDENTIAL_REJECTED)

    reads(course, Cause.CREDENTIAL_REJECTED)

    assert before == (State.DOWN, Cause.PLATFORM_FAULT)
    assert course.says(READ_BACK) == (State.DOWN, Cause.CREDENTIAL_REJECTED)


def test_reading_alone_condemns_no_credential() -> None:
    course = reads(Course().see(None), Cause.CREDENTIAL_REJECTED, 9)

    assert course.says(READ_BACK) == (State.DOWN, Cause.PLATFORM_FAULT)
    assert course.says(Ability.PUBLISH) == (State.UP, None)


def test_while_the_family_falls_it_stays_the_platforms_fault() -> None:
    course = Course().see(Cause.CREDENTIAL_REJECTED)

    reads(course, Cause.CREDENTIAL_REJECTED, 3, calm=False)

    assert course.says(READ_BACK) == (State.DOWN, Cause.PLATFORM_FAULT)


def test_a_belief_that_is_withdrawn_is_withdrawn_of_reading_too() -> None:
    course = reads(Course().see(Cause.CREDENTIAL_REJECTED), Cause.CREDENTIAL_REJECTED)

    course.health = disbelieved(course.health, course.at)

    assert {course.says(ability) for ability in (Ability.PUBLISH, READ_BACK)} == {
        (State.DOWN, Cause.PLATFORM_FAULT)
    }


def test_a_new_credential_brings_reading_back_with_two_good_looks() -> None:
    course = reads(Course().see(Cause.CREDENTIAL_REJECTED), Cause.CREDENTIAL_REJECTED)

    reads(course.see(None, 2), None, 2)

    assert course.says(READ_BACK) == (State.UP, None)
