"""The webhook in the conformance suites."""

from __future__ import annotations

import json
from dataclasses import replace

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Accepted, NotSeen, Refused, Rendered, Throttled
from tests.platforms.member import AT_ONCE, Member, Well


def _with_text(rendered: Rendered, text: str) -> Rendered:
    body = json.dumps({**json.loads(rendered.payload["body"]), "text": text})
    return replace(rendered, text=text, payload={**rendered.payload, "body": body})


MEMBER = Member(
    well=Well(body={"state": "taken"}, status=202),
    words=("key", "state", "url"),
    values=("taken", "unknown", "0192f3a0-0000-7000-8000-000000000001/17/kanal"),
    credentials={"secret": "s3"},
    publish={
        **AT_ONCE,
        "rate_limited_low_use": (Throttled, Cause.RATE_LIMITED),  # no header tells them apart
        "credential_glitch": (Refused, Cause.CREDENTIAL_REJECTED),
        "account_locked": (Refused, Cause.BAD_CONFIGURATION),  # 410: stop
        "duplicate_refused": (Accepted, None),
        "ignores_key": (Accepted, None),
    },
    looks={
        "accepted_not_live": (Ability.READ_BACK, Cause.NOT_VISIBLE),
        "late_visible": (Ability.READ_BACK, Cause.NOT_VISIBLE),
    },
    absent=NotSeen,
    repeatable=True,
    lengthen=_with_text,
)
