"""The webhook: what a receiver gets, how it proves it, and what its answers mean."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Found,
    NotSeen,
    Outcome,
    Receipt,
    Refused,
    Rendered,
    Scope,
    StillThere,
    Throttled,
    Unclear,
    Withdrawn,
)
from sentinel.platforms import Account, Published
from sentinel.platforms.webhook import PLATFORM
from sentinel.wire import Response
from tests.platforms.talk import NOON, account, causes, draft, lost, page, said, talk

PAGE = Path(__file__).parents[2] / "docs" / "platforms" / "webhook.md"
BOARDS = account("https://tafeln.example/warnung", "", {"secret": "s3"})
KEY = "0192f3a0-0000-7000-8000-000000000001/17/kanal"


def warning(**content: Any) -> Rendered:
    return PLATFORM.render(draft("Bombe", "Weg!", **content), BOARDS)


def published(answer: Response, who: Account = BOARDS) -> Outcome:
    return talk(PLATFORM.publish(who, warning(), {}), answer).value


def live() -> Published:
    return Published(receipt=Receipt(post_id=KEY), rendered=warning())


def known(state: str, status: int = 200) -> Response:
    return said(status, {"key": KEY, "state": state})


def documented() -> Callable[..., bool]:
    """Return the verification that the documentation gives to receivers."""
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert code is not None
    names: dict[str, Any] = {}
    exec(code[1], names)  # noqa: S102 - what receivers are told to run
    genuine: Callable[..., bool] = names["genuine"]
    return genuine


def test_what_is_sent_passes_the_verification_that_receivers_are_given() -> None:
    request = talk(PLATFORM.publish(BOARDS, warning(), {}), said(202, {})).requests[0]
    genuine = documented()

    assert request.body is not None
    assert genuine("s3", "POST", request.headers, request.body)
    assert not genuine("s4", "POST", request.headers, request.body)
    assert not genuine("s3", "DELETE", request.headers, request.body)
    assert not genuine("s3", "POST", request.headers, request.body + b" ")
    other = {**request.headers, "Idempotency-Key": "other"}
    assert not genuine("s3", "POST", other, request.body)


def test_a_look_up_and_a_removal_pass_it_too() -> None:
    look = talk(PLATFORM.find(BOARDS, warning(), {}, NOON), known("taken")).requests[0]
    removal = talk(PLATFORM.withdraw(BOARDS, live()), said(204)).requests[0]

    assert documented()("s3", "GET", look.headers, b"")
    assert documented()("s3", "DELETE", removal.headers, b"")
    assert (look.commits, removal.commits) == (False, False)


def test_a_message_is_sent_whole_and_ready_to_be_shown() -> None:
    request = talk(PLATFORM.publish(BOARDS, warning(area="Neustadt"), {}), said(202, {})).requests[
        0
    ]

    assert request.body is not None
    body = json.loads(request.body)
    assert request.method == "POST"
    assert request.headers["Idempotency-Key"] == KEY
    assert request.headers["Sentinel-Timestamp"] == "1795176000"
    assert request.headers["Content-Type"] == "application/json"
    assert body["text"] == "Bombe\n\nWeg!\n\nNr. 17"
    assert body["key"] == KEY
    assert (body["headline"], body["description"], body["area"]) == ("Bombe", "Weg!", "Neustadt")
    assert (body["kind"], body["severity"], body["version"]) == ("alert", "severe", 1)
    assert (body["at"], body["expires_at"]) == ("2026-11-20T12:00:00Z", "2026-11-21T12:00:00Z")
    stated = re.findall(r"`(\w+)`", PAGE.read_text())
    assert set(body) <= set(stated)


def test_a_receiver_without_a_secret_gets_it_unsigned() -> None:
    bare = account("https://tafeln.example/warnung", "", {})

    request = talk(PLATFORM.publish(bare, warning(), {}), said(202, {})).requests[0]

    assert "Sentinel-Signature" not in request.headers


@pytest.mark.parametrize(
    ("answer", "ends"),
    [
        (said(200, {}), Accepted(receipt=Receipt(post_id=KEY), evidence="HTTP 200")),
        (Response(status=204), Accepted(receipt=Receipt(post_id=KEY), evidence="HTTP 204")),
        (
            said(201, {"url": "https://tafeln.example/17"}),
            Accepted(
                receipt=Receipt(post_id=KEY, permalink="https://tafeln.example/17"),
                evidence="HTTP 201",
            ),
        ),
        (
            said(200, {"url": "javascript:alert(1)"}),
            Accepted(receipt=Receipt(post_id=KEY), evidence="HTTP 200"),
        ),
        (said(409, {}), Accepted(receipt=Receipt(post_id=KEY), evidence="HTTP 409")),
        (said(410, {}), Refused(Cause.BAD_CONFIGURATION, evidence="HTTP 410")),
        (said(401, {"error": 1}), Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 401")),
        (said(401, "who?"), Refused(Cause.PERMISSION_MISSING, evidence="HTTP 401")),
        (said(403, {}), Refused(Cause.PERMISSION_MISSING, evidence="HTTP 403")),
        (said(402, {}), Refused(Cause.PAYMENT_REQUIRED, evidence="HTTP 402")),
        (said(404, {}), Refused(Cause.BAD_CONFIGURATION, evidence="HTTP 404")),
        (said(422, {}), Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, "HTTP 422")),
        (
            said(429, {}, retry_after="90"),
            Throttled(until=NOON + timedelta(seconds=90), evidence="HTTP 429"),
        ),
        (
            said(429, {}, retry_after="Fri, 20 Nov 2026 12:05:00 GMT"),
            Throttled(until=NOON + timedelta(minutes=5), evidence="HTTP 429"),
        ),
        (said(429, {}), Throttled(until=None, evidence="HTTP 429")),
        (said(500, {}), Unclear(Cause.PLATFORM_FAULT, "HTTP 500")),
        (said(503, {}, retry_after="5"), Unclear(Cause.PLATFORM_FAULT, "HTTP 503")),
        (said(302, {}), Unclear(Cause.PLATFORM_FAULT, "HTTP 302")),
        (said(418, {}), Unclear(Cause.PLATFORM_FAULT, "HTTP 418")),
        (page(200), Unclear(Cause.PLATFORM_FAULT, "HTTP 200, a page")),
        (page(403), Unclear(Cause.PLATFORM_FAULT, "HTTP 403, a page")),
        (page(409), Unclear(Cause.PLATFORM_FAULT, "HTTP 409, a page")),
    ],
)
def test_an_answer_means_what_receivers_are_told(answer: Response, ends: Outcome) -> None:
    assert published(answer) == ends


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (known("taken"), Found(Receipt(post_id=KEY))),
        (
            known("unknown", 404),
            NotSeen("the receiver keeps keys, and has not this one", repeatable=True),
        ),
        (known("unknown", 500), NotSeen("HTTP 500: the receiver offers no look-up")),
        (said(404, {}), NotSeen("HTTP 404: the receiver offers no look-up")),
        (
            said(200, {"key": "another", "state": "taken"}),
            NotSeen("HTTP 200: the receiver offers no look-up"),
        ),
        (page(200), NotSeen("HTTP 200, a page: the receiver offers no look-up")),
    ],
)
def test_only_a_receiver_that_answers_for_our_key_is_sent_it_again(
    answer: Response, result: object
) -> None:
    assert talk(PLATFORM.find(BOARDS, warning(), {}, NOON), answer).value == result


def test_a_repetition_is_the_same_to_the_last_byte() -> None:
    first = talk(PLATFORM.publish(BOARDS, warning(), {}), said(202, {}))
    second = talk(PLATFORM.publish(BOARDS, warning(), {}), said(202, {}))

    assert first.steps == second.steps


def test_a_lost_answer_is_let_pass_to_whoever_knows_what_was_sent() -> None:
    with pytest.raises(Exception, match="timeout"):
        talk(PLATFORM.publish(BOARDS, warning(), {}), lost())


@pytest.mark.parametrize(
    ("answers", "cause", "confirmed", "proves"),
    [
        ([said(404, {"key": "check", "state": "unknown"})], None, True, True),
        ([said(405, {})], None, True, False),
        ([said(200, {})], None, True, False),
        ([said(401, {}), said(401, {})], Cause.CREDENTIAL_REJECTED, True, True),
        ([said(401, {}), said(405, {})], Cause.CREDENTIAL_REJECTED, False, True),
        ([said(410, {})], Cause.BAD_CONFIGURATION, True, True),
        ([page(401)], Cause.PLATFORM_FAULT, True, True),
        ([said(503, {})], Cause.PLATFORM_FAULT, True, True),
    ],
)
def test_the_secret_is_checked_by_a_look_up_where_there_is_one(
    answers: list[Response], cause: Cause | None, *, confirmed: bool, proves: bool
) -> None:
    report = talk(PLATFORM.check_credentials(BOARDS), *answers).value

    assert causes(report) == [(Ability.PUBLISH, cause)]
    assert (report.findings[0].confirmed, report.findings[0].proves) == (confirmed, proves)


@pytest.mark.parametrize(
    ("answer", "cause", "proves"),
    [
        (known("taken"), None, True),
        (known("unknown", 404), Cause.NOT_VISIBLE, True),
        (said(405, {}), None, False),
    ],
)
def test_a_receiver_tells_whether_it_still_has_the_last_message(
    answer: Response, cause: Cause | None, *, proves: bool
) -> None:
    report = talk(PLATFORM.read_own(BOARDS, live()), answer).value

    assert causes(report) == [(Ability.READ_BACK, cause)]
    assert report.findings[0].proves is proves


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (Response(status=204), Withdrawn("HTTP 204")),
        (known("unknown", 404), Withdrawn("HTTP 404")),
        (said(405, {}), StillThere(Cause.PERMISSION_MISSING, "HTTP 405")),
        (said(401, {}), StillThere(Cause.CREDENTIAL_REJECTED, "HTTP 401")),
        (said(500, {}), StillThere(Cause.PLATFORM_FAULT, "HTTP 500")),
        (page(200), StillThere(Cause.PLATFORM_FAULT, "HTTP 200, a page")),
    ],
)
def test_a_message_is_taken_down_where_the_receiver_offers_it(
    answer: Response, result: object
) -> None:
    assert talk(PLATFORM.withdraw(BOARDS, live()), answer).value == result


def test_it_has_no_rehearsal_and_says_why() -> None:
    assert PLATFORM.rehearse(BOARDS) is None
    assert "rehearses" in PLATFORM.facts.exempt
