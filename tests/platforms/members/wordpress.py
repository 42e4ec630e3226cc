"""WordPress in the conformance suites."""

from __future__ import annotations

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    NotSeen,
    Rendered,
    Unclear,
)
from tests.platforms.member import IN_STEPS, LOOKS, Member, Well


def _content(rendered: Rendered) -> str:
    return str(rendered.payload["content"])


MEMBER = Member(
    well=Well(
        body={
            "id": 170,
            "status": "publish",
            "slug": "warnung",
            "link": "https://www.example.org/warnung/",
            "capabilities": {"publish_posts": True},
            "deleted": True,
        }
    ),
    words=("slug", "link", "raw", "title", "content", "capabilities", "publish_posts", "deleted"),
    values=(
        *("publish", "future", "pending", "private", "draft", "trash", "rest_cannot_create"),
        *("rest_not_logged_in", "rest_post_invalid_id", "rest_already_trashed", "db_insert_error"),
        *("rest_trash_not_supported", "rest_no_route", "2026-11-20T12:00:00", 170),
    ),
    samples={"categories": ("warnungen", "7")},
    credentials={"user": "sentinel", "application_password": "abcd efgh ijkl mnop qrst uvwx"},
    settings={"categories": ("warnungen",)},
    publish={
        **IN_STEPS,
        "late_visible": (Unclear, Cause.NOT_VISIBLE),  # dated ahead: never called published
    },
    looks={
        **LOOKS,
        "interstitial": (Ability.PUBLIC, Cause.NOT_VISIBLE),
        "accepted_not_live": (Ability.PUBLIC, Cause.NOT_VISIBLE),
    },
    absent=NotSeen,  # the draft is there: publishing it again is publishing it once
    repeatable=True,
    shows=_content,
)
