"""What all faces of Meta have in common: errors, usage headers, ids (platforms-b.md section 1)."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from sentinel.simulator.faces import Answer, Call, page, say
from sentinel.simulator.kinds import Kind
from sentinel.simulator.world import Window

VERSION = "v26.0"


def error(
    code: int, message: str, *, subcode: int | None = None, status: int = 400, **more: object
) -> Answer:
    """Return an error in Meta's envelope."""
    inner: dict[str, object] = {"message": message, "type": "OAuthException", "code": code}
    if subcode is not None:
        inner["error_subcode"] = subcode
    trace = hashlib.sha256(f"{code}{subcode}".encode()).hexdigest()[:11]
    return say({"error": inner | more | {"fbtrace_id": f"A{trace}"}}, status)


GONE = error(
    100,
    "Unsupported get request. Object with this ID does not exist, cannot be loaded due to missing"
    " permissions, or does not support this operation.",
    subcode=33,
    type="GraphMethodException",
)
NOT_KNOWN = error(2500, "Unknown path components", status=404)
WORDS: Mapping[Kind, Answer] = {
    Kind.SERVER_ERROR: error(
        2,
        "An unexpected error has occurred. Please retry your request later.",
        status=500,
        is_transient=True,
    ),
    Kind.CREDENTIAL_GLITCH: error(190, "Error validating access token"),
    Kind.ACCOUNT_LOCKED: error(
        190, "The user is enrolled in a blocking, logged-in checkpoint", subcode=459
    ),
    Kind.LOGIN_WALL: error(
        10, "The requested resource is not available without a login.", status=403
    ),
    Kind.INTERSTITIAL: page("<title>Log in</title></head><body>Log in to continue.</body>"),
}


def revoked(call: Call) -> Answer:
    """Return the refusal of a token, with the subcode that the fault asks for."""
    subcode = int(call.faults[Kind.CREDENTIAL_REVOKED].option("subcode"))
    return error(190, "Error validating access token", subcode=subcode)


def usage(owner: str, kind: str, window: Window) -> Mapping[str, str]:
    """Return the account's use in per cent; as at Meta, nothing while it is near 0."""
    percent = 100 * (window.limit - window.remaining) // window.limit
    return business(owner, kind, percent, 0) if percent else {}


def business(owner: str, kind: str, percent: int, minutes: int) -> Mapping[str, str]:
    """Return the header with the use of one object."""
    shares = {"type": kind, "call_count": percent, "total_cputime": 1, "total_time": 1}
    used = {owner: [shares | {"estimated_time_to_regain_access": minutes}]}
    return {"X-Business-Use-Case-Usage": json.dumps(used)}


def too_many(refusal: Answer, owner: str, kind: str, call: Call, window: Window) -> Answer:
    """Return the refusal of one call too many; minutes to wait only where all is used."""
    if window.remaining:
        return refusal
    minutes = math.ceil((window.resets_at - call.at).total_seconds() / 60)
    return replace(refusal, headers=business(owner, kind, 100, minutes))


def stamp(at: datetime) -> str:
    """Return a time as Meta writes it: without a colon in the offset."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def short(number: int) -> str:
    """Return a short code for addresses."""
    return f"D{hashlib.sha256(str(number).encode()).hexdigest()[:10]}"


def chosen(everything: Mapping[str, object], call: Call) -> dict[str, object]:
    """Return the fields that were asked for."""
    wanted = call.one("fields").split(",")
    return {name: everything[name] for name in wanted if name in everything}
