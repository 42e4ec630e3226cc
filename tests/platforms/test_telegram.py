"""Telegram: one try, no key; whatever is not clear is looked up on t.me and never sent again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import (
    Accepted,
    Found,
    NotSeen,
    Outcome,
    Receipt,
    Refused,
    Scope,
    StillThere,
    Throttled,
    Unclear,
    Withdrawn,
)
from sentinel.platforms import Published
from sentinel.platforms.telegram import PLATFORM, answers
from sentinel.platforms.telegram.answers import TABLE, Row
from sentinel.wire import Response
from sentinel.wire.rows import How
from tests.platforms.talk import NOON, Answer, account, draft, page, said, talk

TOKEN = {"bot_token": "170:AAE_secret"}
ACCOUNT = account("https://api.telegram.org", "https://t.me", TOKEN, chat="@musterstadt")
PRIVATE = account("https://api.telegram.org", "https://t.me", TOKEN, chat="-1001659392243")
RENDERED = PLATFORM.render(draft(), ACCOUNT)
MESSAGE = {
    "message_id": 41,
    "date": 1795176000,
    "chat": {"id": -1001659392243, "username": "musterstadt", "type": "channel"},
    "text": RENDERED.text,
}


def refused(status: int, description: str, **parameters: int) -> Response:
    """Return an error as the Bot API sends it."""
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return said(status, body | ({"parameters": parameters} if parameters else {}))


def ok(result: object) -> Response:
    """Return a good answer."""
    return said(200, {"ok": True, "result": result})


def shown(*posts: tuple[int, str], name: str = "musterstadt") -> Response:
    """Return a page of t.me with these posts, marked up as t.me does."""
    blocks = "".join(
        f'<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        f'<div class="tgme_widget_message text_not_supported_wrap" data-post="{name}/{number}">'
        f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>'
        f'<a class="tgme_widget_message_date" href="https://t.me/{name}/{number}">'
        f'<time datetime="2026-11-20T12:00:00+00:00" class="time">12:00</time></a></div></div>'
        for number, text in posts
    )
    return Response(status=200, body=f"<html><body>{blocks}</body></html>".encode())


NOT_FOUND = Response(
    status=200, body=b'<div class="tgme_widget_message_error">Post not found</div>'
)
ELSEWHERE = Response(status=200, body=b'<div class="tgme_page">', url="https://t.me/musterstadt")
LIVE = RENDERED.text.replace("\n", "<br/>")


@pytest.mark.parametrize(
    ("text", "length"),
    [("⚠️ Warnung", 10), ("👨‍👩‍👧‍👦", 7), ("🇩🇪 Land", 7), ("a" * 4096, 4096), ("😀" * 4096, 4096)],
)
def test_text_is_counted_in_code_points(text: str, length: int) -> None:
    assert PLATFORM.length(text) == length


def test_what_is_sent_fits_by_the_stricter_count_too() -> None:
    emoji = PLATFORM.render(draft("Bombe", "😀 " * 1500), ACCOUNT)

    assert emoji.cut == ("text",)
    assert len(emoji.text.encode("utf-16-le")) // 2 <= 4096


def test_a_post_is_sent_plain_so_that_no_stray_sign_can_make_it_fail() -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), ok(MESSAGE))

    assert told.value == Accepted(
        receipt=Receipt(post_id="41", permalink="https://t.me/musterstadt/41"),
        evidence="HTTP 200",
    )
    assert told.requests[0].commits
    assert told.requests[0].json == {"chat_id": "@musterstadt", "text": RENDERED.text}


def test_the_token_stands_in_the_address_and_nowhere_else() -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), refused(401, "Unauthorized"))

    assert told.requests[0].url == "https://api.telegram.org/bot170:AAE_secret/sendMessage"
    assert told.requests[0].headers == {}
    assert "AAE_secret" not in repr(told)


def test_a_private_chat_has_no_address_for_citizens() -> None:
    private = MESSAGE | {"chat": {"id": -1001659392243, "type": "channel"}}

    told = talk(PLATFORM.publish(PRIVATE, RENDERED, {}), ok(private))

    assert isinstance(told.value, Accepted)
    assert told.value.receipt.permalink is None


def test_a_post_that_telegram_shows_otherwise_is_accepted_with_a_note() -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), ok(MESSAGE | {"text": "Bombe"}))

    assert isinstance(told.value, Accepted)
    assert told.value.note is Cause.TRUNCATED


CREDENTIAL = Cause.CREDENTIAL_REJECTED
NO_RIGHT, WRONG = Cause.PERMISSION_MISSING, Cause.BAD_CONFIGURATION
FAULT, TEXT = Cause.PLATFORM_FAULT, Cause.CONTENT_REJECTED
SHEET: list[tuple[int, str, type[Outcome], Cause]] = [  # section 4.5, line by line
    (401, "Unauthorized", Refused, CREDENTIAL),
    (401, "Unauthorized: invalid token specified", Refused, CREDENTIAL),
    (404, "Not Found", Refused, CREDENTIAL),
    (403, "Forbidden: bot was kicked from the channel chat", Refused, NO_RIGHT),
    (403, "Forbidden: bot is not a member of the channel chat", Refused, NO_RIGHT),
    (400, "Bad Request: chat not found", Refused, WRONG),
    (400, "Bad Request: need administrator rights in the channel chat", Refused, NO_RIGHT),
    (400, "Bad Request: not enough rights to send text messages to the chat", Refused, NO_RIGHT),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN", Refused, NO_RIGHT),
    (400, "Bad Request: message text is empty", Refused, TEXT),
    (400, "Bad Request: message is too long", Refused, TEXT),
    (400, "Bad Request: can't parse entities: can't find end of the entity", Refused, TEXT),
    (400, "Bad Request: group chat was upgraded to a supergroup chat", Refused, WRONG),
    (400, "Bad Request: FROZEN_METHOD_INVALID", Refused, Cause.ACCOUNT_LOCKED),
    (409, "Conflict: terminated by other getUpdates request", Refused, WRONG),
    (500, "Internal Server Error: restart", Unclear, FAULT),
    (500, "Internal Server Error: sent message was immediately deleted", Unclear, FAULT),
    (400, "Bad Request: nobody has ever seen this", Unclear, FAULT),
    (421, "Misdirected Request: unallowed token specified", Unclear, FAULT),
]


@pytest.mark.parametrize(("status", "description", "outcome", "cause"), SHEET)
def test_each_answer_of_the_sheet_has_its_outcome(
    status: int, description: str, outcome: type[Outcome], cause: Cause
) -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), refused(status, description))

    assert isinstance(told.value, outcome)
    assert isinstance(told.value, Refused | Unclear)
    assert told.value.cause is cause
    if isinstance(told.value, Refused):
        assert (told.value.scope is Scope.CONTENT) == (cause is TEXT)


def test_every_row_of_the_table_is_met_by_a_line_of_the_sheet() -> None:
    lines = [refused(status, words) for status, words, _, _ in SHEET]
    waits = [refused(429, "", retry_after=5), refused(429, ""), refused(502, ""), refused(504, "")]

    met = {answers.judge(each) for each in [*lines, *waits]}

    assert set(TABLE) <= met | {Row(0, "", How.UNCLEAR, FAULT)}


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 502, 504])
def test_a_page_is_never_about_the_token_and_leaves_it_open(status: int) -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), page(status))

    assert told.value == Unclear(FAULT, f"HTTP {status}, not the Bot API")


@pytest.mark.parametrize("seconds", [34, 2282, 10072])  # as seen in public reports
def test_a_limit_is_waited_for_as_long_as_it_is_told(seconds: int) -> None:
    answer = refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)

    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), answer)

    assert told.value == Throttled(until=NOON + timedelta(seconds=seconds), evidence="HTTP 429")


def test_a_wait_that_only_the_header_names_is_read_there() -> None:
    answer = said(429, {"ok": False, "error_code": 429, "description": "x"}, retry_after="7")

    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), answer)

    assert told.value == Throttled(until=NOON + timedelta(seconds=7), evidence="HTTP 429")


def test_a_wait_that_stands_only_in_the_sentence_is_not_known() -> None:
    answer = refused(429, "Too Many Requests: retry after 3")  # as the server sent it in 2016

    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), answer)

    assert told.value == Throttled(until=None, evidence="HTTP 429")


def test_a_server_that_is_closing_may_have_taken_it() -> None:
    answer = refused(429, "Too Many Requests: retry after 5", retry_after=5)

    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), answer)

    assert told.value == Unclear(Cause.RATE_LIMITED, "HTTP 429")


@pytest.mark.parametrize("number", [None, True, 0, -3, "41", 1.5])
def test_without_the_number_of_the_message_it_is_not_accepted(number: object) -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), ok(MESSAGE | {"message_id": number}))

    assert told.value == Unclear(FAULT, "HTTP 200, no message_id")


@pytest.mark.parametrize(
    "text",
    [
        LIVE,
        LIVE + '<br/><i class="emoji" style="background-image:url()"><b>⚠</b></i>',
        f'<div class="tgme_widget_message_text js-message_text" dir="auto">{LIVE}</div>',
    ],
    ids=["whole", "with more", "wrapped once more"],
)
def test_after_a_lost_answer_it_is_found_on_the_public_page(text: str) -> None:
    steps = PLATFORM.find(ACCOUNT, RENDERED, {}, NOON)

    told = talk(steps, shown((40, "Gestern"), (41, text), (42, "Danach")))

    assert isinstance(told.value, Found)
    assert told.value.receipt == Receipt(post_id="41", permalink="https://t.me/musterstadt/41")
    assert told.requests[0].anonymous
    assert told.asked == ["GET /s/musterstadt"]


def test_yesterdays_equal_warning_is_another_one() -> None:
    yesterdays = LIVE.replace("Nr. 17", "Nr. 170")

    told = talk(PLATFORM.find(ACCOUNT, RENDERED, {}, NOON), shown((41, yesterdays)))

    assert told.value == NotSeen("t.me: HTTP 200, not among the latest posts")


def test_another_channels_post_on_the_page_is_not_ours() -> None:
    told = talk(PLATFORM.find(ACCOUNT, RENDERED, {}, NOON), shown((41, LIVE), name="nachbarstadt"))

    assert isinstance(told.value, NotSeen)


def test_where_the_list_is_withheld_the_numbers_after_our_latest_are_looked_at() -> None:
    last = Published(receipt=Receipt(post_id="40"), rendered=RENDERED)
    known = replace(ACCOUNT, last=last)

    told = talk(PLATFORM.find(known, RENDERED, {}, NOON), ELSEWHERE, NOT_FOUND, shown((42, LIVE)))

    assert isinstance(told.value, Found)
    assert told.asked[1:] == ["GET /musterstadt/41", "GET /musterstadt/42"]
    assert told.requests[1].params == {"embed": "1", "mode": "tme"}


@pytest.mark.parametrize("answer", [ELSEWHERE, page(502), shown((1, "x"))])
def test_what_is_not_seen_is_never_repeated_by_the_machine(answer: Answer) -> None:
    told = talk(PLATFORM.find(ACCOUNT, RENDERED, {}, NOON), answer)

    assert isinstance(told.value, NotSeen)
    assert not told.value.repeatable


def test_nothing_is_edited_or_sent_to_find_out() -> None:
    told = talk(PLATFORM.find(PRIVATE, RENDERED, {}, NOON), ok({"id": -1001659392243}))

    assert told.value == NotSeen("the chat is private: there is no page to look at")
    assert [each.url.rpartition("/")[2] for each in told.requests] == ["getChat"]


OURS = Published(receipt=Receipt(post_id="41"), rendered=RENDERED)
GONE = refused(400, "Bad Request: message to delete not found")


@pytest.mark.parametrize(
    ("script", "result"),
    [
        ([ok(result=True)], Withdrawn("HTTP 200")),
        ([GONE, NOT_FOUND], Withdrawn("gone already: message to delete not found")),
        (
            [GONE, shown((41, LIVE))],
            StillThere(NO_RIGHT, "message to delete not found; t.me: HTTP 200 on reading"),
        ),
        (
            [refused(400, "Bad Request: message can't be deleted")],
            StillThere(FAULT, "HTTP 400"),
        ),
        ([refused(401, "Unauthorized")], StillThere(CREDENTIAL, "HTTP 401")),
    ],
)
def test_taking_down_ends_as_the_platform_says(script: list[Answer], result: object) -> None:
    told = talk(PLATFORM.withdraw(ACCOUNT, OURS), *script)

    assert told.value == result
    assert told.requests[0].json == {"chat_id": "@musterstadt", "message_id": 41}


def test_the_text_stands_ready_in_the_channel_itself() -> None:
    link = PLATFORM.compose_link(ACCOUNT, RENDERED)

    assert link is not None
    assert link.startswith("https://t.me/musterstadt?text=Bombe%20in%20der%20Neustadt%0A")
    assert PLATFORM.compose_link(PRIVATE, RENDERED) is None
