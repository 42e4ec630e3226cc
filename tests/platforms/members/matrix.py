"""Matrix in the conformance suites."""

from __future__ import annotations

from dataclasses import replace

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Accepted, NotSeen, Refused, Rendered, Throttled
from tests.platforms.member import AT_ONCE, Member, Well


def _with_text(rendered: Rendered, text: str) -> Rendered:
    content = {**rendered.payload["content"], "body": text, "formatted_body": text}
    return replace(rendered, payload={**rendered.payload, "content": content})


MEMBER = Member(
    well=Well(
        body={
            "event_id": "$170",
            "user_id": "@stadt:example.org",
            "room_id": "!lage:example.org",
            "world_readable": True,
            "chunk": [],
        }
    ),
    words=(
        *("errcode", "soft_logout", "retry_after_ms", "event_id", "user_id", "room_id", "chunk"),
        *("sender", "unsigned", "transaction_id", "body", "users", "events", "events_default"),
        *("joined_rooms", "history_visibility", "world_readable", "room_version"),
    ),
    values=(
        *("M_UNKNOWN_TOKEN", "M_LIMIT_EXCEEDED", "M_FORBIDDEN", "M_NOT_FOUND", "M_TOO_LARGE"),
        *("M_USER_LOCKED", "$170", "@stadt:example.org", "!lage:example.org", "12"),
    ),
    samples={"room": "#lage:example.org"},
    credentials={"access_token": "t"},
    settings={"room": "!stadt:simulator"},
    publish={
        **AT_ONCE,
        "rate_limited_low_use": (Throttled, Cause.RATE_LIMITED),  # no header tells them apart
        "account_locked": (Refused, Cause.ACCOUNT_LOCKED),
        "plan_refused": (Refused, Cause.PLAN_REFUSED),
        "ignores_key": (Accepted, None),
    },
    looks={
        "read_limited": (Ability.READ_BACK, Cause.RATE_LIMITED),
        "login_wall": (Ability.PUBLIC, Cause.READER_RESTRICTED),
        "accepted_not_live": (Ability.READ_BACK, Cause.NOT_VISIBLE),
        "late_visible": (Ability.READ_BACK, Cause.NOT_VISIBLE),
    },
    absent=NotSeen,
    measures=False,  # each letter stands in the event twice, plain and formatted
    lengthen=_with_text,
    too_long=(Refused, Cause.CONTENT_REJECTED),
)
