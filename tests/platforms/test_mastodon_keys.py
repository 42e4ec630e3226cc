"""Mastodon: a lost post is asked for by its key, and a server is believed as far as it shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import FindResult, Found, NotSeen, Receipt
from sentinel.platforms import Published
from sentinel.platforms.mastodon import PLATFORM
from tests.platforms.talk import NOON, Answer, Talk, account, draft, page, said, talk

ACCOUNT = account("https://social.example", "https://social.example", {"access_token": "t0ken"})
RENDERED = PLATFORM.render(draft(), ACCOUNT)
LAST = Published(
    receipt=Receipt(post_id="90"),
    rendered=PLATFORM.render(draft(headline="Hochwasser"), ACCOUNT),
    posted_at=NOON - timedelta(minutes=5),
)
WITH_LAST = replace(ACCOUNT, last=LAST)
STATUS = {
    "id": "114",
    "url": "https://social.example/@stadt/114",
    "visibility": "public",
    "content": "<p>Bombe in der Neustadt</p><p>Bitte verlassen Sie das Gebiet.</p><p>Nr. 17</p>",
}
NOT_LISTED = said(200, [])
STOCK = said(200, {"version": "4.6.4", "source_url": "https://github.com/mastodon/mastodon"})
EMPTY = said(422, {"error": "x"})
"""What a server says to an empty status whose key it does not know."""


def look(*answers: Answer, to: object = ACCOUNT) -> Talk[FindResult]:
    return talk(PLATFORM.find(to, RENDERED, {"account_id": "9"}, NOON), *answers)  # type: ignore[arg-type]


def test_a_post_that_no_list_shows_is_found_by_its_key() -> None:
    told = look(NOT_LISTED, STOCK, said(200, STATUS))

    assert told.value == Found(
        Receipt(post_id="114", permalink="https://social.example/@stadt/114")
    )


def test_the_question_holds_no_words_and_is_for_nobody() -> None:
    told = look(NOT_LISTED, STOCK, EMPTY)

    question = told.requests[-1]
    assert (question.method, question.url) == ("POST", "https://social.example/api/v1/statuses")
    assert question.headers["Idempotency-Key"] == RENDERED.key
    assert question.json == {"status": "", "visibility": "direct"}
    assert not question.commits


def test_found_by_its_key_a_post_that_was_cut_or_hidden_carries_its_finding() -> None:
    hidden = look(NOT_LISTED, STOCK, said(200, STATUS | {"visibility": "unlisted"})).value

    assert isinstance(hidden, Found)
    assert hidden.note is Cause.READER_RESTRICTED


def test_a_stock_server_that_does_not_know_the_key_may_be_sent_the_copy() -> None:
    told = look(NOT_LISTED, STOCK, EMPTY)

    assert told.value == NotSeen("not among the own statuses", repeatable=True)


def test_a_server_that_knows_our_last_posts_key_is_shown_to_keep_keys() -> None:
    told = look(NOT_LISTED, STOCK, EMPTY, said(200, {"id": "90"}), to=WITH_LAST)

    assert told.value == NotSeen("not among the own statuses", repeatable=True)
    assert told.requests[-1].headers["Idempotency-Key"] == LAST.rendered.key


@pytest.mark.parametrize(
    "answer",
    [
        EMPTY,
        said(400, {"error": "x"}),
        said(200, {"id": "91"}),
        said(500, {"error": "x"}),
        page(200),
    ],
)
def test_a_server_that_does_not_know_our_last_posts_key_is_never_sent_a_copy(
    answer: Answer,
) -> None:
    told = look(NOT_LISTED, STOCK, EMPTY, answer, to=WITH_LAST)

    assert told.value == NotSeen("not among the own statuses; the server does not keep keys")


def test_a_last_post_whose_key_is_forgotten_by_now_shows_nothing() -> None:
    old = replace(LAST, posted_at=NOON - timedelta(minutes=55))

    told = look(NOT_LISTED, STOCK, EMPTY, to=replace(ACCOUNT, last=old))

    assert told.value == NotSeen("not among the own statuses", repeatable=True)


@pytest.mark.parametrize(
    "answer",
    [said(500, {"error": "x"}), said(503, {"error": "x"}), said(404, {"error": "x"}), page(422)],
)
def test_a_server_that_stumbles_over_the_key_may_have_the_post(answer: Answer) -> None:
    found = look(NOT_LISTED, STOCK, answer).value

    assert isinstance(found, NotSeen)
    assert not found.repeatable


def test_a_server_that_does_not_say_whose_code_it_runs_is_not_stock() -> None:
    told = look(NOT_LISTED, said(200, {"version": "4.6.4"}))

    assert told.value == NotSeen("not among the own statuses")
