"""What an ability that works again still waits for is said, and not left to be guessed."""

from datetime import UTC, datetime, timedelta

import pytest

from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.health import Verdict, explain
from sentinel.domain.holding import HeldBy, held_by
from tests.domain.course import Course

AT = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)


def publishing(course: Course) -> Verdict:
    return course.health.verdicts[Ability.PUBLISH]


def verdict(state: State, cause: Cause | None = None, **more: object) -> Verdict:
    return Verdict(state=state, cause=cause, evidence="", since=AT, **more)  # type: ignore[arg-type] # what each test gives


def test_one_good_look_after_a_fall_waits_for_another() -> None:
    course = Course().see(None).see(Cause.PLATFORM_FAULT, 3).see(None)

    found = publishing(course)

    assert (found.state, held_by(found)) == (State.DOWN, HeldBy.RISE)
    assert "seither einmal gut, was sich noch bestätigen muss" in (
        explain("x-stadt", Ability.PUBLISH, found).de
    )


def test_what_still_fails_waits_for_nothing_but_a_better_look() -> None:
    assert held_by(publishing(Course().see(None).see(Cause.PLATFORM_FAULT, 3))) is None


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        (verdict(State.DOWN, Cause.PLATFORM_FAULT, flaps=True, until=AT), HeldBy.CALM),
        (verdict(State.DOWN, Cause.RATE_LIMITED, until=AT + timedelta(hours=1)), HeldBy.RESET),
        (verdict(State.DOWN, Cause.ACCOUNT_LOCKED), HeldBy.PERSON),
        (verdict(State.DOWN, Cause.UNREACHABLE), None),
        (verdict(State.UP), None),
        (verdict(State.UNKNOWN, Cause.STALE), None),
    ],
)
def test_each_reason_to_wait_has_its_word(given: Verdict, holds: HeldBy | None) -> None:
    assert held_by(given) is holds
