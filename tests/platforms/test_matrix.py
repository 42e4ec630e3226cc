"""Matrix: one transaction, one event; sent again only where the same key is the same event."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
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
    StillThere,
    Throttled,
    Unclear,
    Withdrawn,
)
from sentinel.platforms import Published
from sentinel.platforms.matrix import PLATFORM, answers
from sentinel.platforms.matrix.rooms import NO_ROOM
from sentinel.wire import Response
from tests.platforms.talk import NOON, Answer, account, draft, lost, page, said, talk

ROOM, USER, EVENT = "!lage:musterstadt.example", "@warnung:musterstadt.example", "$Rqnc-F-dvnEYJ"
TOKEN = {"access_token": "syt_secret"}
ACCOUNT = account("https://matrix.example", "", TOKEN, room=ROOM)
BY_ALIAS = account("https://matrix.example", "", TOKEN, room="#lage:musterstadt.example")
RENDERED = PLATFORM.render(draft(), ACCOUNT)
DONE = said(200, {"event_id": EVENT})
ME = said(200, {"user_id": USER, "device_id": "GHTYAJCE", "is_guest": False})
HERE = "/_matrix/client/v3/rooms/%21lage%3Amusterstadt.example"
LINK = "https://matrix.to/#/%21lage%3Amusterstadt.example/%24Rqnc-F-dvnEYJ?via=musterstadt.example"
DEVICE = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), DONE).remembered
SOON = NOON - timedelta(minutes=2)


def refused(status: int, errcode: str, **more: object) -> Response:
    """Return an error as a homeserver sends it."""
    return said(status, {"errcode": errcode, "error": "x", **more})


def event(body: str | None, *, key: str = "", sender: str = USER, name: str = EVENT) -> Any:
    """Return an event; without a body one that was taken down."""
    unsigned = {"age": 1, "transaction_id": key} if key else {"age": 1}
    content = {} if body is None else {"msgtype": "m.text", "body": body}
    where = {"type": "m.room.message", "room_id": ROOM, "sender": sender, "event_id": name}
    return where | {"content": content, "unsigned": unsigned}


def listed(*events: Any) -> Response:
    """Return the room's latest messages."""
    return said(200, {"start": "t1", "end": "t0", "chunk": list(events)})


def test_a_text_is_as_long_as_its_event_with_both_bodies_and_every_escape() -> None:
    frame = len(
        '{"body":"","format":"org.matrix.custom.html","formatted_body":"","msgtype":"m.text"}'
    )

    assert PLATFORM.length("") == frame
    assert PLATFORM.length("a") == frame + 2
    assert PLATFORM.length("ä") == frame + 4
    assert PLATFORM.length('"') == frame + 4
    assert PLATFORM.length("😀") == frame + 8
    assert PLATFORM.length("&") == frame + 1 + len("&amp;")
    assert PLATFORM.length("a\nb") == frame + len("a\\nb") + len("<strong>a</strong><br>b")


