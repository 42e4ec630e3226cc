"""E-mail in the conformance suites."""

from __future__ import annotations

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    NotSeen,
    Refused,
    Rendered,
    Throttled,
    Unclear,
)
from tests.platforms.member import Member


def _as_kept(rendered: Rendered) -> str:
    return f"Bombe in der Neustadt\n\n{rendered.text}".strip()


MEMBER = Member(
    takes_down=False,
    settings={
        "from": "warnung@musterstadt.example",
        "to": ("presse@musterstadt.example",),
        "tls": "none",
    },
    publish={
        "refuse_connection": (Failed, Cause.UNREACHABLE),
        "black_hole": (Failed, Cause.UNREACHABLE),
        "slow": (Accepted, None),
        "server_error": (Failed, Cause.PLATFORM_FAULT),
        "flapping": (Failed, Cause.PLATFORM_FAULT),
        "rate_limited": (Throttled, Cause.RATE_LIMITED),
        "credential_revoked": (Refused, Cause.CREDENTIAL_REJECTED),
        "account_locked": (Refused, Cause.PERMISSION_MISSING),
        "accepted_then_error": (Unclear, Cause.PLATFORM_FAULT),
        "accepted_not_live": (Accepted, None),
        "late_visible": (Accepted, None),
        "credential_glitch": (Refused, Cause.CREDENTIAL_REJECTED),
        "accepted_then_timeout": (Unclear, Cause.UNREACHABLE),
    },
    absent=NotSeen,
    measures=False,
    shows=_as_kept,
    standing=NotSeen,
)
