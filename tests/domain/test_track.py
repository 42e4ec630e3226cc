"""How soon a probe looks again: at once where a streak began, soon where it may be over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.rules import Probing
from sentinel.domain.track import Track, again_after

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
PROBING = Probing()  # every 30 s, again after 2 s, 3 to fall, 2 to rise
RARE, OFTEN = timedelta(minutes=5), timedelta(seconds=30)

UP = Track(
    probe="credentials", ability=Ability.PUBLISH, state=State.UP, since=NOON, seen_at=NOON, good=2
)
FELL = replace(UP, state=State.DOWN, cause=Cause.UNREACHABLE, bad=4, good=0, hard=4, fell=True)


def test_what_is_up_is_looked_at_in_its_turn() -> None:
    assert again_after(UP, PROBING, RARE) is None


def test_after_a_first_failure_it_is_looked_at_soon() -> None:
    assert again_after(replace(UP, good=0, bad=1), PROBING, RARE) == timedelta(seconds=2)


def test_what_has_just_fallen_is_looked_at_once_more() -> None:
    assert again_after(replace(FELL, bad=3, hard=3), PROBING, RARE) == timedelta(seconds=2)


def test_what_a_reset_holds_down_is_left_in_peace() -> None:
    held = replace(FELL, cause=Cause.RATE_LIMITED, bad=1, until=NOON + RARE)

    assert again_after(held, PROBING, RARE) is None
    assert again_after(replace(held, until=None), PROBING, RARE) == timedelta(seconds=2)


def test_after_a_first_success_it_is_looked_at_soon() -> None:
    assert again_after(replace(FELL, bad=0, good=1), PROBING, RARE) == timedelta(seconds=2)


@pytest.mark.parametrize(
    "cause",
    [Cause.UNREACHABLE, Cause.NAME_RESOLUTION, Cause.TLS, Cause.PLATFORM_FAULT, Cause.SLOW],
)
def test_what_fell_for_something_that_passes_is_not_left_to_a_rare_probe(cause: Cause) -> None:
    assert again_after(replace(FELL, cause=cause), PROBING, RARE) == timedelta(seconds=30)


@pytest.mark.parametrize(
    "cause", [Cause.CREDENTIAL_REJECTED, Cause.RATE_LIMITED, Cause.PLATFORM_DEFENDING]
)
def test_what_fell_for_something_else_is_not_asked_more_often(cause: Cause) -> None:
    assert again_after(replace(FELL, cause=cause), PROBING, RARE) is None


def test_a_probe_that_comes_often_enough_keeps_its_turn() -> None:
    assert again_after(FELL, PROBING, OFTEN) is None
