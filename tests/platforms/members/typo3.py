"""TYPO3 in the conformance suites."""

from __future__ import annotations

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import NotSeen
from tests.platforms.member import AT_ONCE, Member, Well

MEMBER = Member(
    well=Well(body={"success": True}, status=201),
    words=("success", "error"),
    values=(True, False),
    samples={"reaction": "5e0f3c1a-0000-4000-8000-000000000001"},
    takes_down=False,
    credentials={"secret": "secret"},
    settings={"reaction": "5e0f3c1a-0000-4000-8000-000000000001"},
    publish=AT_ONCE,
    looks={
        "login_wall": (Ability.PUBLIC, Cause.READER_RESTRICTED),
        "interstitial": (Ability.PUBLIC, Cause.NOT_VISIBLE),
        "accepted_not_live": (Ability.PUBLIC, Cause.NOT_VISIBLE),
        "late_visible": (Ability.READ_BACK, Cause.NOT_VISIBLE),
        "truncated": (Ability.READ_BACK, Cause.TRUNCATED),
    },
    absent=NotSeen,
)
