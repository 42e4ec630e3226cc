"""Posting late: on better channels that came back, once, and with the time of the original."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sentinel.domain.cause import Cause, Severity
from sentinel.domain.delivery import (
    Accepted,
    DeliveryState,
    Failed,
    ProvenAbsent,
    Receipt,
    Refused,
    Scope,
    Unclear,
)
from sentinel.domain.late import dated
from sentinel.domain.message import Content, Kind, MessageState, Variant
from sentinel.domain.plan import Plan, Reason
from sentinel.domain.rules import OnRecovery
from tests.domain.chains import Chain
from tests.domain.course import MINUTE, NOON, SECOND
from tests.domain.town import Town, town, wanted

OUT = Accepted(receipt=Receipt(post_id="1"))
S = DeliveryState


def live_on_threads(**route: object) -> Town:
    """X was down when the alarm came, so Threads carries it."""
    musterstadt = town("x", "threads", "mastodon", **route)  # type: ignore[arg-type]
    musterstadt.fall("x")
    musterstadt.carry_out()
    musterstadt.post("threads", OUT)
    musterstadt.wait(MINUTE)
    return musterstadt


def late(plan: Plan) -> tuple[set[str], set[str]]:
    return set(plan.wanted), set(plan.late)


def test_a_better_channel_that_comes_back_gets_the_message_late() -> None:
    musterstadt = live_on_threads()
    plan = musterstadt.carry_out()
    assert (late(plan), plan.hopes, plan.state) == ((set(), set()), True, MessageState.LIVE)

    musterstadt.rise("x")
    plan = musterstadt.carry_out()

    assert (late(plan), plan.state) == (({"x"}, {"x"}), MessageState.LIVE)
    assert plan.due["x"] == musterstadt.at


def test_it_is_posted_late_once_and_then_nothing_is_hoped_for() -> None:
    musterstadt = live_on_threads()
    musterstadt.rise("x")
    musterstadt.carry_out()
    assert late(musterstadt.carry_out()) == ({"x"}, {"x"})  # planned, not yet out

    musterstadt.post("x", OUT)
    plan = musterstadt.carry_out()

    assert (late(plan), plan.hopes) == ((set(), set()), False)


def test_a_route_that_skips_posts_nothing_late_and_hopes_for_nothing() -> None:
    musterstadt = live_on_threads(on_recovery=OnRecovery.SKIP)
    musterstadt.rise("x")

    plan = musterstadt.carry_out()

    assert (late(plan), plan.hopes) == ((set(), set()), False)


def test_a_lower_channel_that_comes_back_gets_nothing() -> None:
    musterstadt = town("x", "threads")
    musterstadt.fall("threads")
    musterstadt.carry_out()
    musterstadt.post("x", OUT)
    musterstadt.rise("threads")

    plan = musterstadt.carry_out()

    assert (late(plan), plan.hopes) == ((set(), set()), False)


def test_a_better_channel_that_was_only_in_doubt_gets_nothing() -> None:
    musterstadt = town("x", "threads", severity=Severity.SEVERE)
    musterstadt.fall("x", Cause.STALE)
    assert wanted(musterstadt.carry_out()) == {"x", "threads"}
    musterstadt.post("threads", OUT)
    musterstadt.rise("x")

    plan = musterstadt.carry_out()

    assert (late(plan), plan.hopes) == ((set(), set()), False)


def test_a_channel_only_in_doubt_is_not_back_yet() -> None:
    musterstadt = live_on_threads()
    musterstadt.fall("x", Cause.STALE)

    plan = musterstadt.carry_out()

    assert (late(plan), plan.hopes) == ((set(), set()), True)


def test_a_released_channel_gets_it_late() -> None:
    musterstadt = town("x", "threads")
    musterstadt.freeze("x")
    musterstadt.carry_out()
    musterstadt.post("threads", OUT)
    assert musterstadt.carry_out().hopes
    musterstadt.release("x")

    assert late(musterstadt.carry_out()) == ({"x"}, {"x"})


@pytest.mark.parametrize("outcome", [Failed(Cause.TLS), Refused(Cause.PLAN_REFUSED)])
def test_a_channel_that_failed_gets_it_late_when_it_recovers(outcome: Failed | Refused) -> None:
    musterstadt = town("x", "threads")
    musterstadt.carry_out()
    musterstadt.post("x", outcome)
    musterstadt.carry_out()
    musterstadt.post("threads", OUT)
    assert late(musterstadt.carry_out()) == (set(), set())
    musterstadt.wait(MINUTE)
    musterstadt.rise("x")

    plan = musterstadt.carry_out()

    assert late(plan) == ({"x"}, {"x"})
    assert musterstadt.of("x").state is S.PLANNED


def test_what_may_be_out_there_is_never_posted_late() -> None:
    musterstadt = town("x", "threads")
    musterstadt.carry_out()
    musterstadt.post("x", Unclear(Cause.TLS))
    musterstadt.carry_out()
    musterstadt.post("threads", OUT)
    musterstadt.rise("x")
    assert late(musterstadt.carry_out()) == (set(), set())

    musterstadt.find("x", ProvenAbsent())
    plan = musterstadt.carry_out()

    assert (late(plan), plan.hopes) == ((set(), set()), False)


def test_a_text_that_was_refused_is_not_offered_again() -> None:
    musterstadt = town("x", "threads")
    musterstadt.carry_out()
    musterstadt.post("x", Refused(Cause.CONTENT_REJECTED, Scope.CONTENT))
    musterstadt.carry_out()
    musterstadt.post("threads", OUT)

    plan = musterstadt.carry_out()

    assert (late(plan), plan.hopes) == ((set(), set()), False)


def test_only_as_many_better_channels_as_the_route_asks_copies_get_it_late() -> None:
    musterstadt = town("x", "threads", "mastodon")
    musterstadt.fall("x")
    musterstadt.fall("threads")
    musterstadt.carry_out()
    musterstadt.post("mastodon", OUT)
    musterstadt.wait(MINUTE)
    musterstadt.rise("x")
    musterstadt.rise("threads")

    assert late(musterstadt.carry_out()) == ({"x"}, {"x"})


def test_a_trouble_is_remembered_after_the_channel_came_back_too_early_to_be_used() -> None:
    musterstadt = town("x", "threads")
    musterstadt.fall("x")
    musterstadt.carry_out()
    musterstadt.begin("threads")
    musterstadt.wait(SECOND)
    musterstadt.rise("x")
    assert late(musterstadt.carry_out()) == ({"threads"}, set())

    musterstadt.end("threads", OUT)

    assert late(musterstadt.carry_out()) == ({"x"}, {"x"})


def test_nothing_is_posted_late_after_the_end() -> None:
    musterstadt = live_on_threads()
    musterstadt.rise("x")
    musterstadt.carry_out()
    musterstadt.wait(timedelta(hours=24))

    plan = musterstadt.carry_out()

    assert (late(plan), plan.state) == ((set(), set()), MessageState.LIVE)
    assert musterstadt.of("x").state is S.EXPIRED


def test_nothing_is_posted_late_after_a_follow_up_took_effect() -> None:
    chain = Chain(live_on_threads())
    chain.carry_out()
    chain.follow(Kind.ALL_CLEAR)
    chain.alarm.rise("x")

    plan = chain.carry_out()

    assert wanted(plan) == {"threads"}
    assert late(chain.alarm.plan()) == (set(), set())


def test_a_late_post_that_fails_again_waits_for_the_next_recovery() -> None:
    musterstadt = live_on_threads()
    musterstadt.rise("x")
    musterstadt.carry_out()
    musterstadt.post("x", Failed(Cause.TLS))

    plan = musterstadt.carry_out()
    assert (late(plan), plan.hopes, plan.state) == ((set(), set()), True, MessageState.LIVE)

    musterstadt.wait(MINUTE)
    musterstadt.rise("x")
    assert late(musterstadt.carry_out()) == ({"x"}, {"x"})


def test_an_update_is_posted_late_like_an_alarm_and_an_all_clear_is_not() -> None:
    for kind, expected in ((Kind.UPDATE, {"x"}), (Kind.ALL_CLEAR, set())):
        chain = Chain(live_on_threads())
        chain.carry_out()
        chain.follow(kind)
        chain.carry_out()
        chain.post("threads", OUT)
        chain.wait(MINUTE)
        chain.alarm.rise("x")

        assert set(chain.carry_out().late) == expected


BOMB = Content(
    headline="Bombe",
    text="Bitte gehen.",
    short_text="Bombe!",
    severity=Severity.SEVERE,
    texts={"x": "Bombe gefunden"},
    variants=(Variant(language="en", headline="Bomb", text="Please leave."),),
)
FIVE_PAST_TWO = datetime(2030, 1, 1, 14, 5, tzinfo=NOON.tzinfo)


def test_a_post_up_to_five_minutes_late_says_nothing_of_it() -> None:
    assert dated(BOMB, FIVE_PAST_TWO, FIVE_PAST_TWO + 5 * MINUTE) == BOMB


def test_a_later_post_names_the_time_of_the_original_in_every_text() -> None:
    told = dated(BOMB, FIVE_PAST_TWO, FIVE_PAST_TWO + 6 * MINUTE)

    assert told.headline == "Meldung von 14:05 Uhr: Bombe"
    assert told.short_text == "Meldung von 14:05 Uhr: Bombe!"
    assert told.texts == {"x": "Meldung von 14:05 Uhr: Bombe gefunden"}
    assert told.variants[0].headline == "Message of 14:05: Bomb"
    assert (told.text, told.event) == ("Bitte gehen.", "Bombe")


def test_on_another_day_it_names_the_date_too() -> None:
    next_morning = FIVE_PAST_TWO + timedelta(hours=17)

    german = dated(BOMB, FIVE_PAST_TWO, next_morning)
    english = dated(replace(BOMB, language="en"), FIVE_PAST_TWO, next_morning)

    assert german.headline == "Meldung vom 01.01.2030, 14:05 Uhr: Bombe"
    assert english.headline == "Message of 2030-01-01, 14:05: Bombe"


def test_a_reason_that_goes_away_outlasts_that_nobody_needed_the_channel() -> None:
    musterstadt = live_on_threads()
    musterstadt.rise("x")
    musterstadt.routes = (replace(musterstadt.routes[0], on_recovery=OnRecovery.SKIP),)

    musterstadt.carry_out()

    assert musterstadt.why["katastrophe", "x"] is Reason.IMPAIRED
