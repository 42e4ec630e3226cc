"""Telegram in the conformance suites."""

from __future__ import annotations

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import NotSeen, Refused, Throttled
from tests.platforms.member import AT_ONCE, BIRD, Member, Well

MEMBER = Member(
    well=Well(
        body={
            "ok": True,
            "result": {
                "message_id": 170,
                "id": 7,
                "chat": {"id": -1001, "username": "musterstadt"},
                "username": "musterstadt",
                "status": "administrator",
                "can_post_messages": True,
                "text": BIRD,
            },
        }
    ),
    words=("ok", "error_code", "description", "parameters", "retry_after", "result", "message_id"),
    values=(
        *("Bad Request: chat not found", "Bad Request: message text is empty", "Unauthorized"),
        *("Bad Request: message to delete not found", "Bad Request: FROZEN_METHOD_INVALID"),
        *({"retry_after": 5}, {"retry_after": 900}, {"retry_after": True}, {"message_id": -1}),
        *("@musterstadt", "administrator", "left"),
    ),
    samples={"chat": "@musterstadt"},
    credentials={"bot_token": "170:t"},
    settings={"chat": "@musterstadt"},
    publish={
        **AT_ONCE,
        "rate_limited_low_use": (Throttled, Cause.RATE_LIMITED),  # no header tells them apart
        "account_locked": (Refused, Cause.ACCOUNT_LOCKED),
    },
    looks={
        "login_wall": (Ability.PUBLIC, Cause.READER_RESTRICTED),
        "accepted_not_live": (Ability.PUBLIC, Cause.NOT_VISIBLE),
        "late_visible": (Ability.READ_BACK, Cause.NOT_VISIBLE),
    },
    absent=NotSeen,
    too_long=(Refused, Cause.CONTENT_REJECTED),
)
