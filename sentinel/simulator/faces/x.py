"""X, as the fact sheet `platforms-a.md` section 1 describes its API v2.

Base `/x/ACCOUNT`, public side (oEmbed) `/x/ACCOUNT/public`. Any OAuth 1.0a
header with all its parts is taken, and any bearer token that was not issued
here and used up; signatures are not verified.
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from sentinel.simulator.faces import Answer, Call, HttpFace, Route, Said, page, say
from sentinel.simulator.kinds import COMMON, Kind, Role
from sentinel.simulator.rotation import Rotation
from sentinel.simulator.text import links, weight
from sentinel.simulator.world import Post, Window

_QUARTER = timedelta(minutes=15)
_SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
_OAUTH_PARTS = frozenset(
    f"oauth_{part}" for part in ("consumer_key", "nonce", "signature", "timestamp", "token")
)
_PROBLEMS = "https://api.x.com/2/problems/"
# Sheet 1.5; mentions and home timeline are not in it and take the own timeline's.
_LIMITS = {"POST /2/tweets": 100, "DELETE /2/tweets": 50, "GET /2/users/me": 75, "GET /2/usage": 50}


def _problem(status: int, title: str, detail: str, kind: str = "", **more: str) -> Answer:
    about = _PROBLEMS + kind if kind else "about:blank"
    return say({"title": title, "detail": detail, "type": about, "status": status} | more, status)


_WORDS: Mapping[Kind, Answer] = {
    Kind.SERVER_ERROR: _problem(503, "Service Unavailable", "Service Unavailable"),
    Kind.CREDENTIAL_REVOKED: _problem(401, "Unauthorized", "Unauthorized"),
    Kind.CREDENTIAL_GLITCH: _problem(401, "Unauthorized", "Unauthorized"),
    Kind.ACCOUNT_LOCKED: say(
        {"errors": [{"code": 326, "message": "This account is temporarily locked."}]}, 403
    ),
    Kind.PAYMENT_REQUIRED: _problem(
        402, "Payment Required", "credits depleted", "credits-depleted"
    ),
    Kind.PLAN_REFUSED: _problem(
        403,
        "Client Forbidden",
        "The app must be attached to a project with access to this endpoint.",
        "client-forbidden",
        reason="client-not-enrolled",
    ),
    Kind.DUPLICATE_REFUSED: _problem(
        403, "Forbidden", "You are not allowed to create a Tweet with duplicate content."
    ),
    Kind.LOGIN_WALL: say({"error": "Not authorized to see this status."}, 403),
    Kind.INTERSTITIAL: page("<title>Log in to X</title></head><body>Log in or sign up.</body>"),
}


class X(HttpFace):
    """X's API v2, its token endpoint and its oEmbed host."""

    name = "x"
    operator = "x"
    kinds = COMMON | {
        Kind.SWALLOWED,
        Kind.CREDENTIAL_GLITCH,
        Kind.PLAN_REFUSED,
        Kind.PAYMENT_REQUIRED,
        Kind.DUPLICATE_REFUSED,
    }
    # 30 June 2026: 401 on /2/users/me, while other calls went on.
    words = _WORDS
    hits: ClassVar = {Kind.CREDENTIAL_GLITCH: frozenset({Role.CHECK})}

    def __init__(self) -> None:
        super().__init__()
        self._tokens = Rotation()

    def routes(self) -> Sequence[Route]:
        """Return everything that can be asked."""
        return (
            Route("POST", "/2/tweets", Role.PUBLISH, self._post),
            Route("DELETE", "/2/tweets/{id}", Role.WITHDRAW, self._delete),
            Route("GET", "/2/tweets", Role.READ, self._several),
            Route("GET", "/2/tweets/{id}", Role.READ, self._single),
            Route("GET", "/2/users/me", Role.CHECK, self._me),
            Route("GET", "/2/users/{id}/tweets", Role.READ, self._own),
            Route("GET", "/2/users/{id}/mentions", Role.LISTEN, self._mentions),
            Route("GET", "/2/users/{id}/timelines/reverse_chronological", Role.LISTEN, self._own),
            Route("GET", "/2/usage/tweets", Role.CHECK, self._usage),
            Route("POST", "/2/oauth2/token", Role.CHECK, self._token, login=False),
            Route("GET", "/oembed", Role.PUBLIC, self._oembed, login=False, public=True),
        )

    def said(self, call: Call) -> Said:
        """Return the text; X has no key."""
        return Said(call.text("text"))

    def login(self, call: Call) -> Answer | None:
        """Refuse what bears neither a whole OAuth 1.0a header nor a usable token."""
        header = call.headers.get("authorization", "")
        if header.startswith("OAuth ") and set(re.findall(r"(\w+)=", header)) >= _OAUTH_PARTS:
            return None
        if self._tokens.good(call.bearer, call.at):
            return None
        return _problem(401, "Unauthorized", "Unauthorized")

    def unknown(self, call: Call) -> Answer:
        """Return X's 404."""
        return _problem(404, "Not Found", f"No such address: {call.path}")

    def count(self, call: Call, route: Route, role: Role) -> Window | None:
        """Count per endpoint, in quarters of an hour from the first request."""
        if role is Role.PUBLIC or route.handler == self._token:
            return None
        name = f"{route.method} {'/'.join(call.path.split('/')[:3])}"
        if route.handler == self._me:
            name = "GET /2/users/me"
        elif role in {Role.READ, Role.LISTEN}:
            name = route.handler.__name__
        return call.account.meter.take(name, _LIMITS.get(name, 900), _QUARTER, call.at)

    def limited(self, call: Call, window: Window) -> Answer:
        """Return X's 429."""
        return _problem(429, "Too Many Requests", "Too Many Requests")

    def rate_headers(self, window: Window) -> Mapping[str, str]:
        """Return the headers: the reset in epoch seconds."""
        return {
            "x-rate-limit-limit": str(window.limit),
            "x-rate-limit-remaining": str(window.remaining),
            "x-rate-limit-reset": str(window.reset_epoch),
        }

    def dress(self, call: Call) -> Mapping[str, str]:
        """Say what the token may do, as X does with OAuth 1.0a only."""
        oauth1 = call.headers.get("authorization", "").startswith("OAuth ")
        return {"x-access-level": "read-write"} if oauth1 else {}

    def _post(self, call: Call) -> Answer:
        text = call.text("text")
        if not text.strip():
            return _problem(
                400, "Invalid Request", "One or more parameters was invalid.", "invalid-request"
            )
        if weight(text) > 280:
            detail = "You are not permitted to perform this action."
            return _problem(403, "Forbidden", detail)
        if any(p.sent == text and p.deleted_at is None for p in call.account.posts):
            return _WORDS[Kind.DUPLICATE_REFUSED]
        milliseconds = int(call.at.timestamp() * 1000) - _SNOWFLAKE_EPOCH_MS
        post_id = str((milliseconds << 22) + call.account.serial() % (1 << 22))
        short = {link: f"https://t.co/{_digest(link + post_id)[:10]}" for link in links(text)}
        post = call.keep(text=text, key=None, post_id=post_id, detail={"short": short})
        shown = _shortened(post.sent, short)
        return say(
            {"data": {"id": post.id, "text": shown, "edit_history_tweet_ids": [post.id]}}, 201
        )

    def _delete(self, call: Call) -> Answer:
        post = call.account.find(call.part["id"])
        if post is not None:
            post.deleted_at = call.at
        return say({"data": {"deleted": post is not None}})

    def _single(self, call: Call) -> Answer:
        post = call.account.seen(call.part["id"], call.at)
        if post is None:
            return say({"errors": [_missing(call.part["id"])]})
        return say({"data": _tweet(post, call)})

    def _several(self, call: Call) -> Answer:
        ids = [one for one in call.one("ids").split(",") if one]
        if not ids:
            return _problem(
                400, "Invalid Request", "The `ids` parameter is missing.", "invalid-request"
            )
        seen = {one: call.account.seen(one, call.at) for one in ids}
        found = [_tweet(post, call) for post in seen.values() if post is not None]
        missing = [_missing(one) for one, post in seen.items() if post is None]
        return say(({"data": found} if found else {}) | ({"errors": missing} if missing else {}))

    def _me(self, call: Call) -> Answer:
        name = call.account.name
        return say({"data": {"id": _user_id(name), "name": name, "username": name}})

    def _own(self, call: Call) -> Answer:
        if call.part["id"] != _user_id(call.account.name):
            return say({"errors": [_missing(call.part["id"])]})
        wanted = call.number("max_results", 10)
        if not 5 <= wanted <= 100:
            detail = "The `max_results` parameter is not between 5 and 100."
            return _problem(400, "Invalid Request", detail, "invalid-request")
        start = call.one("start_time")
        posts = [p for p in call.account.live(call.at) if not start or p.at >= _moment(start)]
        return say(_list([_tweet(post, call) for post in posts[:wanted]]))

    def _mentions(self, call: Call) -> Answer:
        return say(_list([]))

    def _usage(self, call: Call) -> Answer:
        used = len(call.account.posts)
        return say(
            {
                "data": {
                    "project_id": "1",
                    "project_usage": str(used),
                    "project_cap": "2000000",
                    "cap_reset_day": 1,
                }
            }
        )

    def _token(self, call: Call) -> Answer:
        fresh = self._tokens.rotate(call.text("refresh_token"), call.account.serial, call.at)
        if fresh is None:
            detail = "Value passed for the token was invalid."
            return say({"error": "invalid_request", "error_description": detail}, 400)
        scope = "tweet.write tweet.read users.read offline.access media.write"
        return say({"token_type": "bearer", "expires_in": 7200, "scope": scope} | dict(fresh))

    def _oembed(self, call: Call) -> Answer:
        address = call.one("url")
        post = call.account.seen(urlsplit(address).path.rpartition("/")[2], call.at)
        if post is None:
            return say({"error": "Sorry, that page does not exist."}, 404)
        text = html.escape(_shortened(post.text, post.detail["short"]), quote=False)
        linked = re.sub(r"(https://t\.co/\w+)", r'<a href="\1">\1</a>', text)
        quote = (
            f'<blockquote class="twitter-tweet"><p lang="de" dir="ltr">{linked}</p></blockquote>'
        )
        card = {"url": address, "author_name": call.account.name, "html": quote, "type": "rich"}
        return say(card | {"cache_age": "3153600000", "provider_name": "X", "version": "1.0"})


