"""Telegram: what the bot may do, and what citizens see."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Found, NotSeen
from sentinel.platforms.telegram import PLATFORM
from sentinel.wire import Response
from tests.platforms.talk import NOON, Answer, causes, page, talk
from tests.platforms.test_telegram import (
    ACCOUNT,
    ELSEWHERE,
    LIVE,
    NOT_FOUND,
    OURS,
    PRIVATE,
    RENDERED,
    ok,
    refused,
    shown,
)

ME = ok({"id": 7, "is_bot": True, "username": "musterstadt_bot"})
CHAT = ok({"id": -1001659392243, "username": "musterstadt", "type": "channel"})
DEAD = refused(401, "Unauthorized")
EMPTY = refused(400, "Bad Request: message text is empty")
PUBLISH, PUBLIC, READ_BACK = Ability.PUBLISH, Ability.PUBLIC, Ability.READ_BACK


def member(status: str, **rights: bool) -> Answer:
    """Return what getChatMember says of the bot."""
    return ok({"user": {"id": 7}, "status": status, **rights})


@pytest.mark.parametrize(
    ("me", "chat", "cause"),
    [
        (ME, CHAT, None),
        (ME, refused(400, "Bad Request: chat not found"), Cause.BAD_CONFIGURATION),
        (ME, refused(403, "Forbidden: bot was kicked from the channel chat"), "permission"),
        (DEAD, DEAD, Cause.CREDENTIAL_REJECTED),
        (page(401), CHAT, Cause.PLATFORM_FAULT),
        (ok({"username": "no id"}), CHAT, Cause.PLATFORM_FAULT),
    ],
)
def test_the_bot_and_its_chat_are_asked_for(me: Answer, chat: Answer, cause: object) -> None:
    told = talk(PLATFORM.check_credentials(ACCOUNT), me, chat)

    expected = Cause.PERMISSION_MISSING if cause == "permission" else cause
    assert causes(told.value) == [(PUBLISH, expected)]


@pytest.mark.parametrize(("second", "agreed"), [(DEAD, True), (CHAT, False), (page(502), False)])
def test_a_dead_token_is_believed_when_a_second_call_agrees(second: Answer, agreed: bool) -> None:  # noqa: FBT001 - a row
    told = talk(PLATFORM.check_credentials(ACCOUNT), DEAD, second)

    assert told.value.findings[0].confirmed is agreed


@pytest.mark.parametrize(
    ("rights", "cause"),
    [
        (member("administrator", can_post_messages=True), None),
        (member("administrator", can_post_messages=False), Cause.PERMISSION_MISSING),
        (member("creator"), None),
        (member("member"), None),
        (member("restricted", can_send_messages=True), None),
        (member("restricted", can_send_messages=False), Cause.PERMISSION_MISSING),
        (member("left"), Cause.PERMISSION_MISSING),
        (ok({"no": "status"}), Cause.PLATFORM_FAULT),
    ],
)
def test_a_rehearsal_sends_nothing_that_could_be_posted_and_reads_the_rights(
    rights: Answer, cause: Cause | None
) -> None:
    told = talk(PLATFORM.rehearse(ACCOUNT), EMPTY, ME, rights)

    assert causes(told.value) == [(PUBLISH, cause)]
    assert told.requests[0].json == {"chat_id": "@musterstadt", "text": ""}
    assert not any(each.commits for each in told.requests)


def test_a_server_that_takes_an_empty_message_is_not_telegram() -> None:
    told = talk(PLATFORM.rehearse(ACCOUNT), ok({"message_id": 1}))

    assert causes(told.value) == [(PUBLISH, Cause.PLATFORM_FAULT)]


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (shown((41, LIVE)), [(READ_BACK, None)]),
        (shown((41, "Bombe in")), [(READ_BACK, None), (READ_BACK, Cause.TRUNCATED)]),
        (NOT_FOUND, [(READ_BACK, Cause.NOT_VISIBLE)]),
        (page(200), [(READ_BACK, Cause.PLATFORM_FAULT)]),
        (page(503), [(READ_BACK, Cause.PLATFORM_FAULT)]),
    ],
)
def test_our_post_is_read_back_from_its_public_page(
    answer: Answer, seen: list[tuple[Ability, Cause | None]]
) -> None:
    told = talk(PLATFORM.read_own(ACCOUNT, OURS), answer)

    assert causes(told.value) == seen
    assert told.requests[0].anonymous


def test_a_private_chat_cannot_be_read_back_which_proves_nothing() -> None:
    told = talk(PLATFORM.read_own(PRIVATE, OURS), ok({"id": -1001659392243}))

    assert causes(told.value) == [(READ_BACK, None)]
    assert not told.value.findings[0].proves


def test_a_numbered_chat_with_a_public_name_is_read_under_that_name() -> None:
    told = talk(PLATFORM.see_as_citizen(PRIVATE, OURS), CHAT, shown((41, LIVE)))

    assert causes(told.value) == [(PUBLIC, None)]
    assert told.asked[1] == "GET /s/musterstadt"


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ([shown((41, LIVE))], None),
        ([shown((40, "Gestern"), (42, "Danach"))], Cause.NOT_VISIBLE),
        ([shown((39, "Vorher"), (40, "Gestern"))], Cause.NOT_VISIBLE),
        ([shown((90, "Viel später")), shown((41, LIVE))], None),
        ([shown((90, "Viel später")), NOT_FOUND], Cause.NOT_VISIBLE),
        ([ELSEWHERE], Cause.READER_RESTRICTED),
        ([page(502)], Cause.PLATFORM_FAULT),
    ],
)
def test_a_citizen_looks_at_the_preview(script: list[Answer], cause: Cause | None) -> None:
    told = talk(PLATFORM.see_as_citizen(ACCOUNT, OURS), *script)

    assert causes(told.value) == [(PUBLIC, cause)]
    assert all(each.anonymous for each in told.requests)


def test_a_private_chat_is_closed_to_citizens() -> None:
    told = talk(PLATFORM.see_as_citizen(PRIVATE, OURS), ok({"id": -1001659392243}))

    assert causes(told.value) == [(PUBLIC, Cause.READER_RESTRICTED)]


def test_an_empty_preview_shows_that_the_channel_is_open_and_proves_nothing_more() -> None:
    empty = Response(status=200, body=b'<section class="tgme_channel_history">')

    told = talk(PLATFORM.see_as_citizen(ACCOUNT, None), empty)

    assert causes(told.value) == [(PUBLIC, None)]
    assert not told.value.findings[0].proves


SCRAPS = (
    *('data-post="musterstadt/41"', 'data-post="musterstadt/"', 'data-post="other/41"', "</div>"),
    *('<div class="tgme_widget_message_text js-message_text" dir="auto">', "<br/>", "&amp;", "<"),
    *("tgme_widget_message_error", "tgme_channel_history", RENDERED.text, "Nr. 17", "\x00", "&#0;"),
)


@given(scraps=st.lists(st.sampled_from(SCRAPS) | st.text(max_size=5), max_size=12))
@settings(max_examples=60, deadline=None)
def test_whatever_t_me_shows_every_look_ends_in_words_of_ours(scraps: list[str]) -> None:
    scrap = Response(status=200, body="".join(scraps).encode())

    found = talk(PLATFORM.find(ACCOUNT, RENDERED, {}, NOON), scrap).value
    own = talk(PLATFORM.read_own(ACCOUNT, OURS), scrap).value
    public = talk(PLATFORM.see_as_citizen(ACCOUNT, None), scrap).value

    assert isinstance(found, Found | NotSeen)
    assert {each.ability for each in own.findings} == {READ_BACK}
    assert {each.ability for each in public.findings} == {PUBLIC}