def test_the_longest_text_leaves_half_of_the_event_to_the_servers() -> None:
    room = 32_768 - PLATFORM.length("Bombe\n\n\n\nNr. 17")
    fits = PLATFORM.render(draft("Bombe", "a" * (room // 2)), ACCOUNT)
    over = PLATFORM.render(draft("Bombe", "a" * (room // 2 + 1)), ACCOUNT)

    assert (fits.cut, over.cut) == ((), ("text",))
    assert 32_766 <= fits.length <= 32_768


def test_the_formatted_text_is_escaped_and_its_first_line_bold() -> None:
    rendered = PLATFORM.render(draft("<Bombe> & mehr", "Hinaus!"), ACCOUNT)

    content = rendered.payload["content"]
    assert content["msgtype"] == "m.text"
    assert content["body"] == "<Bombe> & mehr\n\nHinaus!\n\nNr. 17"
    assert content["formatted_body"] == (
        "<strong>&lt;Bombe&gt; &amp; mehr</strong><br><br>Hinaus!<br><br>Nr. 17"
    )


def test_a_post_carries_its_key_in_the_path_and_remembers_its_device_first() -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), DONE)

    assert told.value == Accepted(
        receipt=Receipt(post_id=EVENT, permalink=LINK), evidence="HTTP 200"
    )
    assert told.asked == [f"PUT {HERE}/send/m.room.message/0192f3a0-0000-7000-8000-000000000017"]
    assert told.requests[0].commits
    assert told.requests[0].json == RENDERED.payload["content"]
    assert list(told.remembered) == ["device"]
    assert "secret" not in str(told.remembered)


def test_the_room_behind_an_alias_is_remembered_so_that_the_path_stays_the_same() -> None:
    first = talk(
        PLATFORM.publish(BY_ALIAS, RENDERED, {}), said(200, {"room_id": ROOM, "servers": []}), DONE
    )
    second = talk(PLATFORM.publish(BY_ALIAS, RENDERED, first.remembered), DONE)

    assert first.asked[0] == ("GET /_matrix/client/v3/directory/room/%23lage%3Amusterstadt.example")
    assert first.remembered["room"] == ROOM
    assert isinstance(first.value, Accepted)
    assert first.value.receipt.permalink == LINK.replace("%21", "%23")
    assert second.asked == first.asked[1:]
    assert second.remembered == {}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (
            refused(404, "M_NOT_FOUND"),
            Refused(Cause.BAD_CONFIGURATION, evidence="HTTP 404 M_NOT_FOUND"),
        ),
        (page(502), Failed(Cause.PLATFORM_FAULT, "HTTP 502, not JSON")),
        (said(200, {}), Failed(Cause.PLATFORM_FAULT, "HTTP 200")),
    ],
)
def test_without_the_room_nothing_was_sent(answer: Answer, outcome: Outcome) -> None:
    told = talk(PLATFORM.publish(BY_ALIAS, RENDERED, {}), answer)

    assert told.value == outcome


def test_a_setting_that_can_mean_no_room_is_wrong_before_anything_is_sent() -> None:
    nowhere = replace(ACCOUNT, settings={"room": "lage"})

    told = talk(PLATFORM.publish(nowhere, RENDERED, {}))
    checked = talk(PLATFORM.check_credentials(nowhere), ME, said(200, {"joined_rooms": []}))

    assert told.value == Refused(Cause.BAD_CONFIGURATION, evidence=NO_ROOM)
    assert checked.value.findings[0].cause is Cause.BAD_CONFIGURATION


REJECTED, LOCKED, FAULT = Cause.CREDENTIAL_REJECTED, Cause.ACCOUNT_LOCKED, Cause.PLATFORM_FAULT
SHEET: list[tuple[Response, type[Outcome], Cause]] = [  # section 8, line by line
    (refused(401, "M_UNKNOWN_TOKEN"), Refused, REJECTED),
    (refused(401, "M_UNKNOWN_TOKEN", soft_logout=False), Refused, REJECTED),
    (refused(401, "M_UNKNOWN_TOKEN", soft_logout=True), Refused, Cause.CREDENTIAL_EXPIRED),
    (refused(401, "M_MISSING_TOKEN"), Refused, REJECTED),
    (refused(401, "M_USER_LOCKED", soft_logout=True), Refused, LOCKED),
    (refused(403, "M_USER_SUSPENDED"), Refused, LOCKED),
    (refused(403, "M_USER_DEACTIVATED"), Refused, LOCKED),
    (refused(403, "M_FORBIDDEN"), Refused, Cause.PERMISSION_MISSING),
    (refused(403, "M_RESOURCE_LIMIT_EXCEEDED"), Refused, Cause.PLAN_REFUSED),
    (refused(400, "M_USER_LIMIT_EXCEEDED"), Refused, Cause.PLAN_REFUSED),
    (refused(413, "M_TOO_LARGE"), Refused, Cause.CONTENT_REJECTED),
    (refused(404, "M_NOT_FOUND"), Refused, Cause.BAD_CONFIGURATION),
    (refused(404, "M_UNRECOGNIZED"), Refused, Cause.BAD_CONFIGURATION),
    (refused(500, "M_UNKNOWN"), Unclear, FAULT),
    (page(502), Unclear, FAULT),
    (page(401), Unclear, FAULT),
    (page(200), Unclear, FAULT),
    (said(200, {"event_id": "none of ours"}), Unclear, FAULT),
    (refused(400, "M_NEVER_SEEN"), Unclear, FAULT),
]


@pytest.mark.parametrize(("answer", "outcome", "cause"), SHEET)
def test_each_answer_of_the_sheet_has_its_outcome(
    answer: Response, outcome: type[Outcome], cause: Cause
) -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), answer)

    assert isinstance(told.value, outcome)
    assert isinstance(told.value, Refused | Unclear)
    assert told.value.cause is cause
    if isinstance(told.value, Refused):
        assert (told.value.scope is Scope.CONTENT) == (cause is Cause.CONTENT_REJECTED)


