"""Matrix: what our account may do in its room, and what is seen there."""

from __future__ import annotations

from typing import Any

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.platforms.matrix import PLATFORM
from tests.platforms.talk import Answer, causes, page, said, talk
from tests.platforms.test_matrix import (
    ACCOUNT,
    BY_ALIAS,
    EVENT,
    HERE,
    ME,
    NO_EVENT,
    OURS,
    RENDERED,
    ROOM,
    USER,
    event,
    listed,
    refused,
)

PUBLISH, PUBLIC, READ_BACK = Ability.PUBLISH, Ability.PUBLIC, Ability.READ_BACK
JOINED = said(200, {"joined_rooms": ["!other:musterstadt.example", ROOM]})
DEAD = refused(401, "M_UNKNOWN_TOKEN")
NOTED = said(200, {})
MISSING = Cause.PERMISSION_MISSING


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ([ME, JOINED], None),
        ([ME, said(200, {"joined_rooms": []})], MISSING),
        ([ME, page(502)], None),
        ([said(200, {}), JOINED], Cause.PLATFORM_FAULT),
        ([page(401), JOINED], Cause.PLATFORM_FAULT),
        ([refused(401, "M_USER_LOCKED", soft_logout=True), DEAD], Cause.ACCOUNT_LOCKED),
    ],
)
def test_who_we_are_and_which_rooms_we_are_in_is_asked(
    script: list[Answer], cause: Cause | None
) -> None:
    told = talk(PLATFORM.check_credentials(ACCOUNT), *script)

    assert causes(told.value) == [(PUBLISH, cause)]


def test_an_alias_that_leads_nowhere_is_a_wrong_setting() -> None:
    told = talk(PLATFORM.check_credentials(BY_ALIAS), ME, JOINED, NO_EVENT)

    assert causes(told.value) == [(PUBLISH, Cause.BAD_CONFIGURATION)]


@pytest.mark.parametrize(("second", "agreed"), [(DEAD, True), (JOINED, False), (page(502), False)])
def test_a_dead_token_is_believed_when_a_second_call_agrees(second: Answer, agreed: bool) -> None:  # noqa: FBT001 - a row
    told = talk(PLATFORM.check_credentials(ACCOUNT), DEAD, second)

    assert told.value.findings[0].confirmed is agreed


@pytest.mark.parametrize(
    ("levels", "cause"),
    [
        ({"users": {USER: 50}, "events_default": 50}, None),
        ({"users": {USER: 49}, "events_default": 50}, MISSING),
        ({"users_default": 0, "events": {"m.room.message": 10}, "events_default": 0}, MISSING),
        ({"users": {USER: "50"}, "events_default": 50}, None),
        ({"users": {}}, None),
    ],
)
def test_a_rehearsal_writes_a_private_note_and_reads_our_power(
    levels: dict[str, Any], cause: Cause | None
) -> None:
    old = said(200, {"sender": USER, "content": {"room_version": "10"}})
    script = [ME, NOTED, said(200, levels)] + ([old] if cause else [])

    told = talk(PLATFORM.rehearse(ACCOUNT), *script)

    assert causes(told.value) == [(PUBLISH, cause)]
    note = told.requests[1]
    assert (note.method, note.commits) == ("PUT", False)
    assert "/account_data/sentinel.rehearsal" in note.url


@pytest.mark.parametrize(
    ("made", "cause"),
    [
        ({"sender": USER, "content": {"room_version": "12"}}, None),
        (
            {"sender": "@a:b", "content": {"room_version": "12", "additional_creators": [USER]}},
            None,
        ),
        ({"sender": "@a:b", "content": {"room_version": "12"}}, MISSING),
    ],
)
def test_whoever_made_a_room_of_version_12_has_all_power_in_it(
    made: dict[str, Any], cause: Cause | None
) -> None:
    closed = said(200, {"users": {}, "events_default": 50})

    told = talk(PLATFORM.rehearse(ACCOUNT), ME, NOTED, closed, said(200, made))

    assert causes(told.value) == [(PUBLISH, cause)]


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ([DEAD], Cause.CREDENTIAL_REJECTED),
        ([ME, refused(429, "M_LIMIT_EXCEEDED", retry_after_ms=122)], Cause.RATE_LIMITED),
        ([ME, NOTED, NO_EVENT], None),
        ([ME, NOTED, refused(403, "M_FORBIDDEN")], MISSING),
    ],
)
def test_a_rehearsal_that_is_refused_says_why(script: list[Answer], cause: Cause | None) -> None:
    told = talk(PLATFORM.rehearse(ACCOUNT), *script)

    assert causes(told.value) == [(PUBLISH, cause)]


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (said(200, event(RENDERED.text)), [(READ_BACK, None)]),
        (said(200, event("Bombe")), [(READ_BACK, None), (READ_BACK, Cause.TRUNCATED)]),
        (said(200, event(None)), [(READ_BACK, Cause.NOT_VISIBLE)]),
        (NO_EVENT, [(READ_BACK, Cause.NOT_VISIBLE)]),
        (refused(404, "M_UNRECOGNIZED"), [(READ_BACK, Cause.BAD_CONFIGURATION)]),
        (page(404), [(READ_BACK, Cause.PLATFORM_FAULT)]),
    ],
)
def test_our_event_is_read_back_and_compared(
    answer: Answer, seen: list[tuple[Ability, Cause | None]]
) -> None:
    told = talk(PLATFORM.read_own(ACCOUNT, OURS), answer)

    assert causes(told.value) == seen
    assert told.asked == [f"GET {HERE}/event/%24{EVENT[1:]}"]


@pytest.mark.parametrize(
    ("answer", "cause"), [(listed(), None), (said(200, {}), Cause.PLATFORM_FAULT)]
)
def test_without_a_post_the_latest_message_is_read(answer: Answer, cause: Cause | None) -> None:
    told = talk(PLATFORM.read_own(ACCOUNT, None), answer)

    assert causes(told.value) == [(READ_BACK, cause)]


RESTRICTED = Cause.READER_RESTRICTED
ABSENT = refused(404, "M_UNRECOGNIZED")


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ([said(200, {"room_id": ROOM, "world_readable": True})], None),
        ([said(200, {"room_id": ROOM, "world_readable": False})], RESTRICTED),
        ([ABSENT, said(200, {"history_visibility": "world_readable"})], None),
        ([ABSENT, said(200, {"history_visibility": "shared"})], RESTRICTED),
        ([refused(401, "M_MISSING_TOKEN"), NO_EVENT], RESTRICTED),
        ([ABSENT, refused(403, "M_FORBIDDEN")], MISSING),
        ([page(502)], Cause.PLATFORM_FAULT),
        ([page(403)], Cause.PLATFORM_FAULT),
    ],
)
def test_a_citizen_is_told_by_the_room_whether_anybody_may_read_it(
    script: list[Answer], cause: Cause | None
) -> None:
    told = talk(PLATFORM.see_as_citizen(ACCOUNT, OURS), *script)

    assert causes(told.value) == [(PUBLIC, cause)]
    assert not told.value.findings[0].proves
    assert told.requests[0].anonymous
    assert told.requests[0].headers == {}


def test_staff_listen_to_mentions() -> None:
    told = talk(PLATFORM.listen(ACCOUNT), said(200, {"notifications": []}))

    assert causes(told.value) == [(Ability.LISTEN, None)]
