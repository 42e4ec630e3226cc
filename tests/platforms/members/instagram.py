"""Instagram in the conformance suites."""

from __future__ import annotations

from datetime import timedelta

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Accepted, Refused, Throttled
from tests.platforms.member import BIRD, IN_STEPS, LOOKS, Member, Well

USER = "17840000000000001"

MEMBER = Member(
    well=Well(
        body={
            "id": "170",
            "status_code": "FINISHED",
            "caption": BIRD,
            "data": [],
            "access_token": "fresh",
        }
    ),
    words=("status_code", "caption", "timestamp", "quota_usage", "quota_duration", "success"),
    values=(
        *("IN_PROGRESS", "Error: Media upload has failed with error code 2207052", 9, 25, 9004),
        *(2207001, 2207003, 2207006, 2207010, 2207027, 2207042, 2207050, 2207051, 2207052),
    ),
    samples={"user_id": USER},
    credentials={"access_token": "t"},
    settings={"user_id": USER},
    board=True,
    publish={
        **IN_STEPS,
        "rate_limited_low_use": (Throttled, Cause.PLATFORM_DEFENDING),
        "credential_revoked": (Refused, Cause.CREDENTIAL_EXPIRED),
        "credential_glitch": (Refused, Cause.CREDENTIAL_REJECTED),
        "account_locked": (Refused, Cause.ACCOUNT_LOCKED),
        "accepted_then_error": (Accepted, None),  # looked for before anything else
    },
    looks={
        **LOOKS,
        "accepted_not_live": (Ability.READ_BACK, Cause.NOT_VISIBLE),
        "late_visible": (Ability.READ_BACK, Cause.NOT_VISIBLE),
    },
    too_long=(Refused, Cause.CONTENT_REJECTED),
    quota="posts",
    expires_in=timedelta(days=60),
    tells_expiry=True,
)
