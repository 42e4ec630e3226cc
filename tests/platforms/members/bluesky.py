"""Bluesky in the conformance suites."""

from __future__ import annotations

from dataclasses import replace

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    NotSeen,
    Refused,
    Rendered,
    Throttled,
)
from tests.platforms.member import IN_STEPS, Member, Well


def _with_text(rendered: Rendered, text: str) -> Rendered:
    record = {**rendered.payload["record"], "text": text}
    return replace(rendered, payload={**rendered.payload, "record": record})


MEMBER = Member(
    well=Well(
        body={
            "did": "did:plc:abcdefghijklmnopqrstuvwx",
            "handle": "stadt.example",
            "active": True,
            "accessJwt": "a.b.c",
            "refreshJwt": "a.b.c",
            "uri": "at://did:plc:abcdefghijklmnopqrstuvwx/app.bsky.feed.post/3lbbbbbbbbb22",
            "cid": "bafyreiabc",
        }
    ),
    credentials={"identifier": "stadt.bsky.test", "app_password": "app"},
    publish={
        **IN_STEPS,
        "rate_limited_low_use": (Throttled, Cause.PLATFORM_DEFENDING),
        "account_locked": (Refused, Cause.ACCOUNT_LOCKED),
    },
    looks={
        "read_limited": (Ability.READ_BACK, Cause.RATE_LIMITED),
        "login_wall": (Ability.PUBLIC, Cause.READER_RESTRICTED),
        "interstitial": (Ability.PUBLIC, Cause.NOT_VISIBLE),
        "accepted_not_live": (Ability.PUBLIC, Cause.NOT_VISIBLE),
        "late_visible": (Ability.PUBLIC, Cause.NOT_VISIBLE),
    },
    absent=NotSeen,
    repeatable=True,
    lengthen=_with_text,
    quota="calls/5m",
    too_long=(Refused, Cause.CONTENT_REJECTED),
    rotates=(Accepted, None),  # it logs in with its app password instead
)
