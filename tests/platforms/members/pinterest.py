"""Pinterest in the conformance suites."""

from __future__ import annotations

from datetime import timedelta

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import NotSeen, Refused, Throttled, Unclear
from tests.platforms.member import IN_STEPS, LOOKS, Member, Well

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
        **IN_STEPS,
        "rate_limited_low_use": (Throttled, Cause.PLATFORM_DEFENDING),
        "plan_refused": (Refused, Cause.PLAN_REFUSED),
        "swallowed": (Unclear, Cause.UNREACHABLE),
    },
    looks={
        **LOOKS,
        "accepted_not_live": (Ability.PUBLIC, Cause.NOT_VISIBLE),
        "late_visible": (Ability.PUBLIC, Cause.NOT_VISIBLE),
    },
    absent=NotSeen,
    too_long=(Refused, Cause.CONTENT_REJECTED),
    quota="posts",
    expires_in=timedelta(days=30),
    tells_expiry=True,
)
