"""Which channels carry a message: one example for each rule of choosing."""

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
    Scope,
)
from sentinel.domain.message import Content, MessageState
from sentinel.domain.plan import Reason
from sentinel.domain.routing import matching
from sentinel.domain.rules import FailOverWhen, Match, Mode, Route
from tests.domain.course import MINUTE, NOON, SECOND
from tests.domain.town import (
    PUBLIC,
    PUBLISH,
    Town,
    bad,
    delivery,
    last_resort,
    note,
    town,
    up,
    wanted,
    why,
)

GRAVE, ROUTINE = Severity.EXTREME, Severity.MODERATE
OUT = Accepted(receipt=Receipt(post_id="1"))


def test_the_first_usable_channel_in_the_list_carries_it() -> None:
    musterstadt = town("x", "threads", "mastodon")
    musterstadt.fall("x", Cause.UNREACHABLE)

    plan = musterstadt.plan()

    assert wanted(plan) == {"threads"}
    assert plan.due["threads"] == NOON
    assert plan.state is MessageState.ACCEPTED
    assert plan.stranded == ()


def test_every_channel_passed_over_is_named_with_its_reason_and_evidence() -> None:
    musterstadt = town("off", "frozen", "held", "x", "threads", "mastodon")
    musterstadt.alter("off", mode=Mode.OFF)
    musterstadt.alter("frozen", mode=Mode.FROZEN)
    musterstadt.freeze("held")
    musterstadt.fall("x", Cause.TLS)

    plan = musterstadt.plan()

    assert [(n.channel, n.reason) for n in plan.passed] == [
        ("off", Reason.OFF),
        ("frozen", Reason.FROZEN),
        ("held", Reason.FROZEN),
        ("x", Reason.IMPAIRED),
        ("mastodon", Reason.NOT_NEEDED),
    ]
    found = note(plan, "x")
    assert (found.route, found.ability, found.cause) == ("katastrophe", PUBLISH, Cause.TLS)
    assert found.evidence == "saw tls"


def test_every_always_channel_must_carry_it_beside_the_list() -> None:
    musterstadt = town("x", "threads", always=("warnseite", "presse"))

    plan = musterstadt.carry_out()
    assert wanted(plan) == {"warnseite", "presse", "x"}

    musterstadt.post("x", OUT)
    musterstadt.post("warnseite", OUT)
    assert musterstadt.plan().state is MessageState.ACCEPTED
    musterstadt.post("presse", OUT)
    assert musterstadt.plan().state is MessageState.LIVE


def test_an_always_channel_that_is_down_is_tried_all_the_same_and_staff_are_told() -> None:
    musterstadt = town("x", always=("presse",))
    musterstadt.fall("presse")

    plan = musterstadt.plan()

    assert wanted(plan) == {"presse", "x"}
    assert plan.state is MessageState.STRANDED
    assert why(plan, "presse") == [Reason.IMPAIRED]


def test_an_always_channel_out_of_service_strands_the_route_for_nothing_can_stand_in() -> None:
    musterstadt = town("x", always=("presse",))
    musterstadt.freeze("presse")

    plan = musterstadt.plan()

    assert wanted(plan) == {"x"}
    assert plan.state is MessageState.STRANDED


def test_an_always_channel_that_refused_is_tried_again_when_it_recovers() -> None:
    musterstadt = town(always=("presse",))
    musterstadt.carry_out()
    musterstadt.post("presse", Refused(Cause.PERMISSION_MISSING))
    musterstadt.fall("presse", Cause.PERMISSION_MISSING)

    assert wanted(musterstadt.carry_out()) == set()
    musterstadt.wait(10 * MINUTE)
    musterstadt.rise("presse")
    plan = musterstadt.carry_out()

    assert wanted(plan) == {"presse"}
    assert plan.due["presse"] == musterstadt.at
    assert plan.stranded == ()


def test_an_always_channel_that_refused_without_falling_is_tried_again_after_a_pause() -> None:
    """A credential error that no second call confirmed changes no verdict, so none recovers."""
    musterstadt = town(always=("presse",))
    musterstadt.carry_out()
    musterstadt.post("presse", Refused(Cause.CREDENTIAL_REJECTED))

    plan = musterstadt.carry_out()

    assert plan.due == {"presse": NOON + SECOND}


def test_copies_says_how_many_of_the_list_must_carry_it() -> None:
    musterstadt = town("x", "threads", "mastodon", copies=2)
    musterstadt.fall("x")

    plan = musterstadt.carry_out()
    assert wanted(plan) == {"threads", "mastodon"}

    musterstadt.post("threads", OUT)
    assert musterstadt.plan().state is MessageState.ACCEPTED
    musterstadt.post("mastodon", OUT)
    assert musterstadt.plan().state is MessageState.LIVE


