"""Facebook in the conformance suites."""

from __future__ import annotations

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Accepted, NotSeen, Refused, Throttled, Unclear
from tests.platforms.member import BIRD, Member, Well

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
        "refuse_connection": (Unclear, Cause.UNREACHABLE),
        "black_hole": (Unclear, Cause.UNREACHABLE),
        "slow": (Accepted, None),
        "server_error": (Unclear, Cause.PLATFORM_FAULT),
        "html_error": (Unclear, Cause.PLATFORM_FAULT),
        "edge_page": (Unclear, Cause.PLATFORM_FAULT),
        "flapping": (Unclear, Cause.PLATFORM_FAULT),
        "rate_limited": (Throttled, Cause.RATE_LIMITED),
        "rate_limited_low_use": (Throttled, Cause.PLATFORM_DEFENDING),
        "credential_revoked": (Refused, Cause.CREDENTIAL_EXPIRED),
        "credential_glitch": (Refused, Cause.CREDENTIAL_REJECTED),
        "account_locked": (Refused, Cause.ACCOUNT_LOCKED),
        "plan_refused": (Refused, Cause.PERMISSION_MISSING),
        "duplicate_refused": (Accepted, None),
        "accepted_then_error": (Unclear, Cause.PLATFORM_FAULT),
        "accepted_then_timeout": (Unclear, Cause.UNREACHABLE),
    },
    looks={
        "read_limited": (Ability.READ_BACK, Cause.RATE_LIMITED),
        "login_wall": (Ability.PUBLIC, Cause.READER_RESTRICTED),
        "interstitial": (Ability.PUBLIC, Cause.READER_RESTRICTED),
        "accepted_not_live": (Ability.READ_BACK, Cause.NOT_VISIBLE),
        "late_visible": (Ability.READ_BACK, Cause.NOT_VISIBLE),
        "truncated": (Ability.READ_BACK, Cause.TRUNCATED),
    },
    absent=NotSeen,
    too_long=(Refused, Cause.CONTENT_REJECTED),
)