def test_every_row_of_the_table_is_met_by_a_line_of_the_sheet() -> None:
    limits = [refused(429, "M_UNKNOWN"), refused(400, "M_LIMIT_EXCEEDED")]

    met = {answers.judge(each) for each in [*(line[0] for line in SHEET), *limits]}

    assert set(answers.TABLE) <= met


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (refused(429, "M_LIMIT_EXCEEDED", retry_after_ms=9457), timedelta(milliseconds=9457)),
        (
            said(
                429,
                {"errcode": "M_LIMIT_EXCEEDED", "error": "x", "retry_after_ms": 122},
                retry_after="1",
            ),
            timedelta(seconds=1),
        ),
        (refused(429, "M_LIMIT_EXCEEDED"), None),
        (refused(429, "M_LIMIT_EXCEEDED", retry_after_ms="soon"), None),
        (page(429), None),
    ],
    ids=["body", "header first", "neither", "nonsense", "page"],
)
def test_a_limit_is_waited_for_as_header_or_body_say(
    answer: Response, wait: timedelta | None
) -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), answer)

    assert isinstance(told.value, Throttled)
    assert told.value.until == (NOON + wait if wait else None)


def test_after_a_lost_answer_the_event_is_found_by_its_key_whatever_its_text() -> None:
    live = event("Bombe", key=RENDERED.key)

    told = talk(PLATFORM.find(ACCOUNT, RENDERED, DEVICE, SOON), ME, listed(event("x"), live))

    assert told.value == Found(Receipt(post_id=EVENT, permalink=LINK), Cause.TRUNCATED)
    assert told.asked == ["GET /_matrix/client/v3/account/whoami", f"GET {HERE}/messages"]
    chosen = json.loads(told.requests[1].params["filter"])
    assert chosen == {"types": ["m.room.message"], "senders": [USER]}


@pytest.mark.parametrize(
    ("shown", "note"),
    [
        (event(RENDERED.text), None),
        (event(f"{RENDERED.text}\n(bearbeitet)"), Cause.TRUNCATED),
        (event(None, key=RENDERED.key), Cause.NOT_VISIBLE),
    ],
    ids=["its text", "its mark", "taken down since"],
)
def test_another_device_finds_it_by_its_text(shown: Any, note: Cause | None) -> None:
    told = talk(PLATFORM.find(ACCOUNT, RENDERED, DEVICE, SOON), ME, listed(shown))

    assert told.value == Found(Receipt(post_id=EVENT, permalink=LINK), note)


@pytest.mark.parametrize(
    "shown",
    [
        event(RENDERED.text, sender="@jemand:musterstadt.example"),
        event(RENDERED.text.replace("Nr. 17", "Nr. 170")),
        event(None),
        event(RENDERED.text, name="no event"),
        "nonsense",
    ],
)
def test_what_is_not_ours_is_not_found(shown: Any) -> None:
    told = talk(PLATFORM.find(ACCOUNT, RENDERED, DEVICE, SOON), ME, listed(shown))

    assert told.value == NotSeen("not among the room's latest messages of ours", repeatable=True)


