"""Calm or crisis: what opens one, what ends it, and which messages wait meanwhile."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.cause import Severity
from sentinel.domain.message import Content, Kind, Message
from sentinel.domain.posture import (
    Posture,
    Scene,
    Stance,
    Why,
    by_person,
    holds,
    let_go,
    moves,
    turned,
)

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(hours=24)


def message(number: int = 1, severity: Severity = Severity.SEVERE, **more: Any) -> Message:
    content = Content(headline="Bombe", text="Bitte gehen.", severity=severity)
    made = Message(
        id=f"m{number}",
        number=number,
        chain=f"m{number}",
        content=content,
        routes=("alles",),
        accepted_at=NOON,
        expires_at=NOON + 7 * DAY,
        effective_severity=severity,
    )
    own = {name: more.pop(name) for name in list(more) if hasattr(made, name)}
    return replace(made, content=replace(content, **more), **own)


def all_clear(of: Message, number: int, **more: Any) -> Message:
    more = {"chain": of.chain, "kind": Kind.ALL_CLEAR, "references": (of.id,), **more}
    return message(number, of.effective_severity, **more)


def scene(*links: Message, at: datetime = NOON, number: int = 100) -> Scene:
    return Scene(links=links, number=number, at=at)


def after(stance: Stance | None, *links: Message, at: datetime = NOON) -> Stance | None:
    return turned(stance, scene(*links, at=at), DAY, "daemon:sentinel")


def crisis(*links: Message) -> Stance:
    found = after(None, *links)
    assert found is not None
    assert found.crisis
    return found


# --- opening --------------------------------------------------------------------------------


@pytest.mark.parametrize("severity", [Severity.EXTREME, Severity.SEVERE])
def test_a_grave_message_opens_it(severity: Severity) -> None:
    stance = after(None, message(severity=severity))

    assert stance is not None
    assert (stance.posture, stance.why, stance.message) == (Posture.CRISIS, Why.MESSAGE, 1)


@pytest.mark.parametrize("severity", [Severity.MODERATE, Severity.MINOR])
def test_another_does_not(severity: Severity) -> None:
    assert after(None, message(severity=severity)) is None


def test_an_exercise_does_not() -> None:
    assert after(None, message(exercise=True)) is None


def test_one_that_nobody_has_approved_yet_does_not() -> None:
    assert after(None, message(needs_approval=True)) is None


def test_one_whose_time_has_not_come_does_not_yet() -> None:
    later = message(not_before=NOON + HOUR)

    assert after(None, later) is None
    assert after(None, later, at=NOON + HOUR) is not None


def test_one_that_is_over_does_not() -> None:
    assert after(None, message(), at=NOON + 8 * DAY) is None
    assert after(None, message(withdrawn_at=NOON)) is None
    assert after(None, message(superseded_at=NOON)) is None


def test_an_all_clear_does_not() -> None:
    assert after(None, all_clear(message(), 2)) is None


def test_a_grave_update_after_an_all_clear_opens_it_again() -> None:
    closed = after(crisis(message()), all_clear(message(), 2))

    again = after(closed, message(3, chain="m1", kind=Kind.UPDATE))

    assert again is not None
    assert again.message == 3


# --- closing --------------------------------------------------------------------------------


def test_the_all_clear_closes_it() -> None:
    stance = after(crisis(message()), all_clear(message(), 2), at=NOON + HOUR)

    assert stance is not None
    assert (stance.posture, stance.why, stance.message) == (Posture.CALM, Why.ALL_CLEAR, 2)


def test_only_that_of_the_last_open_grave_chain_does() -> None:
    fire = message(9)

    assert after(crisis(message()), all_clear(message(), 10), fire) is None
    assert after(crisis(message()), all_clear(message(), 10), all_clear(fire, 11)) is not None


def test_an_all_clear_of_before_does_not() -> None:
    old = all_clear(message(), 2)
    opened = crisis(old, message(3))

    assert after(opened, old) is None  # the alert of this crisis ended, but nobody said so


def test_a_crisis_opened_by_hand_ends_with_the_first_all_clear_that_leaves_no_alarm() -> None:
    opened = by_person(None, Posture.CRISIS, scene(), reason="Sturm", by="person:1")

    assert after(opened) is None
    assert after(opened, message()) is None
    assert after(opened, all_clear(message(), 2)) is not None


def test_it_ends_by_itself_after_a_day_without_news() -> None:
    opened = crisis(message())

    assert after(opened, message(), at=NOON + DAY - MINUTE) is None
    ended = after(opened, message(), at=NOON + DAY)
    assert ended is not None
    assert ended.why is Why.QUIET


def test_news_of_a_grave_chain_makes_it_last() -> None:
    update = message(2, chain="m1", kind=Kind.UPDATE, accepted_at=NOON + HOUR)

    assert after(crisis(message()), update, at=NOON + DAY) is None
    assert after(crisis(message()), update, at=NOON + DAY + HOUR) is not None


def test_what_stood_when_it_was_closed_does_not_open_it_again() -> None:
    alarm = message()
    closed = by_person(crisis(alarm), Posture.CALM, scene(alarm), reason="vorbei", by="person:1")

    assert after(closed, alarm, at=NOON + HOUR) is None
    assert after(closed, alarm, message(2), at=NOON + HOUR) is not None


def test_saying_crisis_in_a_crisis_begins_the_quiet_time_anew() -> None:
    opened = crisis(message())
    later = scene(message(), at=NOON + HOUR)

    renewed = by_person(opened, Posture.CRISIS, later, reason="dauert an", by="person:1")

    assert (renewed.since, renewed.reason) == (NOON, "dauert an")
    assert after(renewed, message(), at=NOON + DAY) is None
    assert after(renewed, message(), at=NOON + DAY + HOUR) is not None


# --- what waits -----------------------------------------------------------------------------

GREETING = message(50, Severity.MINOR, not_before=NOON + HOUR)


def test_what_was_scheduled_before_waits() -> None:
    opened = crisis(message())

    assert holds(opened, GREETING)
    assert holds(opened, replace(GREETING, effective_severity=Severity.EXTREME))


def test_what_is_scheduled_in_it_does_not_wait() -> None:
    assert not holds(crisis(message()), replace(GREETING, number=100))


def test_a_start_in_the_past_is_no_schedule() -> None:
    assert not holds(crisis(message()), message(50, Severity.MINOR, not_before=NOON))


def test_routine_waits_whenever_it_came() -> None:
    assert holds(crisis(message()), message(50, Severity.MODERATE, routine=True))
    assert holds(crisis(message()), message(200, Severity.MODERATE, routine=True))


def test_a_mark_as_routine_does_not_make_a_new_warning_wait() -> None:
    assert not holds(crisis(message()), message(200, Severity.SEVERE, routine=True))


def test_follow_ups_never_wait() -> None:
    update = message(200, Severity.MINOR, routine=True, chain="m1", kind=Kind.UPDATE)

    assert not holds(crisis(message()), update)


def test_the_scheduled_warning_that_opens_it_does_not_wait_for_itself() -> None:
    warning = message(50, not_before=NOON + HOUR)
    opened = after(None, warning, at=NOON + HOUR)

    assert opened is not None
    assert not holds(opened, warning)


def test_a_warning_that_waits_does_not_keep_the_crisis_open_and_opens_the_next() -> None:
    waiting = message(50, not_before=NOON + HOUR)
    opened = crisis(message(60))
    assert holds(opened, waiting)

    closed = after(opened, waiting, all_clear(message(60), 101), at=NOON + 2 * HOUR)
    again = after(closed, waiting, all_clear(message(60), 101), at=NOON + 2 * HOUR)

    assert closed is not None
    assert not closed.crisis
    assert again is not None
    assert again.message == 50
    assert not holds(again, waiting)


def test_a_person_lets_one_go() -> None:
    opened = crisis(message())

    released = let_go(opened, GREETING)

    assert not holds(released, GREETING)
    assert holds(released, message(51, Severity.MINOR, routine=True))


def test_when_it_is_calm_nothing_waits() -> None:
    closed = after(crisis(message()), all_clear(message(), 2))

    assert not holds(None, GREETING)
    assert not holds(closed, GREETING)


# --- laws -----------------------------------------------------------------------------------

some = st.builds(
    message,
    st.integers(1, 120),
    st.sampled_from(Severity),
    kind=st.sampled_from(Kind),
    chain=st.sampled_from(["m1", "m2", "m60"]),
    routine=st.booleans(),
    exercise=st.booleans(),
    needs_approval=st.booleans(),
    not_before=st.sampled_from([None, NOON - HOUR, NOON + HOUR]),
    superseded_at=st.sampled_from([None, None, NOON]),
)
many = st.lists(some, max_size=6, unique_by=lambda one: one.number).map(tuple)
times = st.sampled_from([NOON, NOON + 2 * HOUR, NOON + DAY, NOON + 3 * DAY])


@given(st.lists(st.tuples(many, times), max_size=6))
def test_it_turns_at_most_once_for_the_same_facts_and_only_for_a_reason(
    scenes: list[tuple[tuple[Message, ...], datetime]],
) -> None:
    """A second look at the same facts changes nothing, but for a warning that had waited."""
    stance: Stance | None = None
    for links, at in scenes:
        new = after(stance, *links, at=at)
        if new is None:
            continue
        counting = [one for one in links if moves(one, at)]
        if new.why is not Why.QUIET:
            assert new.message in [one.number for one in counting]
        assert new.crisis != (stance is not None and stance.crisis)
        waited = [one for one in counting if holds(stance, one)]
        assert waited or after(new, *links, at=at) is None
        stance = new


@given(many, times, some)
def test_new_warnings_and_follow_ups_never_wait(
    links: tuple[Message, ...], at: datetime, one: Message
) -> None:
    stance = after(None, *links, at=at)
    new = one.number >= 100 and one.effective_severity.grave

    if one.follows or new or stance is None:
        assert not holds(stance, one)


@given(many, times)
def test_whoever_opens_it_does_not_wait(links: tuple[Message, ...], at: datetime) -> None:
    stance = after(None, *links, at=at)

    assert all(not holds(stance, one) for one in links if moves(one, at))


@given(st.lists(some.map(lambda one: replace(one, effective_severity=Severity.MINOR))), times)
def test_without_a_grave_message_it_stays_calm(links: list[Message], at: datetime) -> None:
    assert after(None, *links, at=at) is None
