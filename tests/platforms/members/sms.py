"""SMS in the conformance suites: seven.io on the face; the others in test_sms.py."""

from __future__ import annotations

from dataclasses import replace

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import (
    Accepted,
    NotSeen,
    Refused,
    Rendered,
    Throttled,
)
from tests.platforms.member import AT_ONCE, Member, Well


def _longer_than_any_gateway_takes(rendered: Rendered, text: str) -> Rendered:
    return replace(rendered, text=text * 3)


MEMBER = Member(
    takes_down=False,
    well=Well(
        body={
            "success": "100",
            "messages": [{"recipient": "491511234567", "success": True, "id": "77", "error": None}],
            "sid": "SM170",
            "status": "queued",
            "amount": 12.5,
            "balance": "12.5",
        }
    ),
    words=(
        *("success", "messages", "recipient", "sid", "amount", "currency", "balance", "to"),
        *("foreign_id", "body", "error_code"),
    ),
    values=("100", "101", "202", "402", "403", "500", "900", 900, 20003, 21211, 20429, "SM170"),
    samples={
        "recipients": ("+491511234567",),
        "request": "POST https://a.example/send\n\n{text}",
        "success": "",
        "id": "$.messages.0.id",
        "refusals": ("^403 denied -> credential_rejected",),
        "from": "Musterstadt",
        "price": "0.075",
    },
    credentials={"api_key": "k"},
    settings={"recipients": ("+4915112345678",), "from": "Musterstadt"},
    publish={
        **AT_ONCE,
        "rate_limited_low_use": (Throttled, Cause.RATE_LIMITED),  # no header tells them apart
        "credential_glitch": (Refused, Cause.CREDENTIAL_REJECTED),
        "account_locked": (Refused, Cause.PERMISSION_MISSING),
        "payment_required": (Refused, Cause.PAYMENT_REQUIRED),
        "duplicate_refused": (Accepted, None),  # the reload lock: they have it
        "accepted_not_live": (Accepted, None),  # a phone that is off: only a receipt tells
        "late_visible": (Accepted, None),
    },
    absent=NotSeen,
    lengthen=_longer_than_any_gateway_takes,
    too_long=(Refused, Cause.CONTENT_REJECTED),
    quota="posts",
)
