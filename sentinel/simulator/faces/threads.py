"""Threads, as the fact sheet `platforms-b.md` sections 1 and 2 describes it.

Base `/threads/ACCOUNT` (below it `/v1.0/…`), public side (oEmbed)
`/threads/ACCOUNT/public`. Any token is taken, as a bearer or in the query.
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

import hashlib
import html
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from sentinel.simulator.faces import Answer, Call, HttpFace, Route, Said, page, say
from sentinel.simulator.kinds import COMMON, Kind, Role
from sentinel.simulator.lost import Lost
from sentinel.simulator.text import links, threads_length
from sentinel.simulator.world import Post, Window

_DAY = timedelta(hours=24)
_TOKEN_LIVES = timedelta(days=60)
_POSTS_A_DAY, _DELETES_A_DAY, _CALLS_A_DAY = 250, 100, 48_000
_SCOPES = ["threads_basic", "threads_content_publish", "threads_delete", "threads_manage_mentions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Container:
    id: str
    account: str
    text: str
    at: datetime
    post_id: str | None = None  # set once it is published

    def status(self, at: datetime) -> str:
        if self.post_id is not None:
            return "PUBLISHED"
        return "EXPIRED" if at >= self.at + _DAY else "FINISHED"


def _error(
    code: int, message: str, *, subcode: int | None = None, status: int = 400, **more: object
) -> Answer:
    error: dict[str, object] = {"message": message, "type": "OAuthException", "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    trace = hashlib.sha256(f"{code}{subcode}".encode()).hexdigest()[:11]
    return say({"error": error | more | {"fbtrace_id": f"A{trace}"}}, status)


_GONE = _error(100, "Unsupported get request.", subcode=33)
_NOT_FOUND = _error(24, "Media Not Found", subcode=4279009, is_transient=False)


class Threads(HttpFace):
    """The Threads API and its oEmbed."""

    name = "threads"
    operator = "meta"
    kinds = COMMON | {Kind.CREDENTIAL_GLITCH, Kind.SWALLOWED, Kind.CONTAINER_LOST}
    words: ClassVar = {
        Kind.SERVER_ERROR: _error(
            2, "Service temporarily unavailable", status=500, is_transient=True
        ),
        Kind.CREDENTIAL_GLITCH: _error(190, "Error validating access token"),
        Kind.ACCOUNT_LOCKED: _error(190, "The user must log in at the site.", subcode=459),
        Kind.LOGIN_WALL: _GONE,
        Kind.INTERSTITIAL: page("<title>Threads</title></head><body>Log in to continue.</body>"),
    }

    def __init__(self) -> None:
        super().__init__()
        self._containers: dict[str, _Container] = {}
        self._lost = Lost()
        self._issued: dict[str, datetime] = {}  # tokens that came from here, and when

    def routes(self) -> Sequence[Route]:
        """Return everything that can be asked; the general `{id}` last."""
        token = ("/refresh_access_token", "/v1.0/refresh_access_token")
        look = ("/debug_token", "/v1.0/debug_token")
        user = "/v1.0/{user}"
        return (
            *(Route("GET", path, Role.CHECK, self._refresh) for path in token),
            *(Route("GET", path, Role.CHECK, self._debug) for path in look),
            Route("GET", "/v1.0/oembed", Role.PUBLIC, self._oembed, login=False, public=True),
            Route("POST", user + "/threads", Role.PREPARE, self._create),
            Route("POST", user + "/threads_publish", Role.PUBLISH, self._publish),
            Route("GET", user + "/threads_publishing_limit", Role.CHECK, self._quota),
            Route("GET", user + "/threads", Role.READ, self._own),
            Route("GET", user + "/mentions", Role.LISTEN, self._nothing),
            Route("GET", user + "/replies", Role.LISTEN, self._nothing),
            Route("GET", "/v1.0/{id}", Role.READ, self._object),
            Route("DELETE", "/v1.0/{id}", Role.WITHDRAW, self._delete),
        )

    def role(self, route: Route, call: Call) -> Role:
        """Return the role: one call that publishes, and containers and users are no posts."""
        if route.handler == self._create and call.text("auto_publish_text") == "true":
            return Role.PUBLISH
        if route.handler == self._object and call.account.find(call.part["id"]) is None:
            return Role.CHECK
        return super().role(route, call)

    def said(self, call: Call) -> Said:
        """Return the text, and the container as the key."""
        container = self._containers.get(call.text("creation_id"))
        if container is None:
            return Said(call.text("text"))
        return Said(container.text, container.id)

    def login(self, call: Call) -> Answer | None:
        """Refuse a request without a token, or with one that has ended."""
        token = call.bearer or call.one("access_token") or call.text("access_token")
        if not token:
            return _error(190, "An access token is required.")
        if call.at >= self._issued.get(token, call.at) + _TOKEN_LIVES:
            return _error(190, "Error validating access token: it has expired.", subcode=463)
        return None

    def refuse(self, fault: Kind, call: Call) -> Answer | None:
        """Word a revoked token with the subcode that the fault asks for."""
        if fault is Kind.CREDENTIAL_REVOKED:
            subcode = int(call.faults[fault].option("subcode"))
            return _error(190, "Error validating access token", subcode=subcode)
        return self.words.get(fault)

    def unknown(self, call: Call) -> Answer:
        """Return Meta's word for an address that does not exist."""
        return _error(2500, "Unknown path components", status=404)

    def count(self, call: Call, route: Route, role: Role) -> Window | None:
        """Count the app's calls in 24 hours; oEmbed does not count."""
        if role is Role.PUBLIC:
            return None
        return call.account.meter.take("calls", _CALLS_A_DAY, _DAY, call.at)

    def limited(self, call: Call, window: Window) -> Answer:
        """Return the app limit: 400 and code 4, never 429; minutes only where all is used."""
        refusal = _error(4, "Application request limit reached")
        if window.remaining:
            return refusal
        minutes = math.ceil((window.resets_at - call.at).total_seconds() / 60)
        use = {"type": "threads", "call_count": 100, "estimated_time_to_regain_access": minutes}
        business = json.dumps({_user_id(call.account.name): [use]})
        return replace(refusal, headers={"X-Business-Use-Case-Usage": business})

    def rate_headers(self, window: Window) -> Mapping[str, str]:
        """Return the use in per cent; as at Meta, nothing while it is near 0."""
        percent = 100 * (window.limit - window.remaining) // window.limit
        if not percent:
            return {}
        usage = {"call_count": percent, "total_cputime": 0, "total_time": 0}
        return {"X-App-Usage": json.dumps(usage)}

    def _mine(self, call: Call) -> bool:
        return call.part["user"] in {"me", _user_id(call.account.name)}

    def _create(self, call: Call) -> Answer:
        text = call.text("text")
        if not self._mine(call):
            return _GONE
        if call.text("media_type") != "TEXT" or not text or threads_length(text) > 500:
            return _error(100, "Param media_type must be TEXT, and text 1 to 500 characters long.")
        if len({*links(text), call.text("link_attachment")} - {""}) > 5:
            return _error(100, "THREADS_API__LINK_LIMIT_EXCEEDED")
        made = _Container(
            id=str(17_900_000_000_000_000 + call.account.serial()),
            account=call.account.name,
            text=text,
            at=call.at,
        )
        self._containers[made.id] = made
        alone = call.text("auto_publish_text") == "true"
        return self._go_live(call, made) if alone else say({"id": made.id})

    def _publish(self, call: Call) -> Answer:
        made = self._containers.get(call.text("creation_id"))
        finished = made is not None and made.status(call.at) == "FINISHED" and self._mine(call)
        if made is None or not finished or made.account != call.account.name:
            return _NOT_FOUND
        return _NOT_FOUND if self._lost.meets(call, made.id) else self._go_live(call, made)

    def _go_live(self, call: Call, made: _Container) -> Answer:
        if self._used(call) >= _POSTS_A_DAY:
            return _error(9, "The publishing limit of the last 24 hours is reached.")
        number = call.account.serial()
        post = call.keep(
            text=made.text,
            key=made.id,
            post_id=str(18_000_000_000_000_000 + number),
            detail={"shortcode": f"D{hashlib.sha256(str(number).encode()).hexdigest()[:10]}"},
        )
        self._containers[made.id] = replace(made, post_id=post.id)
        return say({"id": post.id})

    def _used(self, call: Call) -> int:
        return sum(1 for post in call.account.posts if post.at > call.at - _DAY)

    def _quota(self, call: Call) -> Answer:
        used = _POSTS_A_DAY if Kind.RATE_LIMITED in call.in_force else self._used(call)
        day = int(_DAY.total_seconds())
        limits = {"quota_usage": used, "config": _limit(_POSTS_A_DAY, day)}
        limits |= {"reply_quota_usage": 0, "reply_config": _limit(1000, day)}
        gone = call.account.deletions(call.at - _DAY)
        limits |= {"delete_quota_usage": gone, "delete_config": _limit(_DELETES_A_DAY, day)}
        wanted = call.one("fields", "quota_usage").split(",")
        return say({"data": [{name: limits[name] for name in wanted if name in limits}]})

    def _own(self, call: Call) -> Answer:
        since = datetime.fromtimestamp(call.number("since", 0), tz=UTC)
        posts = [post for post in call.account.live(call.at) if post.at >= since]
        chosen = posts[: call.number("limit", 25)]
        return say({"data": [_media(post, call) for post in chosen], "paging": {}})

    def _nothing(self, call: Call) -> Answer:
        return say({"data": [], "paging": {}})

    def _object(self, call: Call) -> Answer:
        asked, name = call.part["id"], call.account.name
        if asked in {"me", _user_id(name)}:
            return say({"id": _user_id(name), "username": name, "name": name})
        made = self._containers.get(asked)
        if made is not None and made.account == name:
            return say({"id": made.id, "status": made.status(call.at)})
        post = call.account.seen(asked, call.at)
        if post is None:
            return _GONE
        if "status" in call.one("fields").split(","):
            message = "Tried accessing nonexisting field (status)"
            return _error(100, message, type="THApiException")
        return say(_media(post, call))

    def _delete(self, call: Call) -> Answer:
        post = call.account.find(call.part["id"])
        if post is None:
            return _GONE
        if call.account.deletions(call.at - _DAY) >= _DELETES_A_DAY:
            return _error(9, "The limit of deletions of the last 24 hours is reached.")
        post.deleted_at = call.at
        return say({"success": True, "deleted_id": post.id})

    def _oembed(self, call: Call) -> Answer:
        shortcode = urlsplit(call.one("url")).path.rstrip("/").rpartition("/")[2]
        live = call.account.live(call.at)
        post = next((post for post in live if post.detail["shortcode"] == shortcode), None)
        if post is None:
            return _GONE
        quote = f"<blockquote>{html.escape(post.text, quote=False)}</blockquote>"
        return say({"type": "rich", "version": "1.0", "html": quote, "provider_name": "Threads"})

    def _refresh(self, call: Call) -> Answer:
        token = call.one("access_token") or call.bearer
        issued = self._issued.get(token)
        if call.one("grant_type") != "th_refresh_token":
            return _error(100, "Param grant_type must be th_refresh_token.")
        if issued is not None and call.at < issued + timedelta(hours=24):
            return _error(100, "The token must be at least 24 hours old.")
        fresh = f"THSIM{call.account.serial()}"
        self._issued[fresh] = call.at
        lives = int(_TOKEN_LIVES.total_seconds())
        return say({"access_token": fresh, "token_type": "bearer", "expires_in": lives})

    def _debug(self, call: Call) -> Answer:
        # A token from elsewhere counts as one that was made today.
        issued = self._issued.get(call.one("input_token"), call.at)
        ends = int((issued + _TOKEN_LIVES).timestamp())
        data = {"type": "USER", "application": "Simulator", "scopes": _SCOPES, "is_valid": True}
        ends_at = {"expires_at": ends, "data_access_expires_at": ends}
        mine = {"issued_at": int(issued.timestamp()), "user_id": _user_id(call.account.name)}
        return say({"data": data | ends_at | mine})


FACE = Threads


def _limit(total: int, seconds: int) -> dict[str, int]:
    return {"quota_total": total, "quota_duration": seconds}


def _user_id(account: str) -> str:
    return str(10**16 + int(hashlib.sha256(account.encode()).hexdigest()[:12], 16))


def _media(post: Post, call: Call) -> dict[str, Any]:
    shortcode = post.detail["shortcode"]
    everything = {
        "permalink": f"https://www.threads.com/@{call.account.name}/post/{shortcode}",
        "text": post.text,
        "timestamp": post.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "shortcode": shortcode,
        "username": call.account.name,
        "media_type": "TEXT_POST",
    }
    wanted = call.one("fields").split(",")
    return {"id": post.id} | {name: everything[name] for name in wanted if name in everything}
