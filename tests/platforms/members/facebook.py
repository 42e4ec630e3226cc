"""Facebook in the conformance suites."""

from __future__ import annotations

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Accepted, NotSeen, Refused, Throttled
from tests.platforms.member import AT_ONCE, BIRD, LOOKS, Member, Well

PAGE = "100000000000001"

MEMBER = Member(
    well=Well(
        body={
            "id": PAGE,
            "permalink_url": "https://www.facebook.com/permalink.php?story_fbid=1&id=1",
            "message": BIRD,
            "data": [],
        }
    ),
    words=(
        *("error_user_msg", "is_transient", "fbtrace_id", "permalink_url", "message", "is_valid"),
        *("data_access_expires_at", "expires_at", "success"),
    ),
    values=(102, 368, 458, 459, 460, 463, 492, 506, 1609005, 1404078, 80001, PAGE, f"{PAGE}_1"),
    samples={"page_id": PAGE},
    credentials={"page_token": "t"},
    settings={"page_id": PAGE},
    publish={
        **AT_ONCE,
        "rate_limited_low_use": (Throttled, Cause.PLATFORM_DEFENDING),
        "credential_revoked": (Refused, Cause.CREDENTIAL_EXPIRED),
        "credential_glitch": (Refused, Cause.CREDENTIAL_REJECTED),
        "account_locked": (Refused, Cause.ACCOUNT_LOCKED),
        "plan_refused": (Refused, Cause.PERMISSION_MISSING),
        "duplicate_refused": (Accepted, None),
    },
    looks={
        **LOOKS,
        "accepted_not_live": (Ability.READ_BACK, Cause.NOT_VISIBLE),
        "late_visible": (Ability.READ_BACK, Cause.NOT_VISIBLE),
    },
    absent=NotSeen,
    too_long=(Refused, Cause.CONTENT_REJECTED),
)
