"""The health of a channel: what is counted, what acts at once, what heals."""

from dataclasses import replace

import pytest

from sentinel.domain.cause import EFFECTS, Ability, Acts, Cause, State
from sentinel.domain.health import worst
from tests.domain.course import LISTEN, NOON, PUBLIC, RULE, SECOND, Course


def test_a_channel_never_observed_is_unknown() -> None:
    course = Course()

    assert {course.says(ability) for ability in Ability} == {(State.UNKNOWN, Cause.NOT_OBSERVED)}
    assert worst(course.health.verdicts) is State.UNKNOWN


def test_one_good_check_that_proves_the_ability_makes_it_up() -> None:
    assert Course().see(None).says() == (State.UP, None)


def test_a_good_reachability_alone_never_makes_an_ability_up() -> None:
    assert Course().reach(None, 9).says() == (State.UNKNOWN, Cause.NOT_OBSERVED)


def test_a_bad_reachability_takes_the_ability_down_all_the_same() -> None:
    course = Course().see(None).reach(Cause.UNREACHABLE, 3)

    assert course.says() == (State.DOWN, Cause.UNREACHABLE)


def test_a_channel_goes_down_with_the_third_failure_in_a_row() -> None:
    course = Course().see(None)

    states = [course.see(Cause.PLATFORM_FAULT).verdict().state for _ in range(3)]

    assert states == [State.UP, State.UP, State.DOWN]
    assert course.verdict().since == NOON + 40 * SECOND


def test_one_success_clears_two_failures() -> None:
    course = Course().see(None).see(Cause.TLS, 2).see(None).see(Cause.TLS, 2)

    assert course.says() == (State.UP, None)


def test_a_channel_comes_back_with_the_second_success_in_a_row() -> None:
    course = Course().see(Cause.UNREACHABLE, 3)

    states = [course.see(seen).verdict().state for seen in (None, Cause.TLS, None, None)]

    assert states == [State.DOWN, State.DOWN, State.DOWN, State.UP]


def test_the_cause_shown_is_the_latest_that_counted() -> None:
    course = Course().see(Cause.UNREACHABLE, 3).see(Cause.PLATFORM_FAULT)

    assert course.says() == (State.DOWN, Cause.PLATFORM_FAULT)
    assert course.verdict().since == NOON + 30 * SECOND


def test_a_good_reachability_never_heals_a_refused_write_path() -> None:
    course = Course().see(Cause.PERMISSION_MISSING, probe="write_path")

    course.reach(None, 9).see(None, 9, probe="credentials")

    assert course.says() == (State.DOWN, Cause.PERMISSION_MISSING)


@pytest.mark.parametrize(
    "cause", [c for c, e in EFFECTS.items() if e.acts is Acts.AT_ONCE and e.state is State.DOWN]
)
def test_some_causes_act_at_once(cause: Cause) -> None:
    assert Course().see(None).see(cause).says() == (State.DOWN, cause)


def test_a_wrong_configuration_takes_every_ability_down_whichever_check_found_it() -> None:
    """Telegram's "chat not found": nothing can be posted there, read back or listened to."""
    course = Course().see(None).see(None, ability=LISTEN).see(Cause.BAD_CONFIGURATION)

    broken = {course.says(ability) for ability in Ability}
    course.see(None, 2)

    assert broken == {(State.DOWN, Cause.BAD_CONFIGURATION)}
    assert [course.says(), course.says(LISTEN)] == [(State.UP, None)] * 2
    assert course.says(PUBLIC) == (State.UNKNOWN, Cause.NOT_OBSERVED)


@pytest.mark.parametrize("cause", [Cause.READER_RESTRICTED, Cause.NOT_VISIBLE])
def test_what_citizens_see_acts_when_seen_twice(cause: Cause) -> None:
    course = Course().see(None, ability=PUBLIC)

    once = course.see(cause, ability=PUBLIC).says(PUBLIC)
    twice = course.see(cause, ability=PUBLIC).says(PUBLIC)

    assert [once, twice] == [(State.UP, None), (State.DOWN, cause)]


