"""A clock that was set is noticed, and everything that was remembered moves with it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.cause import Ability, State
from sentinel.domain.clocks import jump, not_ahead, shifted
from sentinel.domain.health import at_time, blank, observe
from sentinel.domain.observation import Finding, Observation
from sentinel.domain.rules import Probing

NOON = datetime(2026, 7, 5, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
spans = st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=400))


@dataclass(frozen=True)
class Kept:
    at: datetime
    name: str
    until: datetime | None = None


def test_a_clock_that_runs_as_it_should_has_not_jumped() -> None:
    assert jump(timedelta(seconds=10), 10.0) is None
    assert jump(timedelta(seconds=11.5), 10.0) is None
    assert jump(timedelta(seconds=8.1), 10.0) is None


def test_a_jump_is_told_with_its_length_and_direction() -> None:
    assert jump(timedelta(seconds=3610), 10.0) == HOUR
    assert jump(timedelta(seconds=-3590), 10.0) == -HOUR


def test_a_process_that_stood_still_has_seen_no_jump() -> None:
    assert jump(timedelta(hours=3), 3 * 3600.0) is None


def test_every_moment_moves_however_deep_it_stands() -> None:
    kept = {"a": (Kept(NOON, "x", NOON + HOUR), Kept(NOON, "y")), "b": NOON, "c": 3}

    assert shifted(kept, HOUR) == {
        "a": (Kept(NOON + HOUR, "x", NOON + 2 * HOUR), Kept(NOON + HOUR, "y")),
        "b": NOON + HOUR,
        "c": 3,
    }


@given(spans)
def test_moving_there_and_back_changes_nothing(by: timedelta) -> None:
    kept = (Kept(NOON, "x", NOON + HOUR), {"b": NOON})

    assert shifted(shifted(kept, by), -by) == kept


@given(spans)
def test_a_verdict_that_moved_with_the_clock_is_as_fresh_as_before(by: timedelta) -> None:
    seen = Observation(
        channel="x-stadt",
        probe="write_path",
        finding=Finding(ability=Ability.PUBLISH),
        at=NOON,
        vantage="a",
        fresh_until=NOON + timedelta(seconds=90),
    )
    probing = Probing()
    health = blank("x-stadt", {Ability.PUBLISH}, NOON)
    for _ in range(probing.rise):
        health = observe(health, seen, probing, family_calm=True, at=NOON)

    later = at_time(shifted(health, by), probing, NOON + by + timedelta(seconds=60))
    stale = at_time(shifted(health, by), probing, NOON + by + timedelta(seconds=120))

    assert later.verdicts[Ability.PUBLISH].state is State.UP
    assert stale.verdicts[Ability.PUBLISH].state is State.UNKNOWN


def test_what_was_seen_by_a_clock_that_was_set_back_since_is_not_yet_to_come() -> None:
    seen = Observation(
        channel="x-stadt",
        probe="reachability",
        finding=Finding(ability=Ability.PUBLISH),
        at=NOON,
        vantage="a",
    )
    health = blank("x-stadt", {Ability.PUBLISH}, NOON)
    for later in (0, 10, 20):
        now = NOON + timedelta(seconds=later)
        health = observe(health, replace(seen, at=now), Probing(), family_calm=True, at=now)

    kept = not_ahead(health, NOON - HOUR)

    assert kept == shifted(health, -HOUR - timedelta(seconds=20))
    assert not_ahead(kept, NOON - HOUR) is kept
    assert not_ahead(health, NOON + timedelta(seconds=18)) is health  # two nodes' clocks
