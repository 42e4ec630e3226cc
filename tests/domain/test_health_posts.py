"""Real posts as observations: half-open after failures, and what heals a refusal."""

import pytest

from sentinel.domain.cause import Cause, State
from sentinel.domain.health import configured, forget, misconfigured, released
from tests.domain.course import LISTEN, MINUTE, NOON, PUBLISH, SECOND, Course

ENDED = [
    Cause.PERMISSION_MISSING,
    Cause.PLAN_REFUSED,
    Cause.PAYMENT_REQUIRED,
    Cause.API_VERSION_ENDED,
]


def test_failed_posts_count_for_themselves() -> None:
    course = Course().see(None)

    states = [course.post(Cause.PLATFORM_FAULT).see(None).verdict().state for _ in range(3)]

    assert states == [State.UP, State.UP, State.DOWN]


def test_after_failed_posts_two_good_checks_make_it_half_open() -> None:
    course = Course().see(None).post(Cause.PLATFORM_FAULT, 3)

    states = [(c.state, c.half_open) for c in (course.see(None).verdict() for _ in range(2))]

    assert states == [(State.DOWN, False), (State.UP, True)]


def test_a_good_reachability_helps_to_half_open_too() -> None:
    assert Course().see(None).post(Cause.UNREACHABLE, 3).reach(None, 2).verdict().half_open


def test_a_bad_check_between_two_good_ones_starts_the_count_anew() -> None:
    course = Course().see(None).post(Cause.UNREACHABLE, 3)

    course.see(None).reach(Cause.UNREACHABLE).see(None)

    assert course.says() == (State.DOWN, Cause.UNREACHABLE)


def test_the_first_post_that_goes_out_closes_the_trial() -> None:
    course = Course().see(None).post(Cause.PLATFORM_FAULT, 3).see(None, 2).post(None)

    assert (course.verdict().state, course.verdict().half_open) == (State.UP, False)


def test_the_first_post_that_fails_in_the_trial_takes_the_channel_down_at_once() -> None:
    course = Course().see(None).post(Cause.PLATFORM_FAULT, 3).see(None, 2)

    assert course.post(Cause.UNREACHABLE).says() == (State.DOWN, Cause.UNREACHABLE)
    assert not course.verdict().half_open


def test_a_refused_content_says_nothing_in_the_trial() -> None:
    course = Course().see(None).post(Cause.PLATFORM_FAULT, 3).see(None, 2)

    assert course.post(Cause.CONTENT_REJECTED).verdict().half_open


def test_a_post_that_goes_out_against_the_odds_brings_the_channel_back() -> None:
    course = Course().see(None).post(Cause.PLATFORM_FAULT, 3).post(None)

    assert (course.verdict().state, course.verdict().half_open) == (State.UP, False)


@pytest.mark.parametrize("cause", ENDED)
def test_a_good_token_check_does_not_heal_a_refused_post(cause: Cause) -> None:
    """NWS, April 2023: the token check stayed 200 while writes were refused."""
    course = Course().see(None).post(cause).see(None, 9).reach(None, 9)

    assert course.says() == (State.DOWN, cause)


def test_reading_well_says_nothing_of_a_platform_that_turns_our_posts_away() -> None:
    """Bluesky, April 2026: sessions and pages were fine, and every post was answered 429."""
    course = Course().see(None).post(Cause.PLATFORM_DEFENDING, 3).see(None, 9).reach(None, 9)

    states = [course.see(None, probe="write_path").verdict().state for _ in range(2)]

    assert states == [State.DOWN, State.UP]
    assert course.verdict().half_open


def test_a_good_write_path_heals_a_refused_post() -> None:
    course = Course().see(None).post(Cause.PLAN_REFUSED)

    states = [course.see(None, probe="write_path").verdict().state for _ in range(2)]

    assert states == [State.DOWN, State.UP]
    assert course.verdict().half_open


def test_ten_minutes_in_peace_put_a_refused_channel_on_trial() -> None:
    course = Course().see(None).post(Cause.PLAN_REFUSED)

    before = course.wait(10 * MINUTE - SECOND).says()
    course.wait(SECOND)

    assert before == (State.DOWN, Cause.PLAN_REFUSED)
    assert (course.verdict().state, course.verdict().half_open) == (State.UP, True)


def test_timeouts_do_not_turn_a_refused_post_into_one_that_heals_easily() -> None:
    course = Course().see(None).post(Cause.PLAN_REFUSED).post(Cause.UNREACHABLE, 3).see(None, 9)

    assert course.says() == (State.DOWN, Cause.PLAN_REFUSED)


def test_a_post_refused_for_its_rate_is_tried_again_alone_at_the_reset() -> None:
    course = Course().see(None).post(Cause.RATE_LIMITED, until=NOON + 5 * MINUTE).see(None, 5)

    held = course.says()
    course.wait(5 * MINUTE)

    assert held == (State.DOWN, Cause.RATE_LIMITED)
    assert (course.verdict().state, course.verdict().half_open) == (State.UP, True)


def test_only_a_person_releases_a_locked_account() -> None:
    course = Course().see(None).post(Cause.ACCOUNT_LOCKED)

    course.see(None, 9, probe="write_path").post(None, 9).post(Cause.TLS, 9).wait(9999 * MINUTE)
    locked = course.says()
    course.health = released(course.health, PUBLISH, course.at)

    assert locked == (State.DOWN, Cause.ACCOUNT_LOCKED)
    assert course.see(None).says() == (State.UP, None)
    assert course.verdict().half_open


def test_releasing_another_ability_releases_nothing() -> None:
    course = Course().see(Cause.ACCOUNT_LOCKED)

    assert released(course.health, LISTEN, course.at).verdicts == course.health.verdicts


def test_releasing_does_not_make_a_silent_server_answer() -> None:
    course = Course().reach(Cause.UNREACHABLE, 3)

    assert released(course.health, None, course.at).verdicts == course.health.verdicts


def test_a_failed_channel_stays_down_however_long_nobody_posts_if_checks_fail_too() -> None:
    course = Course().see(None).post(Cause.UNREACHABLE, 3).reach(Cause.UNREACHABLE, 3)

    assert course.wait(30 * MINUTE).says() == (State.DOWN, Cause.UNREACHABLE)


def test_an_old_post_proves_nothing() -> None:
    course = Course().post(None)

    assert course.wait(89 * SECOND).says() == (State.UP, None)
    assert course.wait(SECOND).says() == (State.UNKNOWN, Cause.STALE)


def test_a_broken_configuration_takes_every_ability_down_until_it_is_mended() -> None:
    course = Course().see(None)

    broken = misconfigured(course.health, "X_TOKEN is not set", course.at)
    again = misconfigured(broken, "X_TOKEN is not set", course.at + MINUTE)
    mended = configured(broken, course.at)

    assert {(v.state, v.cause) for v in broken.verdicts.values()} == {
        (State.DOWN, Cause.BAD_CONFIGURATION)
    }
    assert again is broken
    assert mended.verdicts[PUBLISH].state is State.UP
    assert mended.verdicts[LISTEN].cause is Cause.NOT_OBSERVED


def test_a_probe_that_was_switched_off_is_forgotten() -> None:
    course = Course().see(None).see(Cause.PERMISSION_MISSING, probe="write_path")

    kept = forget(course.health, "write_path", course.at)

    assert kept.verdicts[PUBLISH].state is State.UP