def test_the_same_key_may_be_sent_again_only_by_the_same_device_while_it_is_remembered() -> None:
    def repeatable(memory: dict[str, str], minutes: int, **channel: Any) -> bool:
        steps = PLATFORM.find(
            replace(ACCOUNT, **channel), RENDERED, memory, NOON - timedelta(minutes=minutes)
        )
        told = talk(steps, ME, listed())
        assert isinstance(told.value, NotSeen)
        return told.value.repeatable

    assert repeatable(DEVICE, 24)
    assert not repeatable(DEVICE, 25)
    assert not repeatable({}, 1)
    assert not repeatable(DEVICE, 1, credentials={"access_token": "another"})


@pytest.mark.parametrize(
    ("key", "kept"), [("the-key-of-our-latest", True), ("", False)], ids=["keeps", "keeps none"]
)
def test_a_server_that_does_not_know_our_latest_key_is_not_relied_on(key: str, kept: bool) -> None:  # noqa: FBT001 - a row
    latest = Published(
        receipt=Receipt(post_id="$latest"),
        rendered=replace(RENDERED, key="the-key-of-our-latest", text="Vorher"),
        posted_at=NOON - timedelta(minutes=5),
    )
    shown = listed(event("Vorher", key=key, name="$latest"))

    told = talk(PLATFORM.find(replace(ACCOUNT, last=latest), RENDERED, DEVICE, SOON), ME, shown)

    assert told.value == NotSeen("not among the room's latest messages of ours", repeatable=kept)


@pytest.mark.parametrize(
    "script",
    [
        [refused(401, "M_UNKNOWN_TOKEN")],
        [said(200, {})],
        [ME, refused(403, "M_FORBIDDEN")],
        [ME, said(200, {"chunk": "none"})],
        [ME, page(502)],
    ],
)
def test_without_a_look_nothing_is_repeatable(script: list[Answer]) -> None:
    told = talk(PLATFORM.find(ACCOUNT, RENDERED, DEVICE, SOON), *script)

    assert isinstance(told.value, NotSeen)
    assert not told.value.repeatable


OURS = Published(receipt=Receipt(post_id=EVENT), rendered=RENDERED)
NO_EVENT = refused(404, "M_NOT_FOUND")


@pytest.mark.parametrize(
    ("script", "result"),
    [
        ([said(200, {"event_id": "$redaction"})], Withdrawn("HTTP 200")),
        ([NO_EVENT, NO_EVENT], Withdrawn("gone already: HTTP 404 M_NOT_FOUND")),
        (
            [NO_EVENT, said(200, event("x"))],
            StillThere(
                Cause.PERMISSION_MISSING,
                "HTTP 404 M_NOT_FOUND on redacting, HTTP 200 on reading",
            ),
        ),
        (
            [refused(403, "M_FORBIDDEN")],
            StillThere(Cause.PERMISSION_MISSING, "HTTP 403 M_FORBIDDEN"),
        ),
        ([said(200, {})], StillThere(FAULT, "HTTP 200")),
    ],
)
def test_taking_down_ends_as_the_server_says(script: list[Answer], result: object) -> None:
    told = talk(PLATFORM.withdraw(ACCOUNT, OURS), *script)

    assert told.value == result
    assert told.asked[0] == f"PUT {HERE}/redact/%24Rqnc-F-dvnEYJ/{RENDERED.key}-redact"


def test_an_event_is_taken_down_and_read_in_the_room_that_it_was_sent_to() -> None:
    sent = replace(OURS, memory={"room": ROOM, "device": "d"})  # the alias may have moved on

    down = talk(PLATFORM.withdraw(BY_ALIAS, sent), said(200, {"event_id": "$redaction"}))
    read = talk(PLATFORM.read_own(BY_ALIAS, sent), said(200, event(RENDERED.text)))

    assert down.asked == [f"PUT {HERE}/redact/%24Rqnc-F-dvnEYJ/{RENDERED.key}-redact"]
    assert read.asked == [f"GET {HERE}/event/%24Rqnc-F-dvnEYJ"]


def test_a_loss_after_sending_leaves_it_open() -> None:
    with pytest.raises(type(lost())) as loss:
        talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), lost())

    assert loss.value.committed
