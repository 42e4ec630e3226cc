"""Taking a post down: tried for an hour with growing pauses, each cause told once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Delivery, DeliveryState, Receipt, Rendered
from sentinel.domain.takedown import (
    Effort,
    Obstacle,
    another,
    from_data,
    obstacle,
    refused,
    to_data,
)

NOON = datetime(2026, 7, 5, 12, tzinfo=UTC)
LIVE = Delivery(
    id="d1",
    message_id="m1",
    channel="x-stadt",
    account="x/stadt",
    routes=("alles",),
    state=DeliveryState.PUBLISHED,
    rendered=Rendered(text="Bombe", key="k", length=5, limit=280),
    planned_at=NOON,
    due_at=NOON,
    since=NOON,
    receipt=Receipt(post_id="190", permalink="https://x.com/stadt/status/190"),
)
causes = st.lists(st.sampled_from(Cause), min_size=1, max_size=90)


def course(given_causes: list[Cause]) -> list[tuple[Effort, timedelta, bool]]:
    """What becomes of an effort that meets these refusals in turn, until it is over."""
    effort, steps = Effort(), []
    for cause in given_causes:
        if effort.over:
            break
        effort, pause, news = refused(another(effort), cause)
        steps.append((effort, pause, news))
    return steps


def test_the_pauses_grow_to_a_minute() -> None:
    pauses = [pause.total_seconds() for _, pause, _ in course([Cause.PLATFORM_FAULT] * 10)]

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_after_an_hour_of_pauses_it_is_over() -> None:
    steps = course([Cause.PLATFORM_FAULT] * 200)

    assert len(steps) == 65
    assert [effort.over for effort, _, _ in steps] == [False] * 64 + [True]


@given(causes)
@settings(max_examples=60)
def test_each_cause_is_told_once_when_it_is_first_met(given_causes: list[Cause]) -> None:
    steps = course(given_causes)

    told = [cause for cause, (_, _, news) in zip(given_causes, steps, strict=False) if news]

    assert told == list(dict.fromkeys(given_causes[: len(steps)]))


@given(causes)
@settings(max_examples=30)
def test_what_was_done_so_far_survives_a_restart(given_causes: list[Cause]) -> None:
    for effort, _, _ in course(given_causes):
        assert from_data(to_data(effort)) == effort
    assert from_data(None) == Effort()


@pytest.mark.parametrize(
    ("delivery", "ours", "able", "expected"),
    [
        (LIVE, True, True, None),
        (LIVE, False, False, Obstacle.RULES),
        (LIVE, True, False, Obstacle.PLATFORM),
        (replace(LIVE, receipt=None), True, True, Obstacle.BY_PERSON),
        (replace(LIVE, receipt=Receipt(post_id="")), True, True, Obstacle.BY_PERSON),
    ],
)
def test_what_the_machine_cannot_do_it_says_at_once(
    delivery: Delivery, expected: Obstacle | None, *, ours: bool, able: bool
) -> None:
    assert obstacle(delivery, ours=ours, able=able) is expected
