"""Mastodon, as the fact sheet `platforms-a.md` section 2 describes the 4.6 line.

Base and public side are the same instance: `/mastodon/ACCOUNT`. Any bearer token
is taken. `ignores_key` makes it the kind of server that takes no notice of an
`Idempotency-Key` (lab.md section 3).
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from sentinel.simulator.faces import TEXT, Answer, Call, HttpFace, Route, Said, page, say
from sentinel.simulator.kinds import COMMON, Kind, Role
from sentinel.simulator.scheduled import Schedule
from sentinel.simulator.text import graphemes, with_short_links
from sentinel.simulator.world import Post, Window

MAX_CHARACTERS = 500
_KEY_LIVES = timedelta(hours=1)
_FIVE_MINUTES = timedelta(minutes=5)
_HALF_AN_HOUR = timedelta(minutes=30)
_THREE_HOURS = timedelta(hours=3)
_STOCK = {"version": "4.6.4", "source_url": "https://github.com/mastodon/mastodon"}
_COMPATIBLE = {  # what a server says that was seen to ignore the key
    "version": "0.19.1+git-0000000",
    "source_url": "https://codeberg.org/superseriousbusiness/gotosocial",
}
_SCOPES = ["read:accounts", "read:statuses", "read:notifications", "write:statuses", "write:media"]


class Mastodon(HttpFace):
    """One Mastodon instance for each account."""

    name = "mastodon"
    operator = "mastodon"
    kinds = COMMON | {Kind.IGNORES_KEY}
    words: ClassVar = {
        Kind.SERVER_ERROR: say({"error": "Internal Server Error"}, 500),
        Kind.CREDENTIAL_REVOKED: say({"error": "The access token was revoked"}, 401),
        Kind.ACCOUNT_LOCKED: say({"error": "Your login is currently disabled"}, 403),
        Kind.LOGIN_WALL: say({"error": "This method requires an authenticated user"}, 401),
        Kind.INTERSTITIAL: page("<title>One moment</title></head><body>Checking your browser."),
    }

    def __init__(self) -> None:
        super().__init__()
        self._scheduled = Schedule()

    def routes(self) -> Sequence[Route]:
        """Return everything that can be asked."""
        everybody = {"login": False, "public": True}
        statuses, scheduled = "/api/v1/statuses", "/api/v1/scheduled_statuses"
        return (
            Route("POST", statuses, Role.PUBLISH, self._post),
            Route("GET", statuses + "/{id}", Role.READ, self._status, **everybody),
            Route("GET", statuses + "/{id}/source", Role.READ, self._source),
            Route("DELETE", statuses + "/{id}", Role.WITHDRAW, self._delete),
            Route("GET", scheduled, Role.READ, self._all_scheduled),
            Route("GET", scheduled + "/{id}", Role.PREPARE, self._one_scheduled),
            Route("DELETE", scheduled + "/{id}", Role.PREPARE, self._unschedule),
            Route("GET", "/api/v1/accounts/verify_credentials", Role.CHECK, self._me),
            Route("GET", "/api/v1/apps/verify_credentials", Role.CHECK, self._app),
            Route("GET", "/api/v2/instance", Role.HEALTH, self._instance, **everybody),
            Route("GET", "/api/v1/accounts/lookup", Role.PUBLIC, self._me, **everybody),
            Route("GET", "/api/v1/accounts/{id}/statuses", Role.READ, self._own, **everybody),
            Route("GET", "/api/v1/notifications", Role.LISTEN, self._nothing),
            Route("GET", "/api/v1/timelines/home", Role.LISTEN, self._home),
            Route("GET", "/health", Role.HEALTH, self._health, **everybody),
            Route("GET", "/@{name}/{id}", Role.PUBLIC, self._page, **everybody),
            Route("GET", "/@{name}", Role.PUBLIC, self._profile, **everybody),
        )

    def role(self, route: Route, call: Call) -> Role:
        """Return the role: a read without a token is a citizen's, a scheduled status not live."""
        if call.public and route.role is not Role.HEALTH:
            return Role.PUBLIC
        if route.role is Role.READ and not call.bearer:
            return Role.PUBLIC
        if route.role is Role.PUBLISH and call.text("scheduled_at"):
            return Role.PREPARE
        return route.role

    def said(self, call: Call) -> Said:
        """Return the text and the idempotency key."""
        return Said(call.text("status"), call.headers.get("idempotency-key"))

    def login(self, call: Call) -> Answer | None:
        """Refuse a request without a token."""
        return None if call.bearer else say({"error": "The access token is invalid"}, 401)

    def refuse(self, fault: Kind, call: Call) -> Answer | None:
        """Let the app check through for a locked account, as the real one does."""
        if fault is Kind.ACCOUNT_LOCKED and call.path == "/api/v1/apps/verify_credentials":
            return None
        return self.words.get(fault)

    def unknown(self, call: Call) -> Answer:
        """Return Mastodon's 404."""
        return say({"error": "Record not found"}, 404)

    def count(self, call: Call, route: Route, role: Role) -> Window | None:
        """Count per token and, for posts, per account; the one nearest to empty is shown."""
        if not call.path.startswith("/api/"):
            return None
        meter, who = call.account.meter, "token" if call.bearer else "anonymous"
        calls = meter.take(who, 300, _FIVE_MINUTES, call.at, aligned=True)
        if role is Role.WITHDRAW:
            gone = meter.take("deletions", 30, _HALF_AN_HOUR, call.at, aligned=True)
            return gone if gone.over or gone.remaining < calls.remaining else calls
        if role is not Role.PUBLISH or self._again(call):
            return calls
        posts = meter.take("statuses", 300, _THREE_HOURS, call.at, aligned=True)
        return posts if posts.over or posts.remaining < calls.remaining else calls

    def limited(self, call: Call, window: Window) -> Answer:
        """Return the 429, without a Retry-After."""
        return say({"error": "Too many requests"}, 429)

    def rate_headers(self, window: Window) -> Mapping[str, str]:
        """Return the headers: the reset as an ISO time with microseconds."""
        return {
            "X-RateLimit-Limit": str(window.limit),
            "X-RateLimit-Remaining": str(window.remaining),
            "X-RateLimit-Reset": _time(window.resets_at, "microseconds"),
        }

    def _again(self, call: Call) -> Post | None:
        """Return the status that this key made within the hour."""
        key = call.headers.get("idempotency-key")
        if not key or Kind.IGNORES_KEY in call.in_force:
            return None
        kept = [p for p in call.account.posts if p.key == key and call.at < p.at + _KEY_LIVES]
        return kept[-1] if kept else None

    def _post(self, call: Call) -> Answer:
        text = call.text("status")
        # The key is looked up first: before the text, which it is not compared with.
        if not call.text("scheduled_at") and (kept := self._again(call)) is not None:
            return say(_shown(kept, call) | {"content": _content(kept.sent)})
        if not text.strip():
            return say({"error": "Validation failed: Text can't be blank"}, 422)
        spoiler = call.text("spoiler_text")
        if graphemes(with_short_links(text)) + graphemes(spoiler) > MAX_CHARACTERS:
            return say({"error": "Validation failed: Text character limit exceeded"}, 422)
        if due := call.text("scheduled_at"):
            return self._schedule(call, text, due)
        detail = {"visibility": call.text("visibility") or "public", "spoiler": spoiler}
        key = call.headers.get("idempotency-key")
        post = call.keep(text=text, key=key, post_id=_number(call), detail=detail)
        return say(_shown(post, call) | {"content": _content(post.sent)})

    def _schedule(self, call: Call, text: str, due: str) -> Answer:
        kept = self._scheduled.add(call, text, due)
        if kept is None:
            return say({"error": "Validation failed: Scheduled at must be in the future"}, 422)
        return say(kept.shown())

    def _all_scheduled(self, call: Call) -> Answer:
        return say([kept.shown() for kept in self._scheduled.waiting(call.account, call.at)])

    def _one_scheduled(self, call: Call) -> Answer:
        kept = self._scheduled.find(call)
        return self.unknown(call) if kept is None else say(kept.shown())

    def _unschedule(self, call: Call) -> Answer:
        return say({}) if self._scheduled.drop(call) else self.unknown(call)

    def _live(self, call: Call) -> Sequence[Post]:
        self._scheduled.publish_what_is_due(call.account, call.at)
        hidden = set() if call.bearer else {"private", "direct"}
        return [p for p in call.account.live(call.at) if p.detail["visibility"] not in hidden]

    def _one(self, call: Call) -> Post | None:
        return next((post for post in self._live(call) if post.id == call.part["id"]), None)

    def _status(self, call: Call) -> Answer:
        post = self._one(call)
        return self.unknown(call) if post is None else say(_shown(post, call))

    def _source(self, call: Call) -> Answer:
        post = self._one(call)
        if post is None:
            return self.unknown(call)
        return say({"id": post.id, "text": post.text, "spoiler_text": post.detail["spoiler"]})

    def _delete(self, call: Call) -> Answer:
        post = call.account.find(call.part["id"])  # its author may, before readers see it
        if post is None:
            return self.unknown(call)
        post.deleted_at = call.at
        return say(_shown(post, call) | {"text": post.text})

    def _own(self, call: Call) -> Answer:
        if call.part["id"] != _account_id(call.account.name):
            return self.unknown(call)
        since = call.number("since_id", 0)
        posts = [post for post in self._live(call) if int(post.id) > since]
        return say([_shown(post, call) for post in posts[: min(call.number("limit", 20), 40)]])

    def _home(self, call: Call) -> Answer:
        return say([_shown(post, call) for post in self._live(call)[:20]])

    def _nothing(self, call: Call) -> Answer:
        return say([])

    def _me(self, call: Call) -> Answer:
        return say(_profile(call))

    def _app(self, call: Call) -> Answer:
        return say({"id": "1", "name": "Simulator", "website": None, "scopes": _SCOPES})

    def _instance(self, call: Call) -> Answer:
        counting = {"max_characters": MAX_CHARACTERS, "characters_reserved_per_url": 23}
        page = f"{call.base.partition('/mastodon/')[0]}/_status/mastodon"
        configuration = {"urls": {"status": page}, "statuses": counting}
        server = _COMPATIBLE if Kind.IGNORES_KEY in call.in_force else _STOCK
        return say({"domain": "simulator", **server, "configuration": configuration})

    def _health(self, call: Call) -> Answer:
        return Answer(body=b"OK", media_type=TEXT)

    def _page(self, call: Call) -> Answer:
        post = self._one(call)
        if post is None:
            return page("<title>404</title></head><body>Not found</body>", 404)
        text = html.escape(post.text)
        head = f'<meta property="og:description" content="{text}"></head>'
        return page(f"{head}<body>{_content(post.text)}</body>")

    def _profile(self, call: Call) -> Answer:
        posts = "".join(_content(post.text) for post in self._live(call)[:20])
        return page(f"<title>@{html.escape(call.account.name)}</title></head><body>{posts}</body>")


FACE = Mastodon


def _number(call: Call) -> str:
    return str((int(call.at.timestamp() * 1000) << 16) + call.account.serial() % (1 << 16))


def _account_id(account: str) -> str:
    return str(10**17 + int(hashlib.sha256(account.encode()).hexdigest()[:12], 16))


def _time(moment: datetime, precision: str = "milliseconds") -> str:
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def _content(text: str) -> str:
    return f"<p>{html.escape(text, quote=False).replace(chr(10), '<br />')}</p>"


def _profile(call: Call) -> dict[str, Any]:
    name = call.account.name
    who = {"id": _account_id(name), "username": name, "acct": name, "display_name": name}
    return who | {"url": f"{call.base}/@{name}", "locked": False, "followers_count": 0}


def _shown(post: Post, call: Call) -> dict[str, Any]:
    return {
        "id": post.id,
        "created_at": _time(post.at),
        "visibility": post.detail["visibility"],
        "language": "de",
        "spoiler_text": post.detail["spoiler"],
        "uri": f"{call.base}/users/{call.account.name}/statuses/{post.id}",
        "url": f"{call.base}/@{call.account.name}/{post.id}",
        "content": _content(post.text),
        "reblog": None,
        "account": _profile(call),
        "media_attachments": [],
    }
