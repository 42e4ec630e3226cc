"""Matrix, as the fact sheet `platforms-a.md` section 8 and `lab.md` section 3 describe it.

Base and public side are the same homeserver: `/matrix/ACCOUNT`. Any bearer token
is taken, and each is a device of its own. The account is in one room,
`!ACCOUNT:simulator` with the alias `#ACCOUNT:simulator`, which anybody may read.
A post that a fault hides is one of an account that its server has silenced: it
is told an event id, and nobody ever sees the event.
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from sentinel.simulator.faces import Answer, Call, HttpFace, Route, Said, say
from sentinel.simulator.kinds import COMMON, Kind, Role
from sentinel.simulator.world import Post, Window

MAX_EVENT_BYTES = 65_536
_ADDED_BYTES = 700  # hashes, signatures and the events before it, added by a server
_KEY_LIVES = timedelta(minutes=30)
_TEN_SECONDS = timedelta(seconds=10)
_CLIENT = "/_matrix/client/v3"


def refusal(status: int, errcode: str, error: str, **more: Any) -> Answer:
    """Return an error as a homeserver words it."""
    return say({"errcode": errcode, "error": error, **more}, status)


_NOT_IN_ROOM = refusal(403, "M_FORBIDDEN", "User not in room")
_NO_EVENT = refusal(404, "M_NOT_FOUND", "Event not found.")


class Matrix(HttpFace):
    """One homeserver for each account."""

    name = "matrix"
    operator = "matrix"
    # An event is stored as it is signed: nothing on the way can cut it. It has no page of its
    # own, so none can stand before it.
    kinds = COMMON - {Kind.TRUNCATED, Kind.INTERSTITIAL} | {Kind.IGNORES_KEY, Kind.PLAN_REFUSED}
    words: ClassVar = {
        Kind.SERVER_ERROR: refusal(500, "M_UNKNOWN", "Internal server error"),
        Kind.CREDENTIAL_REVOKED: refusal(
            401, "M_UNKNOWN_TOKEN", "Invalid access token passed.", soft_logout=False
        ),
        Kind.ACCOUNT_LOCKED: refusal(
            401, "M_USER_LOCKED", "User account has been locked", soft_logout=True
        ),
        Kind.PLAN_REFUSED: refusal(
            403,
            "M_RESOURCE_LIMIT_EXCEEDED",
            "This homeserver has hit its limits",
            admin_contact="mailto:admin@simulator",
        ),
        Kind.LOGIN_WALL: refusal(404, "M_NOT_FOUND", "Room is not accessible"),
    }

    def routes(self) -> Sequence[Route]:
        """Return everything that can be asked."""
        room, everybody = _CLIENT + "/rooms/{room}", {"login": False, "public": True}
        note = _CLIENT + "/user/{user}/rooms/{room}/account_data/{type}"
        alias, summary = "/directory/room/{alias}", "/_matrix/client/v1/room_summary/{room}"
        return (
            Route("PUT", room + "/send/m.room.message/{txn}", Role.PUBLISH, self._send),
            Route("PUT", room + "/redact/{event}/{txn}", Role.WITHDRAW, self._redact),
            Route("PUT", note, Role.PREPARE, self._nothing),
            Route("GET", room + "/event/{event}", Role.READ, self._event),
            Route("GET", room + "/messages", Role.READ, self._messages),
            Route("GET", room + "/state/{type}", Role.CHECK, self._state),
            Route("GET", _CLIENT + "/account/whoami", Role.CHECK, self._whoami),
            Route("GET", _CLIENT + "/joined_rooms", Role.CHECK, self._joined),
            Route("GET", _CLIENT + "/notifications", Role.LISTEN, self._notifications),
            Route("GET", _CLIENT + alias, Role.CHECK, self._alias, login=False),
            Route("GET", summary, Role.PUBLIC, self._summary, **everybody),
            Route("GET", "/_matrix/client/versions", Role.HEALTH, self._versions, **everybody),
        )

    def said(self, call: Call) -> Said:
        """Return the text and the transaction."""
        return Said(call.text("body"), call.part.get("txn"))

    def login(self, call: Call) -> Answer | None:
        """Refuse a request without a token."""
        return None if call.bearer else refusal(401, "M_MISSING_TOKEN", "Missing access token")

    def unknown(self, call: Call) -> Answer:
        """Return what a homeserver says to a path that it does not have."""
        return refusal(404, "M_UNRECOGNIZED", "Unrecognized request")

    def count(self, call: Call, route: Route, role: Role) -> Window | None:
        """Count what this server's operator limits; nothing tells how much is left."""
        name = "messages" if role in {Role.PUBLISH, Role.PREPARE, Role.WITHDRAW} else "calls"
        limit = 50 if name == "messages" else 1000
        return call.account.meter.take(name, limit, _TEN_SECONDS, call.at)

    def limited(self, call: Call, window: Window) -> Answer:
        """Return the 429, with the wait in a header and, as older servers do, in the body."""
        wait_s = max(0.001, (window.resets_at - call.at).total_seconds())
        words, wait_ms = "Too Many Requests", math.ceil(wait_s * 1000)
        told = refusal(429, "M_LIMIT_EXCEEDED", words, retry_after_ms=wait_ms)
        headers = {"Retry-After": str(math.ceil(wait_s))}
        return Answer(status=429, body=told.body, headers=headers)

    def _send(self, call: Call) -> Answer:
        if not _in_room(call):
            return _NOT_IN_ROOM
        # The same transaction is the same event, whatever the body says now.
        if (kept := _again(call)) is not None:
            return say({"event_id": kept.id})
        content, txn = dict(call.sent), call.part["txn"]
        if _bytes(call, content) > MAX_EVENT_BYTES:
            return refusal(413, "M_TOO_LARGE", "event too large")
        digest = hashlib.sha256(f"{call.account.name}/{call.account.serial()}".encode()).digest()
        event_id = f"${base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
        detail = {"content": content, "device": call.bearer}
        call.keep(text=call.text("body"), key=txn, post_id=event_id, detail=detail)
        return say({"event_id": event_id})

    def _redact(self, call: Call) -> Answer:
        if not _in_room(call):
            return _NOT_IN_ROOM
        post = _kept(call)
        if post is None:
            return _NO_EVENT
        post.deleted_at = post.deleted_at or call.at
        return say({"event_id": f"{post.id[:-2]}-r"})

    def _event(self, call: Call) -> Answer:
        post = _kept(call)
        if post is None or not _in_room(call) or not _seen(call, post):
            return _NO_EVENT
        return say(_shown(call, post))

    def _messages(self, call: Call) -> Answer:
        if not _in_room(call):
            return _NOT_IN_ROOM
        seen = [post for post in reversed(call.account.posts) if _seen(call, post)]
        chunk = [_shown(call, post) for post in seen[: call.number("limit", 10)]]
        return say({"start": "t1", "end": "t0", "chunk": chunk, "state": []})

    def _state(self, call: Call) -> Answer:
        if not _in_room(call):
            return _NOT_IN_ROOM
        history = "shared" if Kind.LOGIN_WALL in call.in_force else "world_readable"
        states: dict[str, dict[str, Any]] = {
            "m.room.power_levels": {
                "users": {_user(call): 50},
                "users_default": 0,
                "events_default": 50,
                "events": {"m.room.name": 50},
            },
            "m.room.history_visibility": {"history_visibility": history},
        }
        state = states.get(call.part["type"])
        return refusal(404, "M_NOT_FOUND", "Event not found.") if state is None else say(state)

    def _nothing(self, call: Call) -> Answer:
        return say({}) if _in_room(call) and call.part["user"] == _user(call) else _NOT_IN_ROOM

    def _whoami(self, call: Call) -> Answer:
        device = hashlib.sha256(call.bearer.encode()).hexdigest()[:10].upper()
        return say({"user_id": _user(call), "device_id": device, "is_guest": False})

    def _joined(self, call: Call) -> Answer:
        return say({"joined_rooms": [_room(call)]})

    def _notifications(self, call: Call) -> Answer:
        return say({"notifications": []})

    def _alias(self, call: Call) -> Answer:
        if call.part["alias"] != f"#{call.account.name}:simulator":
            return refusal(404, "M_NOT_FOUND", "Room alias not found")
        return say({"room_id": _room(call), "servers": ["simulator"]})

    def _summary(self, call: Call) -> Answer:
        if call.part["room"] not in {_room(call), f"#{call.account.name}:simulator"}:
            return self.words[Kind.LOGIN_WALL]
        facts = {"room_id": _room(call), "num_joined_members": 2, "join_rule": "public"}
        return say(facts | {"world_readable": True, "guest_can_join": False})

    def _versions(self, call: Call) -> Answer:
        return say({"versions": ["v1.11", "v1.15"], "unstable_features": {}})