def test_too_few_usable_channels_strand_it_although_one_carries_it() -> None:
    musterstadt = town("x", "threads", copies=2)
    musterstadt.fall("x")

    plan = musterstadt.plan()

    assert wanted(plan) == {"x", "threads"}
    assert last_resort(plan) == {"x"}
    assert plan.state is MessageState.STRANDED


@pytest.mark.parametrize(("needs", "first"), [({PUBLISH}, "x"), ({PUBLISH, PUBLIC}, "threads")])
def test_needs_names_the_abilities_that_must_not_be_down(needs: set[str], first: str) -> None:
    """Hamburg, July 2023: posting still worked, but citizens could not read it."""
    hamburg = town("x", "threads", needs=frozenset(needs))
    hamburg.judge("x", bad(Cause.READER_RESTRICTED), PUBLIC)

    assert wanted(hamburg.plan()) == {first}


def test_what_is_live_counts_even_where_citizens_can_no_longer_read_it() -> None:
    hamburg = town("x", "threads", needs=frozenset({PUBLISH, PUBLIC}))
    hamburg.carry_out()
    hamburg.post("x", OUT)
    hamburg.judge("x", bad(Cause.NOT_VISIBLE), PUBLIC)

    plan = hamburg.plan()

    assert plan.state is MessageState.LIVE
    assert wanted(plan) == set()


@pytest.mark.parametrize(
    ("when", "first"), [(FailOverWhen.DEGRADED, "threads"), (FailOverWhen.DOWN, "x")]
)
@pytest.mark.parametrize("cause", [Cause.SLOW, Cause.QUOTA_LOW])
def test_fail_over_when_says_how_bad_a_channel_must_be(
    cause: Cause, when: FailOverWhen, first: str
) -> None:
    musterstadt = town("x", "threads", severity=ROUTINE, fail_over_when=when)
    musterstadt.fall("x", cause)

    assert wanted(musterstadt.plan()) == {first}


@pytest.mark.parametrize("cause", [Cause.SLOW, Cause.QUOTA_LOW])
def test_slowness_and_the_reserve_never_divert_a_grave_message(cause: Cause) -> None:
    musterstadt = town("x", "threads", severity=GRAVE)
    musterstadt.fall("x", cause)

    assert wanted(musterstadt.plan()) == {"x"}


def test_a_standby_channel_is_used_only_as_a_fallback() -> None:
    musterstadt = town("sms", "x", "threads", standby=("sms",))

    assert wanted(musterstadt.plan()) == {"x"}
    musterstadt.fall("x")
    assert wanted(musterstadt.plan()) == {"threads"}
    musterstadt.fall("threads")
    assert wanted(musterstadt.plan()) == {"sms"}


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.FROZEN])
def test_a_channel_off_or_frozen_is_never_posted_to_not_even_as_the_last_one(mode: Mode) -> None:
    dresden = town("x")
    dresden.alter("x", mode=mode)

    plan = dresden.plan()

    assert wanted(plan) == set()
    assert plan.state is MessageState.STRANDED


def test_a_freeze_with_an_end_is_over_by_itself() -> None:
    musterstadt = town("x", "threads")
    musterstadt.freeze("x", until=NOON + 5 * MINUTE)

    plan = musterstadt.plan()
    assert (wanted(plan), why(plan, "x")) == ({"threads"}, [Reason.FROZEN])

    musterstadt.wait(5 * MINUTE)
    assert wanted(musterstadt.plan()) == {"x"}


def test_a_stranded_message_is_looked_at_again_when_a_freeze_ends() -> None:
    musterstadt = town("x")
    musterstadt.freeze("x", until=NOON + 5 * MINUTE)

    assert musterstadt.plan().wake_at == NOON + 5 * MINUTE


def test_an_unsent_post_leaves_a_channel_that_is_frozen_and_comes_back_when_released() -> None:
    musterstadt = town("x", "threads")
    musterstadt.carry_out()
    musterstadt.freeze("x")

    assert wanted(musterstadt.carry_out()) == {"threads"}
    assert musterstadt.of("x").state is DeliveryState.MOVED
    musterstadt.release("x")
    plan = musterstadt.carry_out()

    assert wanted(plan) == {"x"}
    assert plan.dropped["d-threads"].reason is Reason.NOT_NEEDED


