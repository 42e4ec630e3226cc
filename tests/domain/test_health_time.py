"""Health and time: resets, our own line, staleness, flapping."""

from dataclasses import replace
from datetime import timedelta

from sentinel.domain.cause import Cause, State
from sentinel.domain.health import at_time, configured, next_change_at
from sentinel.domain.rules import Flapping
from tests.domain.course import LISTEN, MINUTE, NOON, RULE, SECOND, Course


def test_a_rate_limit_holds_until_its_reset_whatever_good_is_seen() -> None:
    course = Course().see(None).see(Cause.RATE_LIMITED, until=NOON + 2 * MINUTE, ability=LISTEN)

    held = course.see(None, 3, ability=LISTEN).see(None, 1, probe="other", ability=LISTEN)

    assert held.says(LISTEN) == (State.DOWN, Cause.RATE_LIMITED)
    assert held.verdict(LISTEN).until == NOON + 2 * MINUTE
    assert held.wait(MINUTE).says(LISTEN) == (State.UP, None)


def test_a_rate_limit_is_over_at_its_reset_and_then_nothing_is_claimed() -> None:
    course = Course().see(Cause.RATE_LIMITED, until=NOON + MINUTE, ability=LISTEN)

    assert course.wait(49 * SECOND).says(LISTEN) == (State.DOWN, Cause.RATE_LIMITED)
    assert course.wait(SECOND).says(LISTEN) == (State.UNKNOWN, Cause.STALE)


def test_a_rate_limit_without_a_reset_holds_until_two_successes() -> None:
    course = Course().see(Cause.RATE_LIMITED)

    says = [course.see(None).verdict().state for _ in range(2)]

    assert says == [State.DOWN, State.UP]


def test_timeouts_do_not_shorten_a_reset() -> None:
    course = Course().see(Cause.QUOTA_EXHAUSTED, until=NOON + 10 * MINUTE)

    course.see(Cause.UNREACHABLE, 4).see(None, 4)

    assert course.says() == (State.DOWN, Cause.QUOTA_EXHAUSTED)


def test_a_low_quota_is_over_at_the_reset_though_nobody_reads_it_again() -> None:
    course = Course().see(None).see(Cause.QUOTA_LOW, probe="quota", until=NOON + MINUTE)

    assert course.wait(MINUTE).says() == (State.UP, None)


def test_a_reset_in_another_century_is_no_reset() -> None:
    """A slip of the platform's would hold the channel down, whatever is seen, until then."""
    course = Course().see(Cause.RATE_LIMITED, until=NOON + timedelta(days=90_000))
    ended = course.see(None).see(None)

    assert course.verdict().until is None
    assert ended.verdict().state is State.UP


def test_a_reset_in_the_past_is_no_reset() -> None:
    course = Course().see(Cause.RATE_LIMITED, until=NOON - MINUTE)

    assert course.verdict().until is None
    assert course.says() == (State.DOWN, Cause.RATE_LIMITED)


def test_a_lost_uplink_makes_everything_unknown_at_once_and_blames_nobody() -> None:
    """Drill D6: name resolution fails for everything, the controls included."""
    course = Course().see(None).see(Cause.UPLINK_LOST)

    assert course.says() == (State.UNKNOWN, Cause.UPLINK_LOST)


def test_when_the_line_is_back_the_count_goes_on_where_it_was() -> None:
    course = Course().see(None).see(Cause.TLS, 2).see(Cause.UPLINK_LOST, 9)

    assert course.see(Cause.TLS).says() == (State.DOWN, Cause.TLS)


def test_while_the_line_is_lost_what_was_counted_is_not_held_against_the_platform() -> None:
    course = Course().see(Cause.UNREACHABLE, 3).reach(Cause.UPLINK_LOST)

    assert course.says() == (State.UNKNOWN, Cause.UPLINK_LOST)


def test_a_locked_account_stays_locked_while_the_line_is_lost() -> None:
    course = Course().see(Cause.ACCOUNT_LOCKED).reach(Cause.UPLINK_LOST)

    assert course.says() == (State.DOWN, Cause.ACCOUNT_LOCKED)


def test_a_post_lost_with_the_line_does_not_outlive_the_line() -> None:
    course = Course().see(None).post(Cause.UPLINK_LOST)

    assert course.reach(None).says() == (State.UP, None)


def test_a_ledgers_sum_does_not_show_that_the_line_is_back() -> None:
    course = Course().see(None).see(Cause.UPLINK_LOST).see(None, probe="quota", proves=False)

    assert course.says() == (State.UNKNOWN, Cause.UPLINK_LOST)


def test_a_name_that_fails_while_the_controls_answer_is_the_platforms_fault() -> None:
    """Drill D5: the watcher asked the controls and left the cause as it is."""
    course = Course().see(None).reach(Cause.NAME_RESOLUTION, 3)

    assert course.says() == (State.DOWN, Cause.NAME_RESOLUTION)


def test_what_nobody_sees_again_grows_stale() -> None:
    course = Course().see(None, fresh=90 * SECOND)

    assert course.wait(89 * SECOND).says() == (State.UP, None)
    assert course.wait(SECOND).says() == (State.UNKNOWN, Cause.STALE)


def test_a_stale_check_does_not_spoil_a_fresh_one() -> None:
    course = Course().see(None, fresh=90 * SECOND).see(None, probe="write_path", fresh=MINUTE * 9)

    assert course.wait(5 * MINUTE).says() == (State.UP, None)


