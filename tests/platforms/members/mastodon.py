"""Mastodon in the conformance suites."""

from __future__ import annotations

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Accepted, Failed, NotSeen, Refused, Throttled
from tests.platforms.member import AT_ONCE, LOOKS, Member, Well

MEMBER = Member(
    well=Well(body={"id": "170", "data": []}),
    credentials={"access_token": "t"},
    publish={
        **AT_ONCE,
        "edge_page": (Failed, Cause.PLATFORM_FAULT),
        "rate_limited_low_use": (Throttled, Cause.PLATFORM_DEFENDING),
        "account_locked": (Refused, Cause.ACCOUNT_LOCKED),
        "ignores_key": (Accepted, None),
    },
    looks={
        **LOOKS,
        "accepted_not_live": (Ability.PUBLIC, Cause.NOT_VISIBLE),
        "late_visible": (Ability.PUBLIC, Cause.NOT_VISIBLE),
    },
    absent=NotSeen,
    quota="calls",
    too_long=(Refused, Cause.CONTENT_REJECTED),
)
