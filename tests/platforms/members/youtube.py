"""YouTube in the conformance suites: watched by the machine, posted by hand."""

from __future__ import annotations

from datetime import timedelta

from sentinel.domain.cause import Ability, Cause
from tests.platforms.member import Member, Well

MEMBER = Member(
    well=Well(
        body={
            "access_token": "fresh",
            "items": [
                {
                    "id": "UCmusterstadt",
                    "status": {"privacyStatus": "public"},
                    "contentDetails": {"relatedPlaylists": {"uploads": "UUmusterstadt"}},
                }
            ],
        }
    ),
    words=("items", "errors", "reason", "details", "error", "contentDetails", "privacyStatus"),
    values=(
        *("invalid_grant", "quotaExceeded", "authError", "UCmusterstadt", "private", "unlisted"),
        *({"errors": [{"reason": "quotaExceeded"}]}, {"errors": [{"reason": "authError"}, 7]}),
        *({"details": [{"reason": "SERVICE_UNAVAILABLE"}]}, [{"id": "UCmusterstadt"}]),
        *({"errors": [{"reason": "authenticatedUserAccountSuspended"}]}, {"errors": {}}),
    ),
    samples={"channel": "UCmusterstadt", "contacts": ("presse",)},
    takes_down=False,
    parts=0,
    expires_in=timedelta(hours=1),
    credentials={"client_id": "c", "client_secret": "s", "refresh_token": "r"},
    settings={"channel": "UCmusterstadt"},
    looks={
        "refuse_connection": (Ability.READ_BACK, Cause.UNREACHABLE),
        "black_hole": (Ability.READ_BACK, Cause.UNREACHABLE),
        "slow": (Ability.READ_BACK, None),
        "server_error": (Ability.READ_BACK, Cause.PLATFORM_FAULT),
        "html_error": (Ability.READ_BACK, Cause.PLATFORM_FAULT),
        "edge_page": (Ability.READ_BACK, Cause.PLATFORM_FAULT),
        "flapping": (Ability.READ_BACK, Cause.PLATFORM_FAULT),
        "read_limited": (Ability.READ_BACK, Cause.QUOTA_EXHAUSTED),
        "login_wall": (Ability.PUBLIC, Cause.READER_RESTRICTED),
        "interstitial": (Ability.PUBLIC, Cause.READER_RESTRICTED),
        "credential_revoked": (Ability.READ_BACK, Cause.CREDENTIAL_REJECTED),
        "account_locked": (Ability.PUBLISH, Cause.ACCOUNT_LOCKED),
    },
)
