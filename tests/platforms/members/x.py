"""X in the conformance suites."""

from __future__ import annotations

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Accepted, Failed, NotSeen, Refused, Throttled, Unclear
from tests.platforms.member import AT_ONCE, LOOKS, Member, Well

MEMBER = Member(
    well=Well(body={"id": "170", "data": []}),
    credentials={
        "api_key": "k",
        "api_secret": "s",
        "access_token": "t",
        "access_secret": "z",
    },
    settings={"account": "stadt"},
    publish={
        **AT_ONCE,
        "edge_page": (Failed, Cause.PLATFORM_FAULT),
        "rate_limited_low_use": (Throttled, Cause.PLATFORM_DEFENDING),
        "account_locked": (Refused, Cause.ACCOUNT_LOCKED),
        "swallowed": (Unclear, Cause.UNREACHABLE),
        "plan_refused": (Refused, Cause.PLAN_REFUSED),
        "payment_required": (Refused, Cause.PAYMENT_REQUIRED),
        "credential_glitch": (Accepted, None),
        "duplicate_refused": (Accepted, None),
    },
    looks={
        **LOOKS,
        "accepted_not_live": (Ability.PUBLIC, Cause.NOT_VISIBLE),
        "late_visible": (Ability.PUBLIC, Cause.NOT_VISIBLE),
    },
    absent=NotSeen,
    quota="posts",
    rotates=(Refused, Cause.CREDENTIAL_REJECTED),  # a person has to connect anew
    renews_with={"client_id": "c", "client_secret": "s", "refresh_token": "r"},
    too_long=(Refused, Cause.PERMISSION_MISSING),
)
