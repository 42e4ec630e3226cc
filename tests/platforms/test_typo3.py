"""TYPO3: every call makes a record, so nothing unclear is repeated; only the page tells."""

from __future__ import annotations

from dataclasses import replace
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
    Throttled,
    Unclear,
)
from sentinel.platforms import NO_IMAGE, Published
from sentinel.platforms.typo3 import PLATFORM, answers
from sentinel.wire import Response
from tests.platforms.talk import NOON, account, causes, draft, page, said, talk

SITE, LIST = "https://portal.example", "https://portal.example/aktuelles/warnungen"
REACTION = "8f5e5d0a-1f2b-4c3d-9e7a-0b1c2d3e4f01"
SECRET = "0f" * 20
ACCOUNT = account(SITE, LIST, {"secret": SECRET}, reaction=REACTION)
RENDERED = PLATFORM.render(draft(link="https://stadt.example/w/17"), ACCOUNT)
RECEIPT = Receipt(post_id=RENDERED.key, permalink=LIST)
LAST = Published(receipt=RECEIPT, rendered=RENDERED)


def refused(status: int, words: str) -> Response:
    """Return an error as the extension words it."""
    return said(status, {"success": False, "error": words})


def listing(*records: str, status: int = 200, url: str = LIST) -> Response:
    """Return the public page."""
    body = f"<html><title>Warnungen</title><body>{''.join(records)}</body></html>".encode()
    return Response(status=status, body=body, url=url)


RECORD = (
    "<h2>Bombe in der Neustadt</h2><time>20.11.2026</time><p>Bitte verlassen Sie das Gebiet.</p>"
    '<p><a href="https://stadt.example/w/17">mehr</a> (Nr.&nbsp;17)</p>'
)


def test_the_reactions_placeholders_are_given_plain_and_as_html() -> None:
    fields = RENDERED.payload["fields"]

    assert fields == {
        "title": "Bombe in der Neustadt",
        "text": "Bitte verlassen Sie das Gebiet.\n\nhttps://stadt.example/w/17 (Nr. 17)",
        "html": "<p>Bitte verlassen Sie das Gebiet.</p>"
        '<p><a href="https://stadt.example/w/17">https://stadt.example/w/17</a> (Nr. 17)</p>',
        "link": "https://stadt.example/w/17",
        "number": "17",
        "severity": "severe",
        "language": "de",
        "key": RENDERED.key,
    }


def test_an_image_is_left_out_with_a_warning() -> None:
    assert PLATFORM.render(draft(image="/srv/karte.png"), ACCOUNT).warnings == (NO_IMAGE,)


def test_one_call_makes_the_record_with_the_secret_in_a_header() -> None:
    held = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), said(201, {"success": True}))

    assert held.value == Accepted(receipt=RECEIPT, evidence="HTTP 201, success true")
    assert held.asked == [f"POST /typo3/reaction/{REACTION}"]
    assert held.requests[0].headers["x-api-key"] == SECRET
    assert held.requests[0].json == RENDERED.payload["fields"]
    assert held.requests[0].commits
    assert SECRET not in repr(held.requests[0])


# What the extension's public source answers (and its tests expect), the sheet's rows, and
# what stands before a site.
ROWS: list[tuple[Response, Outcome]] = [
    (
        refused(401, "Invalid secret given"),
        Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 401, success false"),
    ),
    (
        refused(404, "No reaction found for given identifier"),
        Refused(Cause.BAD_CONFIGURATION, evidence="HTTP 404, success false"),
    ),
    (
        refused(400, "Invalid information"),
        Refused(Cause.BAD_CONFIGURATION, evidence="HTTP 400, success false"),
    ),
    (
        refused(400, "Record could not be created"),
        Refused(Cause.BAD_CONFIGURATION, evidence="HTTP 400, success false"),
    ),
    (
        Response(status=303, headers={"location": "/typo3/login"}),
        Refused(Cause.BAD_CONFIGURATION, evidence="HTTP 303, no answer of a reaction"),
    ),
    (
        Response(
            status=429, headers={"date": "Fri, 20 Nov 2026 11:59:00 GMT", "retry-after": "60"}
        ),
        Throttled(until=NOON, evidence="HTTP 429, no answer of a reaction"),
    ),
    (said(200, {"success": False}), Unclear(Cause.PLATFORM_FAULT, "HTTP 200, success false")),
    (
        said(200, {"success": "yes"}),
        Unclear(Cause.PLATFORM_FAULT, "HTTP 200, no answer of a reaction"),
    ),
    (
        said(422, {"success": False, "error": "Something specific"}),
        Unclear(Cause.PLATFORM_FAULT, "HTTP 422, success false"),
    ),
    (
        said(403, {"error": "Propagated"}),
        Unclear(Cause.PLATFORM_FAULT, "HTTP 403, no answer of a reaction"),
    ),
    (
        said(503, ["Invalid secret given"]),  # as a version before the first release had it
        Unclear(Cause.PLATFORM_FAULT, "HTTP 503, no answer of a reaction"),
    ),
    (page(200), Unclear(Cause.PLATFORM_FAULT, "HTTP 200, no answer of a reaction")),
    (page(401), Unclear(Cause.PLATFORM_FAULT, "HTTP 401, no answer of a reaction")),
    (page(403), Unclear(Cause.PLATFORM_FAULT, "HTTP 403, no answer of a reaction")),
    (page(500), Unclear(Cause.PLATFORM_FAULT, "HTTP 500, no answer of a reaction")),
    (page(503), Unclear(Cause.PLATFORM_FAULT, "HTTP 503, no answer of a reaction")),
]


