"""How long a message waits for a channel, and when it comes back: one example for each rule."""

from datetime import timedelta

import pytest

from sentinel.domain.cause import Cause, Severity
from sentinel.domain.delivery import (
    Accepted,
    DeliveryState,
    Failed,
    Found,
    NotSeen,
    ProvenAbsent,
    Receipt,
    Refused,
    Throttled,
    Unclear,
)
from sentinel.domain.message import MessageState
from sentinel.domain.plan import Reason
from tests.domain.course import MINUTE, NOON, SECOND
from tests.domain.town import last_resort, note, town, up, wanted, why

GRAVE, ROUTINE = Severity.SEVERE, Severity.MINOR
OUT = Accepted(receipt=Receipt(post_id="1"))
HOUR = timedelta(hours=1)


def test_a_grave_message_moves_on_at_once_after_the_first_failure() -> None:
    musterstadt = town("x", "threads", severity=GRAVE)
    musterstadt.carry_out()
    musterstadt.post("x", Failed(Cause.PLATFORM_FAULT, "HTTP 503"))

    plan = musterstadt.carry_out()

    assert wanted(plan) == {"threads"}
    assert plan.due["threads"] == NOON
    left = note(plan, "x")
    assert (left.reason, left.cause) == (Reason.FAILED, Cause.PLATFORM_FAULT)
    assert left.evidence == "HTTP 503"


def test_a_routine_message_tries_again_until_reroute_after_and_then_moves_on() -> None:
    musterstadt = town("x", "threads", severity=ROUTINE, reroute_after=20 * SECOND)
    musterstadt.carry_out()
    musterstadt.post("x", Failed(Cause.PLATFORM_FAULT))

    plan = musterstadt.carry_out()
    assert (wanted(plan), plan.due["x"]) == ({"x"}, NOON + SECOND)
    assert plan.wake_at == NOON + 20 * SECOND

    musterstadt.wait(20 * SECOND)
    plan = musterstadt.carry_out()
    assert (wanted(plan), why(plan, "x")) == ({"threads"}, [Reason.FAILED])


@pytest.mark.parametrize("severity", [GRAVE, ROUTINE])
def test_an_unsent_post_waits_for_its_channel_no_longer_than_reroute_after(
    severity: Severity,
) -> None:
    musterstadt = town("x", "threads", severity=severity, reroute_after=20 * SECOND)

    assert musterstadt.carry_out().wake_at == NOON + 20 * SECOND  # or nobody would ever look
    musterstadt.wait(20 * SECOND)
    plan = musterstadt.carry_out()

    assert (wanted(plan), why(plan, "x")) == ({"threads"}, [Reason.WAITED])


def test_after_our_line_was_lost_a_post_waits_for_its_channel_to_be_looked_at_again() -> None:
    """The line is back before the channel was seen again: that doubt is not the channel's fault."""
    musterstadt = town("x", "threads", severity=ROUTINE, reroute_after=20 * SECOND)
    musterstadt.carry_out()
    musterstadt.fall("x", Cause.UPLINK_LOST)
    musterstadt.wait(HOUR)
    musterstadt.fall("x", Cause.STALE)

    soon = musterstadt.carry_out()
    musterstadt.wait(20 * SECOND)
    late = musterstadt.carry_out()

    assert (wanted(soon), wanted(late)) == ({"x"}, {"threads"})


def test_a_post_that_waited_in_vain_does_not_flap_between_two_channels() -> None:
    musterstadt = town("x", "threads", severity=ROUTINE)
    musterstadt.carry_out()
    musterstadt.wait(20 * SECOND)
    musterstadt.carry_out()

    for _ in range(5):
        musterstadt.wait(SECOND)
        plan = musterstadt.carry_out()
        assert (wanted(plan), plan.dropped) == ({"threads"}, {})


def test_waiting_counts_only_while_nothing_is_in_flight() -> None:
    musterstadt = town("x", "threads", severity=ROUTINE)
    musterstadt.carry_out()
    musterstadt.begin("x")
    musterstadt.wait(5 * MINUTE)

    plan = musterstadt.carry_out()

    assert wanted(plan) == {"x"}
    assert why(plan, "threads") == [Reason.NOT_NEEDED]


