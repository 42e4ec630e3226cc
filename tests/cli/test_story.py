"""The story of a message in words: for every kind, every reason, and every turn it can take."""

import io
from pathlib import Path
from typing import Any

import pytest

from sentinel.cli.context import Context
from sentinel.cli.peek import peek
from sentinel.cli.screen import Screen
from sentinel.cli.story import KINDS, REASONS, by_hand, stand, story, why
from sentinel.domain.message import Kind
from sentinel.domain.plan import Reason

AT = "2030-01-01T12:00:00.000Z"
NOBODY = {"needed": False, "by": None, "at": None}
ALERT: dict[str, Any] = {
    "id": "m17",
    "number": 17,
    "kind": "alert",
    "state": "live",
    "approval": NOBODY,
    "withdrawn_at": None,
    "superseded_at": None,
    "deliveries": [],
}
OVER = {**ALERT, "id": "m18", "number": 18, "kind": "all_clear"}
DELIVERY: dict[str, Any] = {
    "id": "d1",
    "channel": "x",
    "state": "published",
    "confirmed_by": None,
    "take_down_at": None,
}


@pytest.fixture
def context(tmp_path: Path) -> Context:
    rules = tmp_path / "none.yaml"
    return Context(
        rules=rules,
        env={},
        language="en",
        json=False,
        url=None,
        peek=peek(rules),
        screen=Screen(io.StringIO(), io.StringIO()),
    )


def test_every_kind_and_every_reason_has_words() -> None:
    assert set(KINDS) == set(Kind)
    assert set(REASONS) == set(Reason)


def test_an_alert_alone_has_no_story(context: Context) -> None:
    assert list(story(context, ALERT, [ALERT])) == []


def test_a_chain_is_told_link_by_link(context: Context) -> None:
    assert list(story(context, OVER, [OVER, ALERT])) == [
        "all-clear; belongs to Nr. 17 (alert, live)"
    ]
    assert list(story(context, ALERT, [OVER, ALERT])) == [
        "alert; belongs to Nr. 18 (all-clear, live)"
    ]


def test_what_waits_for_a_second_person_says_how_to_approve_it(context: Context) -> None:
    waiting = {**ALERT, "state": "awaiting_approval", "approval": {**NOBODY, "needed": True}}
    agreed = {**ALERT, "approval": {"needed": True, "by": "token:t1", "at": AT}}

    assert list(story(context, waiting)) == [
        "needs a second person's approval: sentinel approve 17"
    ]
    assert next(iter(story(context, agreed))).endswith(" (token:t1)")


def test_a_withdrawal_and_a_successor_are_told_with_their_time(context: Context) -> None:
    gone = list(story(context, {**ALERT, "withdrawn_at": AT, "superseded_at": AT}))

    assert [line.partition(" 20")[0] for line in gone] == [
        "withdrawn",
        "superseded by a later one",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "published"),
        ({"confirmed_by": "person:uid:1"}, "confirmed by a person"),
        ({"take_down_at": AT}, "being taken down"),
        ({"take_down_at": AT, "confirmed_by": "person:uid:1"}, "being taken down"),
        ({"take_down_at": AT, "state": "withdrawn"}, "taken down"),
        ({"state": "withdrawn"}, "withdrawn"),
        ({"state": "moved"}, "moved"),
        ({"state": "unknown", "partly": True}, "unknown, some may have it"),
        ({"state": "unknown", "partly": True, "partly_surely": True}, "unknown, some have it"),
    ],
)
def test_where_a_delivery_stands(context: Context, changes: dict[str, Any], said: str) -> None:
    assert stand(context, {**DELIVERY, **changes}) == said


def test_why_a_channel_was_passed_over_is_said_in_words(context: Context) -> None:
    note = {
        "at": AT,
        "route": "grave",
        "channel": "x",
        "reason": "impaired",
        "cause": "rate_limited",
        "detail": "HTTP 429",
    }
    unknown = {**note, "reason": "of a later version", "cause": None, "detail": ""}

    assert why(context, note).endswith("grave: x is impaired (rate limit reached; HTTP 429)")
    assert why(context, unknown).endswith("grave: x of a later version")


@pytest.mark.parametrize(
    ("state", "delivery", "offered"),
    [
        ("stranded", "planned", True),
        ("stranded", "published", False),
        ("live", "moved", False),
        ("live", "unknown", True),
        ("stranded", "publishing", False),
        ("expired", "expired", False),
    ],
)
def test_confirming_is_offered_where_it_can_help(
    context: Context, state: str, delivery: str, *, offered: bool
) -> None:
    shape = {**ALERT, "state": state, "deliveries": [{**DELIVERY, "state": delivery}]}

    said = list(by_hand(context, shape))

    assert said == (["x: published by hand? sentinel confirm d1"] if offered else [])


def test_who_is_asked_to_post_by_hand_stands_there_with_the_limit(context: Context) -> None:
    asked = {"contacts": ["presse"], "until": AT, "reminded": False}
    waiting = {**DELIVERY, "channel": "kanal", "state": "awaiting_person", "asked": asked}

    (line,) = by_hand(context, {**ALERT, "deliveries": [waiting]})

    assert line.startswith("kanal: presse is to publish it by hand and to confirm that by ")
    assert line.endswith("by the link that was sent or with: sentinel confirm d1")
