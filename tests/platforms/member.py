"""What the suites must know of a platform beside what its own file declares.

One file a platform in `members/`, named like the platform's, with `MEMBER = Member(…)`.
Nothing else lists it: the folder is the register.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeAlias

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    Found,
    NotSeen,
    ProvenAbsent,
    Refused,
    Rendered,
    Throttled,
    Unclear,
)
from sentinel.wire import Response

BIRD = "Kanarienvogel"
"""Stands in the message, in every credential and in all that servers say: nobody repeats it."""

TALK = {"message": f"{BIRD} s3cret", "detail": BIRD, "error_description": BIRD, "title": BIRD}
NOON_DATE = "Fri, 20 Nov 2026 12:00:00 GMT"

Ends: TypeAlias = tuple[
    type[Accepted | Throttled | Failed | Refused | Unclear],
    Cause | None,  # of an accepted post: its note, such as `truncated`
]
"""How publishing ends: the outcome, and its cause."""

_SENT: Mapping[str, Ends] = {
    "slow": (Accepted, None),
    "rate_limited": (Throttled, Cause.RATE_LIMITED),
    "credential_revoked": (Refused, Cause.CREDENTIAL_REJECTED),
    "accepted_then_error": (Unclear, Cause.PLATFORM_FAULT),
    "accepted_then_timeout": (Unclear, Cause.UNREACHABLE),
}

AT_ONCE: Mapping[str, Ends] = {
    **_SENT,
    "refuse_connection": (Unclear, Cause.UNREACHABLE),
    "black_hole": (Unclear, Cause.UNREACHABLE),
    "server_error": (Unclear, Cause.PLATFORM_FAULT),
    "html_error": (Unclear, Cause.PLATFORM_FAULT),
    "edge_page": (Unclear, Cause.PLATFORM_FAULT),
    "flapping": (Unclear, Cause.PLATFORM_FAULT),
}
"""How faults end where the first request is the post itself: whether it is out, nobody knows."""

IN_STEPS: Mapping[str, Ends] = {
    **_SENT,
    "refuse_connection": (Failed, Cause.UNREACHABLE),
    "black_hole": (Failed, Cause.UNREACHABLE),
    "server_error": (Failed, Cause.PLATFORM_FAULT),
    "html_error": (Failed, Cause.PLATFORM_FAULT),
    "edge_page": (Failed, Cause.PLATFORM_FAULT),
    "flapping": (Failed, Cause.PLATFORM_FAULT),
}
"""How they end where something harmless is asked first, and falls: surely nothing is out."""

LOOKS: Mapping[str, tuple[Ability, Cause | None]] = {
    "read_limited": (Ability.READ_BACK, Cause.RATE_LIMITED),
    "login_wall": (Ability.PUBLIC, Cause.READER_RESTRICTED),
    "interstitial": (Ability.PUBLIC, Cause.READER_RESTRICTED),
    "truncated": (Ability.READ_BACK, Cause.TRUNCATED),
}
"""What is found where both we and citizens look, and citizens may meet a login instead."""


def _text(rendered: Rendered) -> str:
    return rendered.text


def _with_text(rendered: Rendered, text: str) -> Rendered:
    return replace(rendered, text=text)


@dataclass(frozen=True, kw_only=True)
class Well:
    """What a server that means well says on one platform, whatever it is asked."""

    body: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None  # instead of a JSON body

    def answer(self, meant: Mapping[str, Any]) -> Response:
        """Return it, with `meant` in place of the same fields."""
        body = json.dumps(TALK | {**self.body, **meant}).encode()
        return Response(
            status=self.status,
            headers={"date": NOON_DATE, **self.headers},
            body=body if self.raw is None or meant else self.raw,
        )


@dataclass(frozen=True, kw_only=True)
class Member:
    """One platform, as the suites meet it."""

    # For the suite that talks nonsense to it (test_every_platform.py).
    well: Well = field(default_factory=Well)
    words: tuple[str, ...] = ()  # names of JSON fields that it reads: part of the nonsense
    values: tuple[Any, ...] = ()  # values that it branches on: likewise
    samples: Mapping[str, object] = field(default_factory=dict)  # settings, where kinds do not do
    takes_down: bool = True  # `withdraw` is a conversation

    # For the suite on its face in the simulator (test_every_face.py).
    face: bool = True
    no_face_because: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)  # `{folder}` and `{url}` are set
    board: bool = False  # the city has a notice board, where pictures hang
    files: Mapping[str, bytes] = field(default_factory=dict)  # written to `{folder}` before
    publish: Mapping[str, Ends] = field(default_factory=dict)  # fault -> how publishing ends
    # fault -> a finding
    looks: Mapping[str, tuple[Ability, Cause | None]] = field(default_factory=dict)
    standing: type[Found | NotSeen] = Found  # what `find` says of a post whose answer was lost
    absent: type[ProvenAbsent | NotSeen] = ProvenAbsent  # and of one that never arrived
    repeatable: bool = False  # with `NotSeen`: the server drops copies, so it is sent again
    fits: int | None = None  # the longest text that is not cut, where the limit has a reserve
    filler: str = "a"  # a letter that counts one
    measures: bool = True  # False: what is put around the text varies with its length
    shows: Callable[[Rendered], str] = _text  # the text as its face keeps it
    lengthen: Callable[[Rendered, str], Rendered] = _with_text  # another text, unmeasured
    too_long: Ends | None = None  # what the face says to a text beyond the limit; None: no limit
    quota: str = ""  # the window that a post makes smaller, as the platform states it
    expires_in: timedelta | None = None  # how long a fresh credential lives
    tells_expiry: bool = False  # `check_credentials` says when it ends
    # Where what was used to renew is spent with it: how a post ends when the fresh one got lost.
    rotates: Ends | None = None
    renews_with: Mapping[str, str] = field(default_factory=dict)  # where `credentials` never end
    parts: int = 1  # how many posts one message makes: a recipient each; 0: a person posts
