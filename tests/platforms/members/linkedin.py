"""LinkedIn in the conformance suites."""

from __future__ import annotations

from datetime import timedelta

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Accepted, Failed, NotSeen, Refused, Throttled, Unclear
from tests.platforms.member import AT_ONCE, LOOKS, Member, Well

MEMBER = Member(
    well=Well(
        status=201,
        headers={"x-restli-id": "urn:li:share:170"},
        body={"active": True, "access_token": "fresh", "elements": []},
    ),
    words=(
        *("elements", "commentary", "lifecycleState", "visibility", "createdAt", "active"),
        *("errorDetails", "inputErrors", "serviceErrorCode", "message", "role", "organization"),
        *("state", "scope", "expires_at"),
    ),
    values=(
        *("DUPLICATE_POST", "NONEXISTENT_VERSION", "REVOKED_ACCESS_TOKEN", "ACCESS_DENIED"),
        *("EXPIRED_ACCESS_TOKEN", 65600, 65601, 65602, "revoked", "DRAFT", "PUBLIC"),
        *("Content is a duplicate of urn:li:share:170", "urn:li:share:170", "ADMINISTRATOR"),
        *("urn:li:organization:1000003", "APPROVED", "w_organization_social", 1795183200000),
        *({"inputErrors": [{"code": "DUPLICATE_POST"}]}, {"inputErrors": [7]}),
    ),
    samples={"organisation": "1000003"},
    credentials={
        "access_token": "t",
        "client_id": "c",
        "client_secret": "s",
        "refresh_token": "r",
    },
    settings={"organisation": "1000003"},
    publish={
        **AT_ONCE,
        "edge_page": (Failed, Cause.PLATFORM_FAULT),
        "rate_limited_low_use": (Throttled, Cause.RATE_LIMITED),  # no header tells them apart
        "swallowed": (Unclear, Cause.UNREACHABLE),
        "duplicate_refused": (Accepted, None),
    },
    looks={
        **LOOKS,
        "accepted_not_live": (Ability.READ_BACK, Cause.NOT_VISIBLE),
        "late_visible": (Ability.PUBLIC, Cause.NOT_VISIBLE),
    },
    absent=NotSeen,
    too_long=(Refused, Cause.CONTENT_REJECTED),
    expires_in=timedelta(days=60),
    tells_expiry=True,
)
