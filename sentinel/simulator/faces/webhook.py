"""A receiver of webhooks as `docs/platforms/webhook.md` asks for one, with the look-up.

Base `/webhook/ACCOUNT`. Any signature of the right shape is taken. It keeps the
keys of what it took, drops copies, and tells by GET what it has; under the
fault `ignores_key` it is one that does neither.
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from sentinel.simulator.faces import Answer, Call, HttpFace, Route, Said, say
from sentinel.simulator.kinds import COMMON, Kind, Role
from sentinel.simulator.world import Post, Window

_MINUTE = timedelta(minutes=1)
_LIMIT = 60
_SIGNATURE = re.compile(r"v1=[0-9a-f]{64}")


class Webhook(HttpFace):
    """One receiver for each account."""

    name = "webhook"
    operator = "own"
    # No public page, and no reading apart from the look-up, which nothing limits.
    kinds = COMMON - {Kind.READ_LIMITED, Kind.LOGIN_WALL, Kind.INTERSTITIAL, Kind.TRUNCATED} | {
        Kind.IGNORES_KEY,
        Kind.DUPLICATE_REFUSED,
        Kind.CREDENTIAL_GLITCH,
    }
    words: ClassVar[Mapping[Kind, Answer]] = {
        Kind.SERVER_ERROR: say({"error": "internal error"}, 500),
        Kind.CREDENTIAL_REVOKED: say({"error": "wrong signature"}, 401),
        Kind.CREDENTIAL_GLITCH: say({"error": "wrong signature"}, 401),
        Kind.ACCOUNT_LOCKED: say({"error": "not wanted any more"}, 410),
        Kind.DUPLICATE_REFUSED: say({"error": "had it"}, 409),
    }

    def routes(self) -> Sequence[Route]:
        """Return everything that can be asked."""
        return tuple(
            Route(verb, path, role, handler)
            for path in ("", "/")
            for verb, role, handler in (
                ("POST", Role.PUBLISH, self._take),
                ("GET", Role.CHECK, self._look),
                ("DELETE", Role.WITHDRAW, self._remove),
            )
        )

    def said(self, call: Call) -> Said:
        """Return text and key."""
        return Said(call.text("text"), call.headers.get("idempotency-key"))

    def login(self, call: Call) -> Answer | None:
        """Refuse what is not signed."""
        given = call.headers.get("sentinel-signature", "")
        if _SIGNATURE.fullmatch(given) and call.headers.get("sentinel-timestamp", "").isdecimal():
            return None
        return say({"error": "wrong signature"}, 401)

    def unknown(self, call: Call) -> Answer:
        """Return 404."""
        return say({"error": "unknown address"}, 404)

    def count(self, call: Call, route: Route, role: Role) -> Window | None:
        """Count messages."""
        if role is not Role.PUBLISH:
            return None
        return call.account.meter.take("messages", _LIMIT, _MINUTE, call.at)

    def limited(self, call: Call, window: Window) -> Answer:
        """Return the 429 with the wait."""
        wait_s = math.ceil((window.resets_at - call.at).total_seconds())
        return say({"error": "too many"}, 429, Retry_After=str(max(wait_s, 1)))

    def _take(self, call: Call) -> Answer:
        key = call.headers.get("idempotency-key", "")
        if not key or not call.text("headline"):
            return say({"error": "no key or no headline"}, 422)
        if Kind.IGNORES_KEY not in call.in_force and _kept(call, key) is not None:
            return say({"key": key, "error": "had it"}, 409)
        call.keep(text=call.text("text"), key=key, post_id=f"w{call.account.serial()}")
        return say({"key": key, "state": "taken"}, 202)

    def _look(self, call: Call) -> Answer:
        if Kind.IGNORES_KEY in call.in_force:
            return say({"error": "only POST"}, 405, Allow="POST")
        key = call.headers.get("idempotency-key", "")
        post = _kept(call, key)
        shown = post is not None and post.visible(call.at)
        return say({"key": key, "state": "taken" if shown else "unknown"}, 200 if shown else 404)

    def _remove(self, call: Call) -> Answer:
        key = call.headers.get("idempotency-key", "")
        post = _kept(call, key)
        if post is None or post.deleted_at is not None:
            return say({"key": key, "state": "unknown"}, 404)
        post.deleted_at = call.at
        return say({"key": key, "state": "unknown"})


FACE = Webhook


def _kept(call: Call, key: str) -> Post | None:
    """Return what was taken under a key; one that was deleted is still known."""
    return next((post for post in call.account.posts if key and post.key == key), None)
