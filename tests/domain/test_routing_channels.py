"""Channels out of service, renamed, removed or not meant: one example for each rule of choosing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sentinel.domain.cause import Cause, Severity
from sentinel.domain.delivery import (
    Accepted,
    DeliveryState,
    Receipt,
)
from sentinel.domain.message import Content, MessageState
from sentinel.domain.plan import Reason
from sentinel.domain.routing import matching
from sentinel.domain.rules import Match, Mode, Route
from tests.domain.course import MINUTE, NOON
from tests.domain.town import (
    delivery,
    last_resort,
    town,
    wanted,
    why,
)

GRAVE, ROUTINE = Severity.EXTREME, Severity.MODERATE
OUT = Accepted(receipt=Receipt(post_id="1"))


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
