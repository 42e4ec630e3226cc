"""One message on one account: how a try ends, and what becomes of the delivery."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import (
    Accepted,
    Delivery,
    DeliveryState,
    Failed,
    FindResult,
    Found,
    NotSeen,
    Outcome,
    ProvenAbsent,
    Receipt,
    Refused,
    Rendered,
    Scope,
    Throttled,
    Unclear,
    settle,
    settle_find,
    step,
)
from sentinel.domain.pauses import FIND_PAUSES_S, backoff
from tests.domain.course import MINUTE, NOON, SECOND

RECEIPT = Receipt(post_id="17", permalink="https://x.example/17")
State = DeliveryState


def delivery(state: DeliveryState = State.PUBLISHING, attempts: int = 1) -> Delivery:
    return Delivery(
        id="d",
        message_id="m",
        channel="x-stadt",
        account="x:stadt",
        routes=("katastrophe",),
        state=state,
        rendered=Rendered(text="Bombe", key="k", length=5, limit=280),
        planned_at=NOON - MINUTE,
        due_at=NOON - MINUTE,
        since=NOON - MINUTE,
        attempts=attempts,
    )


def test_an_accepted_post_is_published_with_its_receipt() -> None:
    tried = settle(delivery(), Accepted(receipt=RECEIPT, note=Cause.TRUNCATED), NOON)

    assert (tried.state, tried.receipt, tried.posted_at) == (State.PUBLISHED, RECEIPT, NOON)
    assert (tried.since, tried.cause, tried.note) == (NOON, None, Cause.TRUNCATED)
    assert tried.live
    assert tried.settled


def test_a_throttled_post_waits_for_the_reset() -> None:
    tried = settle(delivery(), Throttled(until=NOON + 5 * MINUTE), NOON)

    assert (tried.state, tried.due_at) == (State.PLANNED, NOON + 5 * MINUTE)
    assert tried.cause is Cause.RATE_LIMITED
    assert tried.pending


@pytest.mark.parametrize("until", [None, NOON, NOON - MINUTE])
def test_without_a_reset_to_come_it_waits_longer_each_time(until: datetime | None) -> None:
    throttled = Throttled(until=until)

    waits = [settle(delivery(attempts=n), throttled, NOON).due_at - NOON for n in (1, 2, 3, 9)]

    assert waits == [SECOND, 2 * SECOND, 4 * SECOND, 60 * SECOND]


def test_throttled_at_low_use_is_the_platform_defending_itself() -> None:
    """Drill D7."""
    tried = settle(delivery(), Throttled(until=None, own_fault=False), NOON)

    assert tried.cause is Cause.PLATFORM_DEFENDING


def test_a_failed_post_is_planned_again() -> None:
    tried = settle(delivery(attempts=3), Failed(Cause.TLS, "handshake"), NOON)

    assert (tried.state, tried.due_at) == (State.PLANNED, NOON + 4 * SECOND)
    assert (tried.cause, tried.evidence) == (Cause.TLS, "handshake")


def test_a_refused_channel_lets_the_route_move_on() -> None:
    tried = settle(delivery(), Refused(Cause.PLAN_REFUSED), NOON)

    assert (tried.state, tried.cause) == (State.MOVED, Cause.PLAN_REFUSED)
    assert not tried.settled  # planned again when the channel recovers


def test_a_refused_content_ends_the_delivery() -> None:
    tried = settle(delivery(), Refused(Cause.CONTENT_REJECTED, Scope.CONTENT), NOON)

    assert tried.state is State.REFUSED
    assert tried.settled


def test_an_unclear_post_is_looked_up_before_anything_else() -> None:
    """Drill D1: 500 but posted."""
    tried = settle(delivery(), Unclear(Cause.PLATFORM_FAULT), NOON)

    assert (tried.state, tried.finds, tried.due_at) == (State.UNKNOWN, 0, NOON + 2 * SECOND)
    assert not tried.pending


def test_what_is_found_is_published() -> None:
    found = settle_find(delivery(State.UNKNOWN), Found(RECEIPT), NOON)

    assert (found.state, found.receipt, found.posted_at) == (State.PUBLISHED, RECEIPT, NOON)


def test_what_is_proven_absent_is_planned_again_at_once() -> None:
    found = settle_find(delivery(State.UNKNOWN), ProvenAbsent("no such record"), NOON)

    assert (found.state, found.due_at) == (State.PLANNED, NOON)


def test_what_is_not_seen_stays_unknown_and_is_looked_up_ever_more_rarely() -> None:
    unknown = delivery(State.UNKNOWN)
    waits = []
    for _ in FIND_PAUSES_S:
        unknown = settle_find(unknown, NotSeen("not yet"), NOON)
        waits.append((unknown.due_at - NOON).total_seconds())

    assert unknown.state is State.UNKNOWN
    assert waits == [*FIND_PAUSES_S[1:], 1800]


def test_a_repeatable_post_not_seen_is_repeated_after_half_a_minute() -> None:
    """Drill D2: a time-out after the body was sent, on a server shown to drop copies."""
    unknown = replace(delivery(State.UNKNOWN), since=NOON)
    not_seen = NotSeen("not yet", repeatable=True)

    early = settle_find(unknown, not_seen, NOON + 29 * SECOND)
    late = settle_find(unknown, not_seen, NOON + 30 * SECOND)

    assert [early.state, late.state] == [State.UNKNOWN, State.PLANNED]


def test_the_table_has_no_other_arrows() -> None:
    arrows = {
        (before.value, after.value)
        for before in State
        for after in State
        if before is not after and allowed(before, after)
    }

    assert arrows == {
        ("planned", "publishing"),
        ("planned", "awaiting_person"),
        ("planned", "moved"),
        ("planned", "expired"),
        ("planned", "withdrawn"),
        ("publishing", "published"),
        ("publishing", "planned"),
        ("publishing", "moved"),
        ("publishing", "refused"),
        ("publishing", "unknown"),
        ("unknown", "published"),
        ("unknown", "planned"),
        *((unsent, "published") for unsent in ("planned", "moved", "refused")),  # a person says so
        ("published", "withdrawn"),  # a person has it taken down
        ("awaiting_person", "published"),
        ("awaiting_person", "moved"),
        ("awaiting_person", "expired"),
        ("awaiting_person", "withdrawn"),
        ("moved", "planned"),
        ("moved", "expired"),
        ("moved", "withdrawn"),
    }


def allowed(before: DeliveryState, after: DeliveryState) -> bool:
    try:
        step(delivery(before), after, NOON)
    except ValueError:
        return False
    return True


def test_staying_in_a_state_keeps_its_beginning() -> None:
    unknown = delivery(State.UNKNOWN)

    assert step(unknown, State.UNKNOWN, NOON, finds=3).since == unknown.since
    assert step(unknown, State.PUBLISHED, NOON).since == NOON


def test_pauses_double_up_to_a_minute() -> None:
    pauses = [backoff(attempts).total_seconds() for attempts in range(9)]

    assert pauses == [1, 1, 2, 4, 8, 16, 32, 60, 60]


causes = st.sampled_from(Cause)
untils = st.none() | st.integers(-600, 600).map(lambda n: NOON + n * SECOND)
outcomes: st.SearchStrategy[Outcome] = (
    st.builds(Accepted, receipt=st.just(RECEIPT))
    | st.builds(Throttled, until=untils, own_fault=st.booleans())
    | st.builds(Failed, causes)
    | st.builds(Refused, causes, st.sampled_from(Scope))
    | st.builds(Unclear, causes)
)
finds: st.SearchStrategy[FindResult] = (
    st.just(Found(RECEIPT))
    | st.just(ProvenAbsent())
    | st.builds(NotSeen, st.just(""), st.booleans())
)


@settings(max_examples=80)
@given(st.lists(st.tuples(outcomes, finds), max_size=20))
def test_a_post_is_repeated_only_when_the_last_one_is_certainly_not_out(
    story: list[tuple[Outcome, FindResult]],
) -> None:
    """Every post that may be out forbids the next, until it is shown that it is not."""
    at, now, may_be_out = NOON, delivery(State.PLANNED, attempts=0), False
    for outcome, find in story:
        at = max(at, now.due_at) + SECOND
        if now.state is State.MOVED:
            now = step(now, State.PLANNED, at)
        if now.state is State.PLANNED:
            assert not may_be_out
            now = step(now, State.PUBLISHING, at, attempts=now.attempts + 1)
            now = settle(now, outcome, at)
            may_be_out = isinstance(outcome, Accepted | Unclear)

            assert now.due_at > at or now.state is not State.PLANNED  # never at once, for ever

        elif now.state is State.UNKNOWN:
            waited = at - now.since >= timedelta(seconds=30)
            now = settle_find(now, find, at)
            repeatable = isinstance(find, NotSeen) and find.repeatable and waited
            may_be_out = not (isinstance(find, ProvenAbsent) or repeatable)

        assert now.live == (now.receipt is not None)
