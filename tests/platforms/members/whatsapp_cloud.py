"""WhatsApp's Cloud API in the conformance suites."""

from __future__ import annotations

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Accepted, NotSeen, Refused, Throttled, Unclear
from tests.platforms.member import IN_STEPS, Member, Well

MEMBER = Member(
    well=Well(
        body={
            "id": "106540352242922",
            "messages": [{"id": "wamid.HBgNNDkxNTExMjM0NTY3", "message_status": "accepted"}],
            "data": {"is_valid": True, "expires_at": 0},
        }
    ),
    words=(
        *("messages", "is_valid", "expires_at", "data_access_expires_at", "health_status"),
        *("can_send_message", "entities", "entity_type", "error_code", "quality_rating"),
        *("whatsapp_business_manager_messaging_limit", "name", "language"),
    ),
    values=(
        *(130429, 131026, 131048, 131056, 132001, "RED", "BLOCKED", "LIMITED", "WABA"),
        *("TIER_250", "TIER_2K", "APPROVED", "PAUSED", "stadt@example.org"),
    ),
    samples={"phone_number_id": "106540352242922", "recipients": ("+49 151 1234567",)},
    takes_down=False,
    credentials={"access_token": "t", "app_secret": "s", "verify_token": "v"},
    settings={
        "phone_number_id": "106540352242922",
        "template": "warnung",
        "recipients": ("{folder}/whatsapp.csv",),
    },
    files={"whatsapp.csv": b"number,language\n0151 2345678,de\n"},
    publish={
        **IN_STEPS,
        "rate_limited_low_use": (Throttled, Cause.PLATFORM_DEFENDING),
        "credential_revoked": (Refused, Cause.CREDENTIAL_EXPIRED),
        "credential_glitch": (Refused, Cause.CREDENTIAL_REJECTED),
        "account_locked": (Refused, Cause.ACCOUNT_LOCKED),
        "payment_required": (Refused, Cause.PAYMENT_REQUIRED),
        "swallowed": (Unclear, Cause.UNREACHABLE),
        "accepted_not_live": (Accepted, None),  # the receipts stay away
        "late_visible": (Accepted, None),
    },
    standing=NotSeen,
    absent=NotSeen,
    fits=900,
    too_long=(Refused, Cause.CONTENT_REJECTED),
    quota="calls/account",
)