FACE = Matrix


def _user(call: Call) -> str:
    return f"@{call.account.name}:simulator"


def _room(call: Call) -> str:
    return f"!{call.account.name}:simulator"


def _in_room(call: Call) -> bool:
    return call.part["room"] == _room(call)


def _kept(call: Call) -> Post | None:
    return next((post for post in call.account.posts if post.id == call.part["event"]), None)


def _seen(call: Call, post: Post) -> bool:
    """Return whether anybody sees the event; one that was taken down is seen, and empty."""
    return post.visible_from is not None and call.at >= post.visible_from


def _again(call: Call) -> Post | None:
    """Return the event that this transaction of this device made, while the server remembers."""
    if Kind.IGNORES_KEY in call.in_force:
        return None
    for post in reversed(call.account.posts):
        same = post.key == call.part["txn"] and post.detail["device"] == call.bearer
        if same and call.at < post.at + _KEY_LIVES:
            return post
    return None


def _shown(call: Call, post: Post) -> dict[str, Any]:
    unsigned: dict[str, Any] = {"age": int((call.at - post.at).total_seconds() * 1000)}
    if post.detail["device"] == call.bearer and Kind.IGNORES_KEY not in call.in_force:
        unsigned["transaction_id"] = post.key
    if post.deleted_at is not None:
        unsigned["redacted_because"] = {"type": "m.room.redaction", "sender": _user(call)}
    return _plain(call, {} if post.deleted_at else post.detail["content"]) | {
        "event_id": post.id,
        "origin_server_ts": int(post.at.timestamp() * 1000),
        "unsigned": unsigned,
    }


def _plain(call: Call, content: dict[str, Any]) -> dict[str, Any]:
    kind = {"type": "m.room.message", "room_id": _room(call), "sender": _user(call)}
    return kind | {"content": content}


def _bytes(call: Call, content: dict[str, Any]) -> int:
    packed = json.dumps(_plain(call, content), ensure_ascii=False, separators=(",", ":"))
    return len(packed.encode("utf-8", "replace")) + _ADDED_BYTES
