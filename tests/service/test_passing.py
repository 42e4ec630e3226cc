"""Time passes over a health exactly as it would if everything were looked at every second."""

from datetime import datetime, timedelta

from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.health import ChannelHealth, at_time, blank, observe
from sentinel.domain.observation import Finding, Observation
from sentinel.domain.rules import Probing
from sentinel.service.passing import Passing
from tests.domain.course import NOON, SECOND

RULE = Probing()


def seen(health: ChannelHealth, at: datetime, cause: Cause | None = None) -> ChannelHealth:
    finding = Finding(
        ability=Ability.PUBLISH,
        cause=cause,
        evidence="seen",
        until=at + 20 * SECOND if cause else None,
    )
    observation = Observation(
        channel="x",
        probe="write_path",
        finding=finding,
        at=at,
        vantage="rathaus",
        fresh_until=at + 40 * SECOND,
    )
    return observe(health, observation, RULE, family_calm=True, at=at)


def test_it_says_every_second_what_a_full_look_would() -> None:
    passing, ours, full = Passing(), blank("x", Ability, NOON), blank("x", Ability, NOON)
    states = set()

    for number in range(150):
        at = NOON + number * SECOND
        if number in {3, 8, 60}:
            cause = Cause.RATE_LIMITED if number == 8 else None
            ours, full = seen(ours, at, cause), seen(full, at, cause)
        ours, full = passing.passed(ours, RULE, at), at_time(full, RULE, at)
        assert ours == full
        states.add(ours.verdicts[Ability.PUBLISH].state)

    assert states == {State.UP, State.DOWN, State.UNKNOWN}


def test_new_rules_are_looked_at_anew_and_nothing_new_is_the_very_same_object() -> None:
    passing, health = Passing(), seen(blank("x", Ability, NOON), NOON)
    at, other = NOON + SECOND, Probing(every=timedelta(seconds=1))

    first = passing.passed(health, RULE, at)

    assert first is health
    assert passing.passed(first, RULE, at) is first
    assert passing.passed(first, other, at) == at_time(first, other, at)