FACE = X


def _missing(what: str) -> dict[str, str]:
    return {
        "title": "Not Found Error",
        "detail": f"Could not find [{what}].",
        "resource_id": what,
        "type": _PROBLEMS + "resource-not-found",
    }


def _tweet(post: Post, call: Call) -> dict[str, Any]:
    short: dict[str, str] = post.detail["short"]
    shown: dict[str, Any] = {
        "id": post.id,
        "text": _shortened(post.text, short),
        "edit_history_tweet_ids": [post.id],
    }
    fields = call.one("tweet.fields").split(",")
    if "created_at" in fields:
        shown["created_at"] = post.at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if "entities" in fields and short:
        urls = [{"url": ours, "expanded_url": link} for link, ours in short.items()]
        shown["entities"] = {"urls": [url for url in urls if url["url"] in shown["text"]]}
    return shown


def _list(posts: list[dict[str, Any]]) -> dict[str, Any]:
    if not posts:
        return {"meta": {"result_count": 0}}
    ends = {"newest_id": posts[0]["id"], "oldest_id": posts[-1]["id"]}
    return {"data": posts, "meta": {"result_count": len(posts)} | ends}


def _shortened(text: str, short: Mapping[str, str]) -> str:
    for link in sorted(short, key=len, reverse=True):
        text = text.replace(link, short[link])
    return text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _user_id(account: str) -> str:
    return str(10**9 + int(_digest(account)[:12], 16))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
