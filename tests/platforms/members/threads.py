"""Threads in the conformance suites."""

from __future__ import annotations

from datetime import timedelta

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Accepted, Failed, Refused, Throttled, Unclear
from tests.platforms.member import Member, Well

MEMBER = Member(
    well=Well(body={"id": "170", "status": "FINISHED", "data": [], "access_token": "fresh"}),
    credentials={"access_token": "t"},
    publish={
        "refuse_connection": (Failed, Cause.UNREACHABLE),
        "black_hole": (Failed, Cause.UNREACHABLE),
        "slow": (Accepted, None),
        "server_error": (Failed, Cause.PLATFORM_FAULT),
        "html_error": (Failed, Cause.PLATFORM_FAULT),
        "edge_page": (Failed, Cause.PLATFORM_FAULT),
        "flapping": (Failed, Cause.PLATFORM_FAULT),
        "rate_limited": (Throttled, Cause.RATE_LIMITED),
        "rate_limited_low_use": (Throttled, Cause.PLATFORM_DEFENDING),
        "credential_revoked": (Refused, Cause.CREDENTIAL_EXPIRED),
        "account_locked": (Refused, Cause.ACCOUNT_LOCKED),
        "accepted_then_error": (Unclear, Cause.PLATFORM_FAULT),
        "accepted_then_timeout": (Unclear, Cause.UNREACHABLE),
        "swallowed": (Unclear, Cause.UNREACHABLE),
        "container_lost": (Accepted, None),
        "credential_glitch": (Refused, Cause.CREDENTIAL_REJECTED),
    },
    looks={
        "read_limited": (Ability.READ_BACK, Cause.RATE_LIMITED),
        "login_wall": (Ability.PUBLIC, Cause.READER_RESTRICTED),
        "interstitial": (Ability.PUBLIC, Cause.READER_RESTRICTED),
        "accepted_not_live": (Ability.READ_BACK, Cause.NOT_VISIBLE),
        "late_visible": (Ability.READ_BACK, Cause.NOT_VISIBLE),
        "truncated": (Ability.READ_BACK, Cause.TRUNCATED),
    },
    fits=490,
    too_long=(Refused, Cause.CONTENT_REJECTED),
    quota="posts",
    expires_in=timedelta(days=60),
    tells_expiry=True,
)
