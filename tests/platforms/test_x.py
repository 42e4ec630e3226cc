"""X: no key, so our own timeline decides; and every refusal has its own cause."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    Found,
    NotSeen,
    Outcome,
    Receipt,
    Refused,
    Scope,
    Throttled,
    Unclear,
)
from sentinel.platforms.x import PLATFORM
from tests.platforms.talk import NOON, Answer, account, draft, lost, page, said, talk

SIGNED = account(
    "https://api.x.com",
    "https://publish.x.com",
    {"api_key": "k", "api_secret": "ks", "access_token": "t", "access_secret": "ts"},
    account="@stadt",
)
BEARER = account(
    "https://api.x.com",
    "https://publish.x.com",
    {"client_id": "c", "client_secret": "cs", "refresh_token": "r"},
    session={"access_token": "old", "refresh_token": "r1"},
)
RENDERED = PLATFORM.render(draft(), SIGNED)
TEXT = "Bombe in der Neustadt\n\nBitte verlassen Sie das Gebiet.\n\nNr. 17"
POST = {"id": "190", "text": TEXT}
ME = said(200, {"data": {"id": "9", "username": "stadt"}}, x_access_level="read-write")
RECEIPT = Receipt(post_id="190", permalink="https://x.com/stadt/status/190")
PROBLEM = "https://api.twitter.com/2/problems/"


def problem(status: int, kind: str = "about:blank", **more: Any) -> Answer:
    return said(status, {"title": "x", "detail": "x", "type": kind, "status": status} | more)


def code(status: int, number: int) -> Answer:
    return said(status, {"errors": [{"code": number, "message": "x"}]})


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Hi http://test.co", 26),
        ("A\u0301B", 2),
        ("H🐱☺👨‍👩‍👧‍👦", 7),
        ("😷👾😡🔥💩", 10),
        ("https://www.twitter.com/aloha " * 10, 240),
        ("故" * 160, 320),
        ("5 €", 4),
        ("… ", 3),
        ("z.\u202fB.", 6),
        ("stadt.de", 23),
        ("gesperrt.Am", 23),
        ("", 0),
    ],
)
def test_text_is_weighed_as_x_weighs_it(text: str, length: int) -> None:
    assert PLATFORM.length(text) == length


def test_a_post_is_signed_and_brings_home_its_id() -> None:
    told = talk(PLATFORM.publish(SIGNED, RENDERED, {}), said(201, {"data": POST}))

    assert told.value == Accepted(receipt=RECEIPT, evidence="HTTP 201")
    assert told.asked == ["POST /2/tweets"]
    assert told.requests[0].json == {"text": TEXT}
    assert told.requests[0].commits
    header = told.requests[0].headers["Authorization"]
    assert header.startswith("OAuth ")
    assert 'oauth_token="t"' in header
    assert "oauth_signature=" in header
    assert "ks" not in header.split('oauth_signature="')[0]


def test_without_a_known_name_the_permalink_goes_without_it() -> None:
    told = talk(PLATFORM.publish(BEARER, RENDERED, {}), said(201, {"data": POST}))

    assert isinstance(told.value, Accepted)
    assert told.value.receipt.permalink == "https://x.com/i/web/status/190"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (
            problem(402, PROBLEM + "credits-depleted"),
            Refused(Cause.PAYMENT_REQUIRED, evidence="HTTP 402, credits-depleted"),
        ),
        (
            problem(403, PROBLEM + "credits", title="SpendCapReached", reset_date="2026-12-01"),
            Refused(
                Cause.PAYMENT_REQUIRED,
                evidence="HTTP 403, credits",
                until=datetime(2026, 12, 1, tzinfo=UTC),
            ),
        ),
        (
            problem(429, "https://api.x.com/2/problems/usage-capped", period="Monthly"),
            Throttled(until=None, cause=Cause.QUOTA_EXHAUSTED, evidence="HTTP 429, usage-capped"),
        ),
        (
            problem(403, PROBLEM + "client-forbidden", reason="client-not-enrolled"),
            Refused(Cause.PLAN_REFUSED, evidence="HTTP 403, client-forbidden"),
        ),
        (
            problem(403, PROBLEM + "oauth1-permissions"),
            Refused(Cause.PERMISSION_MISSING, evidence="HTTP 403, oauth1-permissions"),
        ),
        (
            problem(403, PROBLEM + "user-suspended"),
            Refused(Cause.ACCOUNT_LOCKED, evidence="HTTP 403, user-suspended"),
        ),
        (code(403, 326), Refused(Cause.ACCOUNT_LOCKED, evidence="HTTP 403, code 326")),
        (code(403, 64), Refused(Cause.ACCOUNT_LOCKED, evidence="HTTP 403, code 64")),
        (code(403, 226), Refused(Cause.ACCOUNT_LOCKED, evidence="HTTP 403, code 226")),
        (
            code(403, 186),
            Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, "HTTP 403, code 186"),
        ),
        (problem(401), Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 401")),
        (
            problem(400, PROBLEM + "invalid-request"),
            Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, "HTTP 400"),
        ),
        (problem(404), Unclear(Cause.PLATFORM_FAULT, "HTTP 404")),  # never seen of a post
        (problem(409), Unclear(Cause.PLATFORM_FAULT, "HTTP 409")),
        (page(401), Failed(Cause.PLATFORM_FAULT, "HTTP 401, not JSON")),
        (page(403), Failed(Cause.PLATFORM_FAULT, "HTTP 403, not JSON")),
        (page(406), Failed(Cause.PLATFORM_FAULT, "HTTP 406, not JSON")),
        (page(522), Unclear(Cause.PLATFORM_FAULT, "HTTP 522, not JSON")),
        (page(200), Unclear(Cause.PLATFORM_FAULT, "HTTP 200, not JSON")),
        (problem(503), Unclear(Cause.PLATFORM_FAULT, "HTTP 503")),
        (said(201, {"data": {}}), Unclear(Cause.PLATFORM_FAULT, "HTTP 201, no id")),
    ],
)
def test_each_answer_has_its_outcome(answer: Answer, outcome: Outcome) -> None:
    assert talk(PLATFORM.publish(SIGNED, RENDERED, {}), answer).value == outcome


def limits(**more: str) -> dict[str, str]:
    return {
        "x_rate_limit_limit": "100",
        "x_rate_limit_reset": str(int(datetime(2026, 11, 20, 12, 15, tzinfo=UTC).timestamp())),
    } | more


def test_a_spent_quarter_of_an_hour_is_waited_for() -> None:
    answer = said(429, {}, **limits(x_rate_limit_remaining="0"))

    told = talk(PLATFORM.publish(SIGNED, RENDERED, {}), answer)

    quarter_past = datetime(2026, 11, 20, 12, 15, tzinfo=UTC)
    assert told.value == Throttled(until=quarter_past, evidence="HTTP 429")


def test_a_spent_day_beside_a_full_quarter_of_an_hour_is_what_counts() -> None:
    tomorrow = datetime(2026, 11, 21, tzinfo=UTC)
    answer = said(
        429,
        {},
        **limits(
            x_rate_limit_remaining="99",
            x_user_limit_24hour_limit="25",
            x_user_limit_24hour_remaining="0",
            x_user_limit_24hour_reset=str(int(tomorrow.timestamp())),
        ),
    )

    told = talk(PLATFORM.publish(SIGNED, RENDERED, {}), answer)

    assert told.value == Throttled(until=tomorrow, evidence="HTTP 429")


def test_a_429_with_most_of_the_limit_left_is_x_defending_itself() -> None:
    answer = said(429, {}, **limits(x_rate_limit_remaining="80"))

    told = talk(PLATFORM.publish(SIGNED, RENDERED, {}), answer)

    assert told.value == Throttled(until=None, own_fault=False, evidence="HTTP 429")


def test_a_429_without_headers_leaves_the_time_open() -> None:
    told = talk(PLATFORM.publish(SIGNED, RENDERED, {}), page(429))

    assert told.value == Throttled(until=None, evidence="HTTP 429, not JSON")


DUPLICATE = problem(403, detail="You are not allowed to create a Tweet with duplicate content.")


def test_a_refused_copy_that_is_found_in_our_timeline_is_our_own_post() -> None:
    steps = PLATFORM.publish(SIGNED, RENDERED, {})

    told = talk(steps, DUPLICATE, ME, said(200, {"data": [POST]}))

    assert told.value == Accepted(receipt=RECEIPT, evidence="a copy was refused; found")
    assert told.remembered == {"user_id": "9"}


@pytest.mark.parametrize("duplicate", [DUPLICATE, code(403, 187)])
def test_a_refused_copy_that_is_not_found_stays_unclear(duplicate: Answer) -> None:
    empty = said(200, {"meta": {"result_count": 0}})

    told = talk(PLATFORM.publish(SIGNED, RENDERED, {"user_id": "9"}), duplicate, empty)
    unseen = talk(PLATFORM.publish(SIGNED, RENDERED, {"user_id": "9"}), duplicate, lost())

    assert isinstance(told.value, Unclear)
    assert isinstance(unseen.value, Unclear)


def test_any_other_403_without_a_mark_is_a_missing_permission() -> None:
    empty = said(200, {"meta": {"result_count": 0}})

    told = talk(PLATFORM.publish(SIGNED, RENDERED, {"user_id": "9"}), problem(403), empty)

    assert told.value == Refused(Cause.PERMISSION_MISSING, evidence="HTTP 403")


def test_a_post_is_found_although_x_shortened_its_links_and_escaped_its_text() -> None:
    rendered = PLATFORM.render(
        draft(
            text="Feuer & Rauch, mehr auf stadt.de",
            link="https://notices.example.org/17/",
            link_is_notice=True,
        ),
        SIGNED,
    )
    shown = {
        "id": "190",
        "text": "Bombe in der Neustadt\n\nFeuer &amp; Rauch, mehr auf https://t.co/a\n\nhttps://t.co/b",
        "entities": {
            "urls": [
                {"url": "https://t.co/a", "expanded_url": "http://stadt.de"},
                {"url": "https://t.co/b", "expanded_url": "https://notices.example.org/17/"},
            ]
        },
    }

    told = talk(PLATFORM.find(SIGNED, rendered, {}, NOON), ME, said(200, {"data": [shown]}))

    assert told.value == Found(RECEIPT)


@pytest.mark.parametrize(
    "answer",
    [
        said(200, {"data": [POST | {"text": TEXT.replace("Nr. 17", "Nr. 170")}]}),
        said(200, {"data": [POST | {"text": TEXT.replace("Nr. 17", "Nr. 16")}]}),
        said(200, {"meta": {"result_count": 0}}),
        problem(404),
        page(403),
    ],
)
def test_what_is_not_seen_is_neither_absent_nor_repeatable(answer: Answer) -> None:
    told = talk(PLATFORM.find(SIGNED, RENDERED, {"user_id": "9"}, NOON), answer)

    assert isinstance(told.value, NotSeen)
    assert not told.value.repeatable
