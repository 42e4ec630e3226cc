"""TYPO3 in the conformance suites."""

from __future__ import annotations

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Accepted, NotSeen, Refused, Throttled, Unclear
from tests.platforms.member import Member, Well

MEMBER = Member(
    well=Well(body={"success": True}, status=201),
    words=("success", "error"),
    values=(True, False),
    samples={"reaction": "5e0f3c1a-0000-4000-8000-000000000001"},
    takes_down=False,
    credentials={"secret": "secret"},
    settings={"reaction": "5e0f3c1a-0000-4000-8000-000000000001"},
    publish={
        "refuse_connection": (Unclear, Cause.UNREACHABLE),
        "black_hole": (Unclear, Cause.UNREACHABLE),
        "slow": (Accepted, None),
        "server_error": (Unclear, Cause.PLATFORM_FAULT),
        "html_error": (Unclear, Cause.PLATFORM_FAULT),
        "edge_page": (Unclear, Cause.PLATFORM_FAULT),
        "flapping": (Unclear, Cause.PLATFORM_FAULT),
        "rate_limited": (Throttled, Cause.RATE_LIMITED),
        "credential_revoked": (Refused, Cause.CREDENTIAL_REJECTED),
        "accepted_then_error": (Unclear, Cause.PLATFORM_FAULT),
        "accepted_then_timeout": (Unclear, Cause.UNREACHABLE),
    },
    looks={
        "login_wall": (Ability.PUBLIC, Cause.READER_RESTRICTED),
        "interstitial": (Ability.PUBLIC, Cause.NOT_VISIBLE),
        "accepted_not_live": (Ability.PUBLIC, Cause.NOT_VISIBLE),
        "late_visible": (Ability.READ_BACK, Cause.NOT_VISIBLE),
        "truncated": (Ability.READ_BACK, Cause.TRUNCATED),
    },
    absent=NotSeen,
)