def test_a_grave_post_that_takes_longer_than_reroute_after_goes_to_the_next_channel_too() -> None:
    musterstadt = town("x", "threads", severity=GRAVE, reroute_after=20 * SECOND)
    musterstadt.carry_out()
    musterstadt.begin("x")
    assert musterstadt.carry_out().wake_at == NOON + 20 * SECOND  # or nobody would ever look

    musterstadt.wait(20 * SECOND)
    plan = musterstadt.carry_out()

    assert (wanted(plan), plan.stranded) == ({"x", "threads"}, ())
    assert why(plan, "x") == [Reason.WAITED]


def test_a_grave_post_that_takes_long_is_not_stranded_for_that() -> None:
    musterstadt = town("x", severity=GRAVE)
    musterstadt.carry_out()
    musterstadt.begin("x")
    musterstadt.wait(MINUTE)

    plan = musterstadt.carry_out()

    assert (plan.state, plan.stranded) == (MessageState.ACCEPTED, ())


def test_a_grave_message_does_not_wait_for_the_end_of_a_post_on_a_channel_that_fell() -> None:
    for severity, expected in ((GRAVE, {"x", "threads"}), (ROUTINE, {"x"})):
        musterstadt = town("x", "threads", severity=severity)
        musterstadt.carry_out()
        musterstadt.begin("x")
        musterstadt.fall("x", Cause.UNREACHABLE)

        plan = musterstadt.carry_out()

        assert (wanted(plan), plan.stranded) == (expected, ())


@pytest.mark.parametrize(("reset", "where"), [(15 * SECOND, "x"), (25 * SECOND, "threads")])
def test_a_throttled_routine_message_waits_for_a_reset_before_the_deadline_only(
    reset: timedelta, where: str
) -> None:
    musterstadt = town("x", "threads", severity=ROUTINE, reroute_after=20 * SECOND)
    musterstadt.carry_out()
    musterstadt.post("x", Throttled(until=NOON + reset))
    musterstadt.fall("x", Cause.RATE_LIMITED, until=NOON + reset)

    plan = musterstadt.carry_out()

    assert (wanted(plan), plan.stranded) == ({where}, ())


def test_a_throttled_grave_message_does_not_wait() -> None:
    musterstadt = town("x", "threads", severity=GRAVE)
    musterstadt.carry_out()
    musterstadt.post("x", Throttled(until=NOON + 5 * SECOND))

    assert wanted(musterstadt.carry_out()) == {"threads"}


def test_an_unclear_outcome_lets_a_grave_message_move_on_at_once() -> None:
    musterstadt = town("x", "threads", severity=GRAVE)
    musterstadt.carry_out()
    musterstadt.post("x", Unclear(Cause.PLATFORM_FAULT))

    plan = musterstadt.carry_out()

    assert (wanted(plan), why(plan, "x")) == ({"threads"}, [Reason.UNCLEAR])


def test_an_unclear_outcome_lets_a_routine_message_wait_for_the_first_look_up() -> None:
    musterstadt = town("x", "threads", severity=ROUTINE)
    musterstadt.carry_out()
    musterstadt.post("x", Unclear(Cause.PLATFORM_FAULT))

    plan = musterstadt.carry_out()
    assert (wanted(plan), plan.wake_at) == (set(), NOON + 20 * SECOND)
    assert plan.state is MessageState.ACCEPTED

    musterstadt.wait(2 * SECOND)
    musterstadt.find("x", NotSeen())
    plan = musterstadt.carry_out()
    assert (wanted(plan), why(plan, "x")) == ({"threads"}, [Reason.UNCLEAR])


def test_a_look_up_that_takes_too_long_is_not_waited_for() -> None:
    musterstadt = town("x", "threads", severity=ROUTINE)
    musterstadt.carry_out()
    musterstadt.post("x", Unclear(Cause.PLATFORM_FAULT))
    musterstadt.wait(20 * SECOND)

    assert wanted(musterstadt.carry_out()) == {"threads"}