def test_a_locked_account_is_left_to_a_person() -> None:
    musterstadt = town("x", always=("presse",))
    musterstadt.fall("x", Cause.ACCOUNT_LOCKED)
    musterstadt.fall("presse", Cause.ACCOUNT_LOCKED)

    plan = musterstadt.plan()

    assert wanted(plan) == set()
    assert plan.stranded == ("katastrophe",)


def test_a_refused_content_moves_on_and_never_comes_back() -> None:
    musterstadt = town("x", "threads")
    musterstadt.carry_out()
    musterstadt.post("x", Refused(Cause.CONTENT_REJECTED, Scope.CONTENT))

    plan = musterstadt.carry_out()
    assert (wanted(plan), why(plan, "x")) == ({"threads"}, [Reason.CONTENT_REFUSED])

    musterstadt.post("threads", Refused(Cause.CONTENT_REJECTED, Scope.CONTENT))
    plan = musterstadt.carry_out()
    assert wanted(plan) == set()
    assert plan.state is MessageState.STRANDED


def test_a_refused_always_channel_strands_it() -> None:
    musterstadt = town("x", always=("presse",))
    musterstadt.carry_out()
    musterstadt.post("presse", Refused(Cause.CONTENT_REJECTED, Scope.CONTENT))

    plan = musterstadt.carry_out()

    assert plan.stranded == ("katastrophe",)
    assert why(plan, "presse") == [Reason.CONTENT_REFUSED]


def test_an_exercise_asks_only_for_the_channels_that_allow_it() -> None:
    musterstadt = town("x", "threads", always=("warnseite", "presse"), content={"exercise": True})
    musterstadt.alter("warnseite", exercises=True)

    plan = musterstadt.carry_out()
    assert wanted(plan) == {"warnseite"}
    assert {n.reason for n in plan.passed} == {Reason.NO_EXERCISES}

    musterstadt.post("warnseite", OUT)
    assert musterstadt.plan().state is MessageState.LIVE


def test_an_exercise_keeps_nobody_waiting_for_a_route_without_such_a_channel() -> None:
    musterstadt = town(always=("warnseite",), content={"exercise": True})
    musterstadt.alter("warnseite", exercises=True)
    other = Route(name="stadtteil", priority=("warnseite2",))
    musterstadt.board |= town("warnseite2").board
    musterstadt.routes += (other,)
    musterstadt.carry_out()

    musterstadt.post("warnseite", OUT)

    assert musterstadt.plan().state is MessageState.LIVE


def test_a_choice_of_channels_limits_the_routes_choice() -> None:
    musterstadt = town(
        "x", "threads", always=("warnseite",), copies=2, content={"channels": ("threads",)}
    )

    plan = musterstadt.carry_out()
    assert wanted(plan) == {"threads"}
    assert (why(plan, "x"), why(plan, "warnseite")) == ([Reason.NOT_CHOSEN], [Reason.NOT_CHOSEN])

    musterstadt.post("threads", OUT)
    assert musterstadt.plan().state is MessageState.LIVE


@pytest.mark.parametrize("content", [{"channels": ("x",)}, {"exercise": True}])
def test_the_only_channel_chosen_is_missed_when_it_is_frozen(content: dict[str, object]) -> None:
    musterstadt = town("x", "threads", content=content)
    musterstadt.alter("x", exercises=True)
    musterstadt.freeze("x")

    plan = musterstadt.plan()

    assert plan.state is MessageState.STRANDED
    assert plan.stranded == ("katastrophe",)


def test_a_message_that_fits_no_channel_any_more_is_stranded() -> None:
    musterstadt = town("x", content={"exercise": True})

    assert musterstadt.plan().state is MessageState.STRANDED


def test_a_channel_removed_from_the_rules_lets_its_unsent_post_go() -> None:
    musterstadt = town("x", "threads")
    musterstadt.carry_out()
    del musterstadt.board["x"]
    musterstadt.routes = (replace(musterstadt.routes[0], priority=("threads",)),)

    plan = musterstadt.carry_out()

    assert wanted(plan) == {"threads"}
    assert why(plan, "x") == [Reason.REMOVED]
    assert [(d.channel, d.state) for d in musterstadt.deliveries] == [
        ("x", DeliveryState.MOVED),
        ("threads", DeliveryState.PLANNED),
    ]


def test_a_renamed_channel_keeps_its_delivery() -> None:
    musterstadt = town("x-neu", "threads")
    musterstadt.alter("x-neu", account="x-account")
    musterstadt.deliveries = [delivery("x", DeliveryState.PUBLISHED)]

    assert musterstadt.plan().state is MessageState.LIVE