def test_a_stale_failure_leaves_a_doubt_and_needs_two_successes_to_go() -> None:
    course = Course().see(None, probe="write_path").see(Cause.TLS, 3, fresh=90 * SECOND)

    course.wait(90 * SECOND)
    says = [course.says(), course.see(None).says(), course.see(None).says()]

    assert says == [(State.UNKNOWN, Cause.STALE), (State.UNKNOWN, Cause.STALE), (State.UP, None)]


def test_a_reset_to_come_does_not_grow_stale() -> None:
    course = Course().see(Cause.RATE_LIMITED, until=NOON + 60 * MINUTE, fresh=90 * SECOND)

    assert course.wait(59 * MINUTE).says() == (State.DOWN, Cause.RATE_LIMITED)


def test_a_locked_account_does_not_grow_stale() -> None:
    course = Course().see(Cause.ACCOUNT_LOCKED, fresh=90 * SECOND)

    assert course.wait(60 * MINUTE).says() == (State.DOWN, Cause.ACCOUNT_LOCKED)


def test_an_ability_that_was_never_shown_does_not_grow_stale_but_stays_not_observed() -> None:
    course = Course().see(None, probe="reachability", proves=False, fresh=90 * SECOND)

    assert course.wait(5 * MINUTE).says() == (State.UNKNOWN, Cause.NOT_OBSERVED)


def test_each_doubt_has_its_own_beginning() -> None:
    course = Course().see(None, fresh=90 * SECOND).wait(5 * MINUTE).see(Cause.UPLINK_LOST)

    assert course.verdict().since == course.at


def test_a_trial_nobody_takes_is_shown_as_doubt_after_three_intervals() -> None:
    course = Course().post(Cause.RATE_LIMITED, until=NOON + MINUTE).wait(MINUTE)

    on_trial = course.verdict()
    course.wait(90 * SECOND)

    assert (on_trial.state, on_trial.half_open) == (State.UP, True)
    assert course.says() == (State.UNKNOWN, Cause.STALE)
    assert course.verdict().half_open


def test_next_change_at_is_the_moment_at_which_something_changes() -> None:
    course = Course().see(None, fresh=90 * SECOND)
    due = course.at + 90 * SECOND

    assert next_change_at(course.health, RULE, course.at) == due
    assert at_time(course.health, RULE, due - SECOND) is course.health
    assert at_time(course.health, RULE, due) != course.health
    assert next_change_at(at_time(course.health, RULE, due), RULE, due) is None


def waves(count: int) -> Course:
    """X, 10 March 2025: three waves, with a pause between them."""
    course = Course().see(None)
    for _ in range(count):
        course.see(None, 2).see(Cause.UNREACHABLE, 3)
    return course


def test_after_too_many_changes_coming_back_needs_ten_minutes_of_calm() -> None:
    course = waves(3)
    failed_at = course.at

    course.see(None, 2)
    waiting = course.verdict()
    course.at = failed_at
    course.wait(10 * MINUTE)

    assert waiting.state is State.DOWN
    assert waiting.cause is Cause.UNREACHABLE
    assert waiting.until == failed_at + 10 * MINUTE
    assert "5 changes" in waiting.evidence
    assert course.says() == (State.UP, None)


def test_a_doubt_in_between_is_no_way_round_the_calm() -> None:
    """A limit that comes and goes: down until its reset, then unknown, then seen well."""
    course = Course().see(None, ability=LISTEN)
    for _ in range(3):
        course.see(Cause.RATE_LIMITED, until=course.at + MINUTE, ability=LISTEN)
        course.wait(MINUTE).see(None, 2, ability=LISTEN)

    assert course.says(LISTEN) == (State.UNKNOWN, Cause.STALE)
    assert course.verdict(LISTEN).flaps
    assert course.wait(10 * MINUTE).says(LISTEN) == (State.UP, None)


def test_a_line_lost_in_between_is_no_way_round_the_calm_either() -> None:
    course = waves(3).see(None).see(Cause.UPLINK_LOST).see(None)

    assert course.says() == (State.UNKNOWN, Cause.STALE)
    assert course.verdict().flaps
    assert course.wait(10 * MINUTE).says() == (State.UP, None)


def test_our_own_line_coming_back_needs_no_calm() -> None:
    course = Course()
    for _ in range(9):
        course.see(None).see(Cause.UPLINK_LOST)

    assert course.see(None).says() == (State.UP, None)


def test_four_changes_are_no_flapping() -> None:
    assert waves(2).see(None, 2).says() == (State.UP, None)


def test_a_failure_while_waiting_starts_the_calm_anew() -> None:
    course = waves(3).see(None, 2).see(Cause.TLS)
    failed_at = course.at

    course.see(None, 2)

    assert course.verdict().until == failed_at + 10 * MINUTE
    assert next_change_at(course.health, RULE, course.at) == failed_at + 10 * MINUTE


def test_waiting_for_calm_is_not_undone_by_a_check_of_the_configuration() -> None:
    course = waves(3).see(None, 2)

    assert configured(course.health, course.at) is course.health


def test_the_flapping_rule_is_the_channels_own() -> None:
    course = Course(replace(RULE, flapping=Flapping(changes=1, calm_for=MINUTE)))
    course.see(None).see(Cause.TLS, 3).see(None, 2).see(Cause.TLS, 3).see(None, 2)

    assert course.says() == (State.DOWN, Cause.TLS)
    assert course.wait(40 * SECOND).says() == (State.UP, None)
