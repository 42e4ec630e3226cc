"""Updates and all-clears: whom they owe themselves to, and that they never overtake their alarm."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sentinel.domain.cause import Cause, Severity
from sentinel.domain.chain import OUT_TO
from sentinel.domain.delivery import (
    Accepted,
    DeliveryState,
    Failed,
    Found,
    NotSeen,
    ProvenAbsent,
    Receipt,
    Refused,
    Unclear,
    step,
)
from sentinel.domain.message import Kind, MessageState
from sentinel.domain.plan import Reason
from sentinel.domain.rules import Mode
from tests.domain.chains import Chain
from tests.domain.course import MINUTE, NOON, SECOND
from tests.domain.town import Town, town, wanted, why

OUT = Accepted(receipt=Receipt(post_id="1"))
S = DeliveryState


def alarm(*names: str, **more: object) -> Chain:
    """An alarm that was decided about, and nothing else."""
    chain = Chain(town(*names, **more))  # type: ignore[arg-type]
    chain.carry_out()
    return chain


def posted(*names: str, **more: object) -> Chain:
    """An alarm that is out on the first channel of its list, and on all its always channels."""
    chain = alarm(*names, **more)
    for delivery in chain.alarm.deliveries:
        chain.post(delivery.channel, OUT)
    return chain


def states(link: Town) -> dict[str, DeliveryState]:
    return {delivery.channel: delivery.state for delivery in link.deliveries}


def test_an_all_clear_goes_where_the_alarm_is_and_nowhere_else_in_the_list() -> None:
    chain = posted("x", "threads")
    chain.follow(Kind.ALL_CLEAR)

    plan = chain.carry_out()

    assert wanted(plan) == {"x"}
    assert why(plan, "threads") == [Reason.NOT_NEEDED]
    assert chain.post("x", OUT).state is MessageState.LIVE


def test_an_all_clear_goes_to_the_always_channels_even_if_the_alarm_did_not() -> None:
    chain = alarm("x", always=("seite",))
    chain.post("x", OUT)
    chain.follow(Kind.ALL_CLEAR)

    assert wanted(chain.carry_out()) == {"x", "seite"}


def test_an_all_clear_after_an_alarm_that_nobody_saw_is_live_at_once() -> None:
    chain = alarm("x", "threads")
    chain.follow(Kind.ALL_CLEAR)

    plan = chain.carry_out()

    assert (plan.state, wanted(plan), plan.stranded) == (MessageState.LIVE, set(), ())
    assert states(chain.alarm) == {"x": S.WITHDRAWN}


@pytest.mark.parametrize("kind", [Kind.UPDATE, Kind.ALL_CLEAR])
@pytest.mark.parametrize("moved", [False, True])
def test_a_follow_up_is_owed_where_only_some_recipients_have_the_alarm(
    kind: Kind, *, moved: bool
) -> None:
    chain = alarm("mail", "threads")
    chain.post("mail", Refused(Cause.PLAN_REFUSED) if moved else Failed(Cause.PLATFORM_FAULT))
    half = chain.alarm.of("mail")
    chain.alarm.put(replace(half, memory={f"{OUT_TO}1": "a, b"}))
    chain.post("threads", OUT)
    chain.follow(kind)

    assert "mail" in wanted(chain.carry_out())
    assert chain.alarm.plan().state is MessageState.LIVE


def test_a_mailing_that_was_taken_back_from_everybody_is_owed_nothing() -> None:
    chain = alarm("mail")
    chain.alarm.put(replace(chain.alarm.of("mail"), memory={f"{OUT_TO}1": ""}))
    chain.follow(Kind.ALL_CLEAR)

    assert wanted(chain.carry_out()) == set()


def test_what_is_unsent_of_an_alarm_is_withdrawn_in_the_moment_its_follow_up_takes_effect() -> None:
    chain = alarm("x", "threads", "mastodon", copies=2)
    chain.post("x", OUT)
    assert states(chain.alarm) == {"x": S.PUBLISHED, "threads": S.PLANNED}
    chain.follow(Kind.UPDATE)

    chain.carry_out()

    assert states(chain.alarm) == {"x": S.PUBLISHED, "threads": S.WITHDRAWN}
    assert chain.alarm.plan().state is MessageState.LIVE
    assert not chain.alarm.plan().wanted


def test_a_superseded_message_of_which_nothing_is_out_is_withdrawn() -> None:
    chain = alarm("x", "threads")
    chain.follow(Kind.UPDATE)
    chain.carry_out()

    assert chain.alarm.plan().state is MessageState.WITHDRAWN


def test_a_follow_up_that_is_scheduled_leaves_the_alarm_alone_until_its_time() -> None:
    chain = alarm("x", "threads")
    chain.follow(Kind.ALL_CLEAR, not_before=NOON + 10 * MINUTE)

    assert chain.carry_out().state is MessageState.SCHEDULED
    assert states(chain.alarm) == {"x": S.PLANNED}

    chain.wait(10 * MINUTE)
    chain.carry_out()

    assert states(chain.alarm)["x"] is S.WITHDRAWN


def test_a_follow_up_that_waits_for_approval_leaves_the_alarm_alone_until_then() -> None:
    chain = alarm("x", "threads")
    follow_up = chain.follow(Kind.UPDATE, needs_approval=True)

    plan = chain.carry_out()
    assert (plan.state, wanted(plan)) == (MessageState.AWAITING_APPROVAL, set())
    assert states(chain.alarm) == {"x": S.PLANNED}

    follow_up.message = replace(follow_up.message, approved_at=follow_up.at)
    assert wanted(chain.carry_out()) == {"x"}
    assert states(chain.alarm) == {"x": S.WITHDRAWN}


def test_a_message_that_nobody_approves_expires() -> None:
    musterstadt = town("x")
    musterstadt.message = replace(musterstadt.message, needs_approval=True)

    assert musterstadt.carry_out().wake_at == NOON + timedelta(hours=24)
    musterstadt.wait(timedelta(hours=24))

    assert musterstadt.carry_out().state is MessageState.EXPIRED


def test_an_all_clear_does_not_overtake_an_alarm_that_is_being_posted() -> None:
    chain = alarm("x", "threads")
    chain.alarm.begin("x")
    chain.follow(Kind.ALL_CLEAR)

    plan = chain.carry_out()
    assert (wanted(plan), why(plan, "x")) == (set(), [Reason.EARLIER_UNDER_WAY])
    assert plan.state is MessageState.ACCEPTED

    chain.alarm.end("x", OUT)
    assert wanted(chain.carry_out()) == {"x"}


def test_where_the_alarm_was_not_posted_after_all_nothing_is_owed() -> None:
    chain = alarm("x", "threads")
    chain.alarm.begin("x")
    chain.follow(Kind.ALL_CLEAR)
    chain.carry_out()

    chain.alarm.end("x", Failed(Cause.TLS))
    plan = chain.carry_out()

    assert (wanted(plan), plan.state) == (set(), MessageState.LIVE)
    assert states(chain.alarm) == {"x": S.WITHDRAWN}


def test_an_unclear_alarm_is_followed_without_waiting_for_a_look_up() -> None:
    chain = alarm("x", "threads")
    chain.post("x", Unclear(Cause.TLS))
    chain.follow(Kind.ALL_CLEAR)

    assert wanted(chain.carry_out()) == {"x"}

    chain.alarm.find("x", ProvenAbsent())
    plan = chain.carry_out()
    assert (wanted(plan), plan.state) == (set(), MessageState.LIVE)
    assert states(chain.alarm)["x"] is S.WITHDRAWN


def test_an_alarm_that_is_found_late_is_followed_too() -> None:
    chain = alarm("x", "threads")
    chain.post("x", Unclear(Cause.TLS))
    chain.follow(Kind.ALL_CLEAR)
    chain.carry_out()

    chain.alarm.find("x", Found(Receipt(post_id="1")))

    assert wanted(chain.carry_out()) == {"x"}


def test_an_alarm_in_the_hands_of_a_person_may_be_out_and_is_followed() -> None:
    chain = alarm("x", "threads")
    limit = NOON + 10 * MINUTE
    handed = step(chain.alarm.of("x"), S.AWAITING_PERSON, NOON, due_at=limit)
    chain.alarm.put(handed)
    chain.follow(Kind.ALL_CLEAR)

    assert wanted(chain.carry_out()) == {"x"}
    assert states(chain.alarm) == {"x": S.WITHDRAWN}
    assert wanted(chain.carry_out()) == {"x"}  # nor is it forgotten afterwards


@pytest.mark.parametrize("mode", [Mode.FROZEN, Mode.OFF])
def test_an_owed_channel_out_of_service_strands_the_follow_up(mode: Mode) -> None:
    chain = posted("x", "threads")
    chain.alarm.alter("x", mode=mode)
    chain.follow(Kind.ALL_CLEAR)

    plan = chain.carry_out()

    assert (wanted(plan), plan.state) == (set(), MessageState.STRANDED)
    assert plan.stranded == ("katastrophe",)


def test_an_owed_channel_that_the_rules_no_longer_have_strands_the_follow_up() -> None:
    chain = posted("x", "threads")
    del chain.alarm.board["x"]
    chain.alarm.routes = (replace(chain.alarm.routes[0], priority=("threads",)),)
    chain.follow(Kind.ALL_CLEAR)

    plan = chain.carry_out()

    assert (plan.state, why(plan, "x")) == (MessageState.STRANDED, [Reason.REMOVED])


def test_a_renamed_channel_is_still_owed() -> None:
    chain = posted("x", "threads")
    board = chain.alarm.board
    renamed = replace(board.pop("x").channel, name="x-neu")
    board["x-neu"] = replace(board["threads"], channel=renamed)
    chain.follow(Kind.ALL_CLEAR)

    assert wanted(chain.carry_out()) == {"x-neu"}


def test_neither_exercise_nor_a_choice_of_channels_excuses_an_owed_channel() -> None:
    chain = posted("x", "threads", always=("seite",))
    chain.follow(Kind.ALL_CLEAR, channels=("seite",))

    assert wanted(chain.carry_out()) == {"x", "seite"}


def test_an_owed_channel_that_is_down_is_tried_all_the_same_and_staff_are_told() -> None:
    chain = posted("x", "threads")
    chain.alarm.fall("x")
    chain.follow(Kind.ALL_CLEAR)

    plan = chain.carry_out()

    assert (wanted(plan), plan.stranded) == ({"x"}, ("katastrophe",))


def test_owed_channels_count_among_the_copies_of_an_update() -> None:
    chain = alarm("x", "threads", "mastodon", copies=1)
    chain.post("x", Failed(Cause.TLS))
    chain.post("threads", OUT)
    chain.follow(Kind.UPDATE)

    assert wanted(chain.carry_out()) == {"threads"}  # and not x, though it is better

    chain = posted("x", "threads", "mastodon", copies=1)
    chain.alarm.routes = (replace(chain.alarm.routes[0], copies=2),)
    chain.follow(Kind.UPDATE)
    assert wanted(chain.carry_out()) == {"x", "threads"}


def test_an_update_finds_another_channel_where_the_owed_one_has_failed() -> None:
    chain = posted("x", "threads")
    chain.alarm.fall("x")
    chain.follow(Kind.UPDATE)

    assert wanted(chain.carry_out()) == {"x", "threads"}


def test_a_grave_update_waits_for_an_alarm_in_flight_no_longer_than_reroute_after() -> None:
    chain = alarm("x", "threads", reroute_after=20 * SECOND)
    chain.alarm.begin("x")
    chain.follow(Kind.UPDATE)

    assert (wanted(chain.carry_out()), chain.last.plan().wake_at) == (set(), NOON + 20 * SECOND)
    chain.wait(20 * SECOND)

    assert wanted(chain.carry_out()) == {"threads"}


def test_a_follow_up_is_as_grave_as_the_gravest_link() -> None:
    chain = posted("x", "threads")
    chain.follow(Kind.UPDATE, severity=Severity.MINOR)
    chain.carry_out()

    plan = chain.post("x", Failed(Cause.TLS))

    assert wanted(plan) == {"x", "threads"}


def test_the_last_link_owes_itself_to_all_the_earlier_ones() -> None:
    chain = posted("x", "threads", "mastodon")
    chain.alarm.fall("x")
    chain.follow(Kind.UPDATE)
    chain.carry_out()
    chain.post("threads", OUT)
    chain.follow(Kind.ALL_CLEAR)

    assert wanted(chain.carry_out()) == {"x", "threads"}
    assert states(chain.links[1]) == {"x": S.WITHDRAWN, "threads": S.PUBLISHED}


def test_what_a_person_took_down_owes_nothing_any_more() -> None:
    chain = posted("x", "threads")
    chain.alarm.put(step(chain.alarm.of("x"), S.WITHDRAWN, NOON))
    chain.follow(Kind.ALL_CLEAR)

    plan = chain.carry_out()

    assert (wanted(plan), plan.state) == (set(), MessageState.LIVE)


def test_an_unclear_follow_up_on_an_owed_channel_has_no_stand_in() -> None:
    chain = posted("x", "threads")
    chain.follow(Kind.ALL_CLEAR)
    chain.carry_out()
    chain.post("x", Unclear(Cause.TLS))
    chain.last.find("x", NotSeen())

    plan = chain.carry_out()

    assert (wanted(plan), plan.state) == (set(), MessageState.STRANDED)


def test_an_owed_channel_whose_route_is_gone_is_still_the_follow_ups_business() -> None:
    chain = posted("x", "threads")
    chain.alarm.routes = ()
    chain.follow(Kind.ALL_CLEAR)

    plan = chain.carry_out()

    assert (wanted(plan), plan.stranded) == ({"x"}, ())
    assert chain.post("x", OUT).state is MessageState.LIVE


def test_a_message_over_before_its_follow_up_came_stays_what_it_was() -> None:
    chain = alarm("x", "threads")
    chain.wait(timedelta(hours=24))
    chain.carry_out()
    chain.follow(Kind.ALL_CLEAR)

    assert chain.carry_out().state is MessageState.LIVE
    assert chain.alarm.plan().state is MessageState.EXPIRED
    chain.wait(-timedelta(hours=2))  # somebody sets the clock back
    assert not chain.alarm.plan().wanted


def test_a_withdrawn_follow_up_leaves_its_alarm_superseded() -> None:
    chain = alarm("x", "threads")
    follow_up = chain.follow(Kind.UPDATE)
    chain.carry_out()

    follow_up.message = replace(follow_up.message, withdrawn_at=follow_up.at)
    chain.carry_out()

    assert not chain.alarm.plan().wanted
    assert states(follow_up) == {"x": S.WITHDRAWN}