def test_a_timeout_and_a_login_wall_are_not_a_login_wall_seen_twice() -> None:
    course = Course().see(None, ability=PUBLIC)

    course.see(Cause.UNREACHABLE, ability=PUBLIC).see(Cause.READER_RESTRICTED, ability=PUBLIC)

    assert course.says(PUBLIC) == (State.UP, None)


def test_a_check_by_hand_judges_at_once() -> None:
    course = Course(replace(RULE, fall=1, rise=1))

    says = [course.see(c, ability=PUBLIC).says(PUBLIC)[0] for c in (Cause.NOT_VISIBLE, None)]

    assert says == [State.DOWN, State.UP]


@pytest.mark.parametrize("cause", [c for c, e in EFFECTS.items() if e.acts is Acts.NEVER])
def test_a_risk_or_a_finding_of_one_delivery_changes_nothing(cause: Cause) -> None:
    good = Course().see(None).see(cause, 9)
    failing = Course().see(None).see(Cause.TLS, 2).see(cause, 9).see(Cause.TLS)

    assert good.says() == (State.UP, None)
    assert failing.says() == (State.DOWN, Cause.TLS)


def test_slowness_degrades_when_counted_and_is_no_outage() -> None:
    course = Course().see(None).see(Cause.SLOW, 2)

    before, after = course.says(), course.see(Cause.SLOW).says()

    assert [before, after] == [(State.UP, None), (State.DEGRADED, Cause.SLOW)]


def test_a_slow_answer_is_an_answer() -> None:
    course = Course().see(Cause.UNREACHABLE, 3).see(Cause.SLOW)

    says = [course.says(), course.see(Cause.SLOW).says(), course.see(None, 2).says()]

    assert says == [(State.DOWN, Cause.UNREACHABLE), (State.DEGRADED, Cause.SLOW), (State.UP, None)]


def test_two_slow_answers_and_one_timeout_do_not_take_a_channel_down() -> None:
    assert Course().see(None).see(Cause.SLOW, 2).see(Cause.UNREACHABLE).says() == (State.UP, None)


def test_a_low_quota_degrades_at_once() -> None:
    course = Course().see(None).see(Cause.QUOTA_LOW, probe="quota", proves=False)

    assert course.says() == (State.DEGRADED, Cause.QUOTA_LOW)


def test_a_confirmed_credential_error_in_a_calm_family_acts_at_once() -> None:
    """Drill D4: revoked on one channel only, and the second call says so too."""
    course = Course().see(None).see(Cause.CREDENTIAL_REJECTED)

    assert course.says() == (State.DOWN, Cause.CREDENTIAL_REJECTED)


@pytest.mark.parametrize(("confirmed", "calm"), [(False, True), (True, False), (False, False)])
def test_any_other_credential_error_is_a_platform_fault_and_counted(
    *, confirmed: bool, calm: bool
) -> None:
    """Drill D3: code 190 on all Meta calls on 5 March 2024."""
    course = Course().see(None)

    says = [
        course.see(Cause.CREDENTIAL_REJECTED, confirmed=confirmed, family_calm=calm).says()
        for _ in range(3)
    ]

    assert says == [(State.UP, None), (State.UP, None), (State.DOWN, Cause.PLATFORM_FAULT)]


def test_a_belief_in_a_credential_error_is_withdrawn_when_the_family_falls() -> None:
    """Drill D3, for the first of the family, of which nobody knew yet that it was not alone."""
    course = Course().see(Cause.CREDENTIAL_REJECTED)

    course.see(Cause.CREDENTIAL_REJECTED, family_calm=False)

    assert course.says() == (State.DOWN, Cause.PLATFORM_FAULT)


def test_what_acted_at_once_gives_way_only_to_something_as_grave() -> None:
    course = Course().see(Cause.RATE_LIMITED).see(Cause.PLAN_REFUSED).see(Cause.RATE_LIMITED)

    assert course.says() == (State.DOWN, Cause.PLAN_REFUSED)


def test_a_slow_look_at_an_address_does_not_turn_its_good_ones_into_proof() -> None:
    course = Course().reach(None, 2).see(Cause.SLOW, probe="reachability", proves=True)

    assert course.says() == (State.UNKNOWN, Cause.NOT_OBSERVED)