def test_what_is_found_after_all_calls_the_unsent_substitute_back() -> None:
    musterstadt = town("x", "threads")
    musterstadt.carry_out()
    musterstadt.post("x", Unclear(Cause.PLATFORM_FAULT))
    musterstadt.carry_out()
    musterstadt.find("x", Found(Receipt(post_id="1")))

    plan = musterstadt.carry_out()

    assert plan.state is MessageState.LIVE
    assert musterstadt.of("threads").state is DeliveryState.MOVED


def test_what_is_proven_absent_may_be_tried_again_on_the_same_channel() -> None:
    musterstadt = town("x", severity=GRAVE)
    musterstadt.carry_out()
    musterstadt.post("x", Unclear(Cause.PLATFORM_FAULT))
    musterstadt.carry_out()
    musterstadt.find("x", ProvenAbsent("404"))

    plan = musterstadt.carry_out()

    assert (wanted(plan), plan.stranded) == ({"x"}, ())


def test_a_message_whose_only_delivery_is_unclear_is_stranded_and_not_repeated() -> None:
    musterstadt = town("x", severity=GRAVE)
    musterstadt.carry_out()
    musterstadt.post("x", Unclear(Cause.PLATFORM_FAULT))

    plan = musterstadt.carry_out()

    assert wanted(plan) == set()
    assert plan.state is MessageState.STRANDED


def test_an_unclear_always_channel_is_given_the_first_look_up_and_then_staff_are_told() -> None:
    musterstadt = town(always=("presse",), severity=GRAVE)
    musterstadt.carry_out()
    musterstadt.post("presse", Unclear(Cause.PLATFORM_FAULT))

    plan = musterstadt.carry_out()
    assert (plan.state, plan.wake_at) == (MessageState.ACCEPTED, NOON + 20 * SECOND)

    musterstadt.wait(2 * SECOND)
    musterstadt.find("presse", NotSeen())
    plan = musterstadt.carry_out()
    assert (plan.state, why(plan, "presse")) == (MessageState.STRANDED, [Reason.UNCLEAR])
    assert wanted(plan) == set()


def test_a_channel_that_refused_is_tried_again_when_publish_recovers() -> None:
    musterstadt = town("x", "threads", severity=GRAVE)
    musterstadt.carry_out()
    musterstadt.post("x", Refused(Cause.PLAN_REFUSED))
    plan = musterstadt.carry_out()
    assert (wanted(plan), why(plan, "x")) == ({"threads"}, [Reason.CHANNEL_REFUSED])
    musterstadt.fall("x", Cause.PLAN_REFUSED)
    musterstadt.fall("threads")

    musterstadt.wait(MINUTE)
    musterstadt.rise("x")
    plan = musterstadt.carry_out()

    assert (wanted(plan), plan.stranded, last_resort(plan)) == ({"x"}, (), set())
    again = musterstadt.plan()
    assert (wanted(again), again.dropped) == ({"x"}, {})  # its old failure is forgiven
    musterstadt.post("x", OUT)
    assert musterstadt.plan().state is MessageState.LIVE


def test_a_recovered_channel_that_fails_again_is_left_again() -> None:
    musterstadt = town("x", "threads", severity=GRAVE)
    musterstadt.carry_out()
    musterstadt.post("x", Failed(Cause.TLS))
    musterstadt.carry_out()
    musterstadt.wait(10 * SECOND)
    musterstadt.judge("x", up(since=musterstadt.at, half_open=True))
    assert wanted(musterstadt.carry_out()) == {"x"}
    musterstadt.wait(SECOND)
    musterstadt.post("x", Failed(Cause.TLS))

    for _ in range(3):
        musterstadt.wait(SECOND)
        assert wanted(musterstadt.carry_out()) == {"threads"}


def test_a_clock_that_was_set_back_makes_no_recovery() -> None:
    musterstadt = town("x", "threads", severity=GRAVE)
    musterstadt.judge("x", up(since=NOON + HOUR))  # by the clock of before
    musterstadt.carry_out()
    musterstadt.post("x", Failed(Cause.TLS))

    for _ in range(3):
        plan = musterstadt.carry_out()
        assert (wanted(plan), why(plan, "x")) == ({"threads"}, [Reason.FAILED])
        musterstadt.wait(SECOND)
