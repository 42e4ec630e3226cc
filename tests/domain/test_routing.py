"""Which channels carry a message: one example for each rule of choosing."""

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
from sentinel.domain.message import MessageState
from sentinel.domain.plan import Reason
from sentinel.domain.rules import FailOverWhen, Mode
from tests.domain.course import MINUTE, NOON, SECOND
from tests.domain.town import (
    PUBLIC,
    PUBLISH,
    Town,
    bad,
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
