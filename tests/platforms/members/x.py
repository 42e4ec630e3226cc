"""X in the conformance suites."""

from __future__ import annotations

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Accepted, Failed, NotSeen, Refused, Throttled, Unclear
from tests.platforms.member import Member, Well

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
        "refuse_connection": (Unclear, Cause.UNREACHABLE),
        "black_hole": (Unclear, Cause.UNREACHABLE),
        "slow": (Accepted, None),
        "server_error": (Unclear, Cause.PLATFORM_FAULT),
        "html_error": (Unclear, Cause.PLATFORM_FAULT),
        "edge_page": (Failed, Cause.PLATFORM_FAULT),
        "flapping": (Unclear, Cause.PLATFORM_FAULT),
        "rate_limited": (Throttled, Cause.RATE_LIMITED),
        "rate_limited_low_use": (Throttled, Cause.PLATFORM_DEFENDING),
        "credential_revoked": (Refused, Cause.CREDENTIAL_REJECTED),
        "account_locked": (Refused, Cause.ACCOUNT_LOCKED),
        "accepted_then_error": (Unclear, Cause.PLATFORM_FAULT),
        "accepted_then_timeout": (Unclear, Cause.UNREACHABLE),
        "swallowed": (Unclear, Cause.UNREACHABLE),
        "plan_refused": (Refused, Cause.PLAN_REFUSED),
        "payment_required": (Refused, Cause.PAYMENT_REQUIRED),
        "credential_glitch": (Accepted, None),
        "duplicate_refused": (Accepted, None),
    },
    looks={
        "read_limited": (Ability.READ_BACK, Cause.RATE_LIMITED),
        "login_wall": (Ability.PUBLIC, Cause.READER_RESTRICTED),
        "interstitial": (Ability.PUBLIC, Cause.READER_RESTRICTED),
        "accepted_not_live": (Ability.PUBLIC, Cause.NOT_VISIBLE),
        "late_visible": (Ability.PUBLIC, Cause.NOT_VISIBLE),
        "truncated": (Ability.READ_BACK, Cause.TRUNCATED),
    },
    absent=NotSeen,
    quota="posts",
    rotates=(Refused, Cause.CREDENTIAL_REJECTED),  # a person has to connect anew
    renews_with={"client_id": "c", "client_secret": "s", "refresh_token": "r"},
    too_long=(Refused, Cause.PERMISSION_MISSING),
)
