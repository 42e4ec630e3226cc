"""Threads in the conformance suites."""

from __future__ import annotations

from datetime import timedelta

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Accepted, Refused, Throttled, Unclear
from tests.platforms.member import IN_STEPS, LOOKS, Member, Well

MEMBER = Member(
    well=Well(body={"id": "170", "status": "FINISHED", "data": [], "access_token": "fresh"}),
    credentials={"access_token": "t"},
    publish={
        **IN_STEPS,
        "rate_limited_low_use": (Throttled, Cause.PLATFORM_DEFENDING),
        "credential_revoked": (Refused, Cause.CREDENTIAL_EXPIRED),
        "account_locked": (Refused, Cause.ACCOUNT_LOCKED),
        "swallowed": (Unclear, Cause.UNREACHABLE),
        "container_lost": (Accepted, None),
        "credential_glitch": (Refused, Cause.CREDENTIAL_REJECTED),
    },
    looks={
        **LOOKS,
        "accepted_not_live": (Ability.READ_BACK, Cause.NOT_VISIBLE),
        "late_visible": (Ability.READ_BACK, Cause.NOT_VISIBLE),
    },
    fits=490,
    too_long=(Refused, Cause.CONTENT_REJECTED),
    quota="posts",
    expires_in=timedelta(days=60),
    tells_expiry=True,
)
