"""Too many requests: our own doing, or the platform defending itself?"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.cause import EFFECTS, Ability, Acts, Cause, State
from sentinel.domain.defence import defends_itself, own_use_low, whose, whose_refusal
from sentinel.domain.delivery import Failed, Throttled
from sentinel.domain.observation import Finding
from sentinel.domain.outcome import cause_of
from sentinel.domain.quota import Kind, Room, Source
from tests.domain.course import NOON

HOUR = timedelta(hours=1)


def stated(remaining: float, *, limit: float = 100, resets: datetime | None = NOON + HOUR) -> Room:
    return Room(
        limit=limit, remaining=remaining, reserve=0, resets_at=resets, source=Source.HEADERS
    )


def counted(remaining: float, *, limit: float = 100) -> Room:
    return replace(stated(remaining, limit=limit), source=Source.DOCUMENTATION)


def test_a_full_purse_says_nothing_of_the_pace() -> None:
    purse = replace(stated(98, resets=None), kind=Kind.CREDIT)

    assert defends_itself([purse]) is None
    assert defends_itself([purse, counted(0)]) is False


def refusal(cause: Cause = Cause.RATE_LIMITED, until: datetime | None = None) -> Finding:
    return Finding(ability=Ability.PUBLISH, cause=cause, evidence="HTTP 429", until=until)


def test_our_own_use_is_low_while_more_than_a_fifth_is_left() -> None:
    """Drill D7: a 429 at two percent of our own use is the platform defending itself."""
    assert [own_use_low(stated(some)) for some in (98, 21, 20, 0)] == [True, True, False, False]


@pytest.mark.parametrize(
    "rooms",
    [
        [stated(98)],
        [counted(98)],
        [stated(21), counted(20)],
        [stated(10), counted(21)],
    ],
)
def test_too_many_requests_while_more_than_a_fifth_is_left_is_the_platform_defending_itself(
    rooms: list[Room],
) -> None:
    """Bluesky, April 2026 (drill D7): 429 for everybody, whatever they had sent."""
    finding = whose(refusal(until=NOON + HOUR), rooms, NOON)
    outcome = whose_refusal(Throttled(until=NOON + HOUR), rooms, NOON)

    assert (finding.cause, finding.until) == (Cause.PLATFORM_DEFENDING, None)
    assert cause_of(outcome) is Cause.PLATFORM_DEFENDING


@pytest.mark.parametrize(
    "rooms",
    [[stated(0), counted(98)], [stated(20)], [counted(20)], [stated(98), stated(0, limit=9)]],
)
def test_too_many_requests_are_our_own_where_little_is_left(rooms: list[Room]) -> None:
    """A window that is stated to be used up decides, and so does the smallest of several."""
    assert whose(refusal(), rooms, NOON).cause is Cause.RATE_LIMITED
    assert cause_of(whose_refusal(Throttled(until=None), rooms, NOON)) is Cause.RATE_LIMITED


def test_a_full_window_in_the_answer_is_no_defence_beside_a_spent_one_that_is_known() -> None:
    """X: the answer shows a fresh quarter of an hour; the spent day was stated before."""
    rooms = [stated(99), stated(0, limit=300, resets=NOON + 9 * HOUR)]

    outcome = whose_refusal(Throttled(until=None, own_fault=False), rooms, NOON)

    assert outcome == Throttled(until=NOON + 9 * HOUR)
    assert whose(refusal(Cause.PLATFORM_DEFENDING), rooms, NOON).until == NOON + 9 * HOUR


def test_where_nobody_knows_a_limit_the_platforms_word_stands() -> None:
    word = Throttled(until=NOON + HOUR)

    assert defends_itself([]) is None
    assert whose_refusal(word, [], NOON) is word
    assert whose(refusal(), [], NOON) == refusal()


def test_only_too_many_requests_are_looked_at_again() -> None:
    fault, failed = refusal(Cause.PLATFORM_FAULT), Failed(Cause.PLATFORM_FAULT)
    capped = Throttled(until=None, cause=Cause.QUOTA_EXHAUSTED)

    assert whose(fault, [stated(98)], NOON) is fault
    assert whose_refusal(failed, [stated(98)], NOON) is failed
    assert whose_refusal(capped, [stated(98)], NOON) is capped


def test_defence_is_an_outage_and_counted_while_our_own_doing_acts_at_once() -> None:
    """Contract, section 1."""
    defending, limited = EFFECTS[Cause.PLATFORM_DEFENDING], EFFECTS[Cause.RATE_LIMITED]

    assert (defending.state, defending.acts, defending.outage) == (State.DOWN, Acts.COUNTED, True)
    assert (limited.state, limited.acts) == (State.DOWN, Acts.AT_ONCE)


some_rooms = st.lists(
    st.builds(
        lambda left, limit, source: replace(stated(min(left, limit), limit=limit), source=source),
        st.floats(0, 300),
        st.floats(1, 300),
        st.sampled_from(Source),
    ),
    max_size=5,
)


@given(some_rooms)
def test_whoever_asks_hears_the_same_of_a_check_and_of_a_post(rooms: list[Room]) -> None:
    finding, outcome = (
        whose(refusal(), rooms, NOON),
        whose_refusal(Throttled(until=None), rooms, NOON),
    )

    assert finding.cause is cause_of(outcome)
    assert whose(finding, rooms, NOON) == finding
    assert whose_refusal(outcome, rooms, NOON) == outcome
