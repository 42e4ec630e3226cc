"""Doubt, our own line, the last one, and the end: one example for each rule."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sentinel.domain.cause import Cause, Severity
from sentinel.domain.delivery import (
    Accepted,
    DeliveryState,
    Failed,
    Receipt,
    Refused,
    Throttled,
)
from sentinel.domain.message import MessageState
from sentinel.domain.plan import Reason
from tests.domain.course import NOON, SECOND
from tests.domain.town import PUBLIC, PUBLISH, bad, last_resort, note, town, wanted, why

GRAVE, ROUTINE = Severity.SEVERE, Severity.MINOR
OUT = Accepted(receipt=Receipt(post_id="1"))
HOUR = timedelta(hours=1)


def test_a_doubt_is_no_recovery_unless_a_person_said_try_again() -> None:
    for half_open, where in ((False, "threads"), (True, "x")):
        musterstadt = town("x", "threads", severity=ROUTINE)
        musterstadt.carry_out()
        musterstadt.post("x", Refused(Cause.PLAN_REFUSED))
        musterstadt.carry_out()
        musterstadt.wait(SECOND)
        musterstadt.judge("x", bad(Cause.STALE, since=musterstadt.at, half_open=half_open))

        assert wanted(musterstadt.carry_out()) == {where}


@pytest.mark.parametrize("cause", [Cause.STALE, Cause.NOT_OBSERVED])
def test_in_doubt_a_grave_message_also_goes_to_the_next(cause: Cause) -> None:
    for severity, expected in ((GRAVE, {"x", "threads"}), (ROUTINE, {"x"})):
        musterstadt = town("x", "threads", "mastodon", severity=severity)
        musterstadt.judge("x", bad(cause))

        plan = musterstadt.plan()

        assert wanted(plan) == expected
        assert why(plan, "x") == ([Reason.DOUBT] if severity is GRAVE else [])
        assert plan.stranded == ()


def test_a_doubt_lasts_while_the_post_is_under_way() -> None:
    musterstadt = town("x", "threads", severity=GRAVE)
    musterstadt.judge("x", bad(Cause.STALE))
    musterstadt.carry_out()
    musterstadt.begin("x")

    plan = musterstadt.carry_out()

    assert (wanted(plan), plan.dropped) == ({"x", "threads"}, {})


def test_of_an_ability_never_observed_only_publish_is_a_doubt() -> None:
    for cause, expected in ((Cause.NOT_OBSERVED, {"x"}), (Cause.STALE, {"x", "threads"})):
        musterstadt = town("x", "threads", needs=frozenset({PUBLISH, PUBLIC}))
        musterstadt.judge("x", bad(cause), PUBLIC)

        plan = musterstadt.plan()

        assert wanted(plan) == expected
        if expected == {"x", "threads"}:
            assert note(plan, "x").ability is PUBLIC


def test_before_anything_was_observed_a_grave_message_goes_everywhere_and_is_not_stranded() -> None:
    musterstadt = town("x", "threads", severity=GRAVE)
    for name in ("x", "threads"):
        musterstadt.judge(name, bad(Cause.NOT_OBSERVED))

    plan = musterstadt.plan()

    assert wanted(plan) == {"x", "threads"}
    assert plan.state is MessageState.ACCEPTED


def test_when_our_line_is_lost_a_grave_message_leaves_to_the_first_channel_off_that_line() -> None:
    musterstadt = town("x", "threads", "sms", severity=GRAVE, standby=("sms",))
    for name in ("x", "threads"):
        musterstadt.fall(name, Cause.UPLINK_LOST)

    plan = musterstadt.plan()

    assert (wanted(plan), plan.stranded) == ({"sms"}, ())
    assert why(plan, "x") == [Reason.IMPAIRED]


def test_when_our_line_is_lost_a_routine_message_waits_and_goes_out_when_it_is_back() -> None:
    musterstadt = town("x", "threads", "sms", severity=ROUTINE)
    musterstadt.carry_out()
    for name in ("x", "threads"):
        musterstadt.fall(name, Cause.UPLINK_LOST)
    musterstadt.post("x", Failed(Cause.UPLINK_LOST))
    musterstadt.wait(HOUR)

    plan = musterstadt.carry_out()
    assert (wanted(plan), plan.stranded) == ({"x"}, ())

    musterstadt.rise("x")
    plan = musterstadt.carry_out()
    assert (wanted(plan), plan.due["x"]) == ({"x"}, musterstadt.at)


def test_the_last_one_is_tried_again_and_again_with_growing_pauses_of_at_most_a_minute() -> None:
    musterstadt = town("x", "threads", severity=GRAVE)
    musterstadt.fall("x", Cause.UNREACHABLE)
    musterstadt.fall("threads", Cause.ACCOUNT_LOCKED)
    pauses = []

    for _ in range(9):
        plan = musterstadt.carry_out()
        assert (wanted(plan), last_resort(plan)) == ({"x"}, {"x"})
        assert why(plan, "x") == [Reason.IMPAIRED, Reason.LAST_RESORT]
        assert plan.state is MessageState.STRANDED
        pauses.append(round((plan.due["x"] - musterstadt.at).total_seconds()))
        musterstadt.at = plan.due["x"]
        musterstadt.post("x", Failed(Cause.UNREACHABLE))

    assert pauses == [0, 1, 2, 4, 8, 16, 32, 60, 60]


def test_a_far_reset_does_not_stop_the_last_one_from_being_tried() -> None:
    musterstadt = town("x", severity=GRAVE)
    musterstadt.carry_out()
    musterstadt.post("x", Throttled(until=NOON + HOUR))
    musterstadt.fall("x", Cause.RATE_LIMITED, until=NOON + HOUR)

    plan = musterstadt.carry_out()

    assert plan.due == {"x": NOON + SECOND}
    assert musterstadt.of("x").due_at == NOON + SECOND


def test_the_best_of_the_bad_is_best_by_state_then_gravity_then_priority() -> None:
    musterstadt = town("a", "b", "c", "d", severity=ROUTINE)
    musterstadt.fall("a", Cause.PERMISSION_MISSING)
    musterstadt.fall("b", Cause.UNREACHABLE)
    musterstadt.fall("c", Cause.UNREACHABLE)
    musterstadt.fall("d", Cause.SLOW)

    assert last_resort(musterstadt.plan()) == {"d"}
    musterstadt.fall("d", Cause.PAYMENT_REQUIRED)
    assert last_resort(musterstadt.plan()) == {"b"}


def test_the_last_resort_stays_one_until_something_changes() -> None:
    """Else staff would be called again at every look."""
    musterstadt = town("x", "threads", severity=GRAVE)
    for name in ("x", "threads"):
        musterstadt.carry_out()
        musterstadt.post(name, Failed(Cause.UNREACHABLE))
    musterstadt.carry_out()

    for _ in range(50):
        musterstadt.wait(SECOND)
        plan = musterstadt.carry_out()
        assert (last_resort(plan), plan.state) == ({"x"}, MessageState.STRANDED)
        if musterstadt.of("x").due_at <= musterstadt.at:
            musterstadt.begin("x")
            assert musterstadt.carry_out().state is MessageState.STRANDED
            musterstadt.end("x", Failed(Cause.UNREACHABLE))


def test_a_last_resort_whose_channel_recovers_goes_out_at_once() -> None:
    musterstadt = town("x", severity=GRAVE)
    musterstadt.carry_out()
    musterstadt.fall("x")
    musterstadt.post("x", Throttled(until=NOON + HOUR))
    musterstadt.carry_out()
    musterstadt.wait(SECOND / 2)
    musterstadt.rise("x")

    plan = musterstadt.carry_out()

    assert (plan.due, plan.state) == ({"x": musterstadt.at}, MessageState.ACCEPTED)
    assert musterstadt.of("x").due_at == musterstadt.at


def test_nothing_is_posted_before_its_time() -> None:
    musterstadt = town("x", content={"not_before": NOON + HOUR})

    plan = musterstadt.plan()
    assert (plan.state, wanted(plan)) == (MessageState.SCHEDULED, set())
    assert plan.wake_at == NOON + HOUR

    musterstadt.wait(HOUR)
    assert wanted(musterstadt.plan()) == {"x"}


def test_nothing_is_posted_after_its_end() -> None:
    musterstadt = town("x", "threads", always=("presse",))
    musterstadt.carry_out()
    musterstadt.post("x", OUT)
    musterstadt.wait(24 * HOUR)

    plan = musterstadt.carry_out()

    assert (plan.state, wanted(plan)) == (MessageState.EXPIRED, set())
    assert musterstadt.of("presse").state is DeliveryState.EXPIRED
    assert musterstadt.of("x").state is DeliveryState.PUBLISHED


def test_what_was_live_to_its_end_stays_live() -> None:
    musterstadt = town("x")
    musterstadt.carry_out()
    musterstadt.post("x", OUT)
    musterstadt.wait(24 * HOUR)

    assert musterstadt.plan().state is MessageState.LIVE


def test_a_withdrawn_message_is_stopped() -> None:
    musterstadt = town("x")
    musterstadt.carry_out()
    musterstadt.message = replace(musterstadt.message, withdrawn_at=NOON)

    plan = musterstadt.carry_out()

    assert (plan.state, wanted(plan)) == (MessageState.WITHDRAWN, set())
    assert musterstadt.of("x").state is DeliveryState.WITHDRAWN


def test_on_hold_what_is_not_live_is_held_and_scheduled_messages_too() -> None:
    musterstadt = town("x")
    musterstadt.on_hold = True
    assert musterstadt.plan().state is MessageState.HELD

    later = town("x", content={"not_before": NOON + HOUR})
    later.on_hold = True
    assert (later.plan().state, later.plan().wake_at) == (MessageState.HELD, NOON + HOUR)

    musterstadt.carry_out()
    musterstadt.post("x", OUT)
    assert musterstadt.plan().state is MessageState.LIVE


def test_a_hold_is_no_waiting_neither_during_it_nor_after() -> None:
    musterstadt = town("x", "threads", severity=ROUTINE)
    musterstadt.on_hold = True
    musterstadt.carry_out()
    musterstadt.wait(HOUR)
    assert wanted(musterstadt.carry_out()) == {"x"}

    musterstadt.on_hold, musterstadt.waiting_since = False, musterstadt.at
    plan = musterstadt.carry_out()
    assert (wanted(plan), plan.wake_at) == ({"x"}, musterstadt.at + 20 * SECOND)

    musterstadt.wait(20 * SECOND)
    assert wanted(musterstadt.carry_out()) == {"threads"}