@pytest.mark.parametrize(("answer", "outcome"), ROWS)
def test_an_answer_ends_as_the_sheet_says_and_else_in_doubt(
    answer: Response, outcome: Outcome
) -> None:
    assert talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), answer).value == outcome


def test_both_success_codes_of_the_sheet_are_a_record() -> None:
    for status in (200, 201):
        held = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), said(status, {"success": True}))

        assert isinstance(held.value, Accepted)


def test_every_row_of_the_table_is_reached_and_repeats_no_sentence() -> None:
    for row in answers.TABLE:
        answer = refused(row.status, "s3cret")

        assert answers.judge(answer) == row
        assert "s3cret" not in answers.said(answer)


@pytest.mark.parametrize(
    ("shown", "result"),
    [
        (listing(RECORD), Found(RECEIPT)),
        (
            listing(RECORD.replace("verlassen Sie das Gebiet", "gehen")),
            Found(RECEIPT, Cause.TRUNCATED),
        ),
        (
            listing(RECORD.replace("17)", "170)")),
            NotSeen("public page: HTTP 200, without our mark"),
        ),
        (
            listing("<h2>Bombe in der Neustadt</h2>"),
            NotSeen("public page: HTTP 200, without our mark"),
        ),
        (listing(), NotSeen("public page: HTTP 200, without our mark")),
        (listing(RECORD, status=503), NotSeen("public page: HTTP 503, without our mark")),
    ],
    ids=["whole", "changed", "another number", "headline only", "not there", "down"],
)
def test_after_a_lost_answer_only_our_mark_on_the_page_settles_it(
    shown: Response, result: object
) -> None:
    held = talk(PLATFORM.find(ACCOUNT, RENDERED, {}, NOON), shown)

    assert held.value == result
    assert not (isinstance(held.value, NotSeen) and held.value.repeatable)
    assert held.requests[0].url == LIST
    assert held.requests[0].params == {}  # TYPO3 would answer 404 to one that it does not know


def test_the_page_is_asked_past_caches_by_us_and_as_it_is_by_citizens() -> None:
    ours = talk(PLATFORM.read_own(ACCOUNT, LAST), listing(RECORD)).requests[0]
    theirs = talk(PLATFORM.see_as_citizen(ACCOUNT, LAST), listing(RECORD)).requests[0]

    assert ours.headers == {"Cache-Control": "no-cache"}
    assert theirs.headers == {}
    assert ours.anonymous
    assert theirs.anonymous


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        (listing(RECORD), [None]),
        (listing("<h2>Bombe in der Neustadt</h2>"), [None, Cause.TRUNCATED]),
        (listing("<h2>Etwas anderes</h2>"), [Cause.NOT_VISIBLE]),
        (listing(status=404), [Cause.NOT_VISIBLE]),
        (listing(status=403), [Cause.READER_RESTRICTED]),
        (listing(status=503), [Cause.PLATFORM_FAULT]),
        (listing("Anmelden", url=f"{SITE}/anmeldung"), [Cause.READER_RESTRICTED]),
    ],
)
def test_what_a_citizen_finds_is_told(shown: Response, found: list[Any]) -> None:
    report = talk(PLATFORM.see_as_citizen(ACCOUNT, LAST), shown).value

    assert [each.cause for each in report.findings] == found


def test_a_headline_alone_proves_nothing() -> None:
    report = talk(PLATFORM.read_own(ACCOUNT, LAST), listing("<h2>Bombe in der Neustadt</h2>")).value

    assert not report.findings[0].proves


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (refused(400, "Invalid information"), None),
        (said(201, {"success": True}), Cause.PLATFORM_FAULT),
        (page(404), Cause.PLATFORM_FAULT),
        (Response(status=302), Cause.BAD_CONFIGURATION),
        (page(503), Cause.PLATFORM_FAULT),
    ],
)
def test_the_check_sends_no_secret_and_proves_nothing_of_it(
    answer: Response, cause: Cause | None
) -> None:
    held = talk(PLATFORM.check_credentials(ACCOUNT), answer)

    assert "x-api-key" not in held.requests[0].headers
    assert causes(held.value) == [(Ability.PUBLISH, cause)]
    assert cause or not held.value.findings[0].proves


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (refused(401, "Invalid secret given"), None),
        (refused(404, "No reaction found for given identifier"), Cause.BAD_CONFIGURATION),
        (page(503), Cause.PLATFORM_FAULT),
    ],
)
def test_the_rehearsal_sends_a_wrong_secret_and_so_makes_no_record(
    answer: Response, cause: Cause | None
) -> None:
    held = talk(PLATFORM.rehearse(ACCOUNT), answer)

    assert held.requests[0].headers["x-api-key"] not in {SECRET, ""}
    assert held.requests[0].json == {}
    assert not held.requests[0].commits
    assert causes(held.value) == [(Ability.PUBLISH, cause)]


def test_whoever_chose_the_rehearsals_word_as_secret_is_rehearsed_with_another() -> None:
    word = talk(PLATFORM.rehearse(ACCOUNT), refused(401, "x")).requests[0].headers["x-api-key"]
    odd = replace(ACCOUNT, credentials={"secret": word})

    again = talk(PLATFORM.rehearse(odd), refused(401, "x")).requests[0].headers["x-api-key"]

    assert again != word