@pytest.mark.parametrize("old_first", [True, False])
def test_a_channel_that_is_off_never_stands_in_the_way_of_its_successor(old_first: bool) -> None:  # noqa: FBT001 - a case
    musterstadt = town(*(("alt", "neu") if old_first else ("neu", "alt")), copies=2)
    for name in ("alt", "neu"):
        musterstadt.alter(name, account="konto")
    musterstadt.alter("alt", mode=Mode.OFF)

    musterstadt.carry_out()
    assert musterstadt.plan().dropped == {}

    musterstadt.post("neu", OUT)
    assert musterstadt.plan().state is MessageState.STRANDED  # one account is one copy


def test_a_route_removed_from_the_rules_is_brought_to_an_end() -> None:
    musterstadt = town("x", "threads", always=("presse",))
    musterstadt.carry_out()
    musterstadt.routes = ()

    assert wanted(musterstadt.carry_out()) == {"x", "presse"}
    musterstadt.post("x", OUT)
    assert musterstadt.plan().state is MessageState.ACCEPTED
    musterstadt.post("presse", OUT)
    assert musterstadt.plan().state is MessageState.LIVE


def test_a_route_removed_before_anything_began_is_stranded_and_never_live() -> None:
    musterstadt = town("x")
    musterstadt.routes = ()

    assert musterstadt.plan().state is MessageState.STRANDED
    musterstadt.wait(timedelta(hours=24))
    assert musterstadt.plan().state is MessageState.EXPIRED


def test_several_routes_share_a_delivery() -> None:
    musterstadt = town("x", "threads")
    stadtteil = Route(name="stadtteil", priority=("threads", "x"))
    musterstadt.routes += (stadtteil,)
    musterstadt.fall("x")

    plan = musterstadt.carry_out()
    assert plan.wanted == {"threads": frozenset({"katastrophe", "stadtteil"})}

    musterstadt.post("threads", OUT)
    assert musterstadt.plan().state is MessageState.LIVE


def test_where_routes_differ_the_stranded_one_is_named() -> None:
    musterstadt = town("x")
    musterstadt.routes += (Route(name="presse", priority=("mail",)),)
    musterstadt.board |= town("mail").board
    musterstadt.fall("mail")

    plan = musterstadt.plan()

    assert plan.state is MessageState.STRANDED
    assert plan.stranded == ("presse",)
    assert last_resort(plan) == {"mail"}


def test_every_route_that_matches_applies() -> None:
    severe = Route(name="schwer", match=Match(severity=frozenset({Severity.SEVERE})))
    tagged = Route(name="bombe", match=Match(tag=frozenset({"kampfmittel", "bombe"})))
    both = Route(
        name="beides",
        match=Match(severity=frozenset({Severity.EXTREME}), tag=frozenset({"kampfmittel"})),
    )
    spoken = Route(name="en", match=Match(language=frozenset({"en"})))
    kind = Route(name="met", match=Match(category=frozenset({"Met"})))
    every = Route(name="alles")
    content = Content(
        headline="Bombe", text="Bitte gehen.", severity=Severity.SEVERE, tags=("kampfmittel",)
    )

    found = matching((severe, tagged, both, spoken, kind, every), content)

    assert [route.name for route in found] == ["schwer", "bombe", "alles"]


def test_the_same_facts_give_the_same_plan() -> None:
    musterstadt = town("x", "threads", always=("presse",), copies=2)
    musterstadt.fall("x")

    first = musterstadt.carry_out()
    again = musterstadt.plan()

    assert (first.wanted, first.due, first.passed) == (again.wanted, again.due, again.passed)
    assert again.dropped == {}


def test_a_failing_grave_message_uses_the_whole_list_before_the_last_resort() -> None:
    musterstadt: Town = town("x", "threads", "mastodon", severity=GRAVE)

    for name in ("x", "threads", "mastodon"):
        plan = musterstadt.carry_out()
        assert (wanted(plan), plan.stranded) == ({name}, ())
        musterstadt.post(name, Failed(Cause.UNREACHABLE))
    plan = musterstadt.carry_out()

    assert (wanted(plan), last_resort(plan)) == ({"x"}, {"x"})
    assert plan.state is MessageState.STRANDED


def test_a_better_channel_that_comes_back_takes_over_what_is_unsent() -> None:
    musterstadt = town("x", "threads")
    musterstadt.fall("x")
    musterstadt.carry_out()
    musterstadt.judge("x", up(since=NOON))

    plan = musterstadt.carry_out()

    assert wanted(plan) == {"x"}
    assert musterstadt.of("threads").state is DeliveryState.MOVED
