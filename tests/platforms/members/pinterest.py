"""Pinterest in the conformance suites."""

from __future__ import annotations

from datetime import timedelta

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Accepted, Failed, NotSeen, Refused, Throttled, Unclear
from tests.platforms.member import Member, Well

MEMBER = Member(
    well=Well(
        status=201,
        body={"id": "170", "items": [], "privacy": "PUBLIC", "access_token": "fresh"},
    ),
    words=("items", "description", "title", "link", "privacy", "scope", "refresh_token", "message"),
    values=(
        *(2, 3, 7, 8, 29, 30, 40, 50, "PUBLIC", "SECRET", "pins:write", "boards:read"),
        *([{"id": "170"}], {"id": "170", "title": "Warnung"}),
    ),
    samples={"board": "1000004"},
    credentials={"client_id": "c", "client_secret": "s", "refresh_token": "r"},
    settings={"board": "1000004"},
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
        "credential_revoked": (Refused, Cause.CREDENTIAL_REJECTED),
        "plan_refused": (Refused, Cause.PLAN_REFUSED),
        "accepted_then_error": (Unclear, Cause.PLATFORM_FAULT),
        "accepted_then_timeout": (Unclear, Cause.UNREACHABLE),
        "swallowed": (Unclear, Cause.UNREACHABLE),
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
    too_long=(Refused, Cause.CONTENT_REJECTED),
    quota="posts",
    expires_in=timedelta(days=30),
    tells_expiry=True,
)
