"""Pinterest's API v5, as the fact sheet `platforms-a.md` section 6 describes it.

Base `/pinterest/ACCOUNT` (below it `/v5/…`), public side (oEmbed and pages)
`/pinterest/ACCOUNT/public`. Any board with a number is public and the account's
own; any bearer token is taken. `accepted_not_live` is what trial access does: the
account reads its pin back well, and nobody else sees it.
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

import base64
import binascii
import html
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from sentinel.simulator.faces import Answer, Call, HttpFace, Route, Said, page, say
from sentinel.simulator.kinds import COMMON, Kind, Role
from sentinel.simulator.world import Post, Window

_CALLS_A_DAY, _DAY = 1000, timedelta(days=1)
_ACCESS_LIVES, _REFRESH_LIVES = timedelta(days=30), timedelta(days=60)
_LONGEST = {"title": 100, "description": 800, "alt_text": 500, "link": 2048}
_SCOPE = "boards:read pins:read pins:write user_accounts:read"
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def _error(status: int, code: int, message: str) -> Answer:
    return say({"code": code, "message": message}, status)


_DEAD = _error(401, 2, "Authentication failed.")


class Pinterest(HttpFace):
    """The API, its token endpoint, and what citizens see."""

    name = "pinterest"
    operator = "pinterest"
    kinds = (COMMON - {Kind.ACCOUNT_LOCKED}) | {Kind.SWALLOWED, Kind.PLAN_REFUSED}
    words: ClassVar = {
        Kind.SERVER_ERROR: _error(500, 0, "Something went wrong on our end."),
        Kind.CREDENTIAL_REVOKED: _DEAD,
        Kind.PLAN_REFUSED: _error(
            403,
            29,
            "Apps with Trial access may not create Pins in production "
            "https://api.pinterest.com - use API Sandbox https://api-sandbox.pinterest.com "
            "instead.",
        ),
        Kind.INTERSTITIAL: page("<title>Pinterest</title></head><body>One moment, please."),
    }

    def __init__(self) -> None:
        super().__init__()
        self._issued: dict[str, datetime] = {}  # tokens that came from here, and their end
        self._now = datetime.min.replace(tzinfo=UTC)  # of the request that is being answered

    def routes(self) -> Sequence[Route]:
        """Return everything that can be asked."""
        pins, board = "/v5/pins", "/v5/boards/{id}"
        anybody = {"login": False, "public": True}
        return (
            Route("POST", pins, Role.PUBLISH, self._post),
            Route("GET", pins + "/{id}", Role.READ, self._single),
            Route("DELETE", pins + "/{id}", Role.WITHDRAW, self._delete),
            Route("GET", pins, Role.READ, self._own),
            Route("GET", board + "/pins", Role.READ, self._own),
            Route("GET", board, Role.CHECK, self._board),
            Route("GET", "/v5/user_account", Role.CHECK, self._me),
            Route("POST", "/v5/oauth/token", Role.CHECK, self._token, login=False),
            Route("GET", "/oembed.json", Role.PUBLIC, self._oembed, **anybody),
            Route("GET", "/pin/{id}/", Role.PUBLIC, self._page, **anybody),
            Route("GET", "/login/", Role.PUBLIC, self._wall, **anybody),
        )

    def said(self, call: Call) -> Said:
        """Return the text; Pinterest has no key."""
        return Said(call.text("description"))

    def login(self, call: Call) -> Answer | None:
        """Refuse a call without a token, or with one that has ended."""
        good = call.bearer and call.at < self._issued.get(call.bearer, call.at + _DAY)
        return None if good else _DEAD

    def refuse(self, fault: Kind, call: Call) -> Answer | None:
        """Lead citizens to the login; word all else as it always is."""
        if fault is Kind.LOGIN_WALL:
            if call.path == "/oembed.json":
                return say({"status": "failure", "code": 403}, 403)
            away = {"Location": f"{call.base}/public/login/"}
            return None if call.path == "/login/" else Answer(status=302, headers=away)
        return self.words.get(fault)

    def unknown(self, call: Call) -> Answer:
        """Return the answer to an address that does not exist."""
        return _error(404, 0, "API method not found.")

    def count(self, call: Call, route: Route, role: Role) -> Window | None:
        """Count every call of the day; tokens and citizens do not count."""
        if role is Role.PUBLIC or route.handler == self._token:
            return None
        return call.account.meter.take("calls", _CALLS_A_DAY, _DAY, call.at)

    def limited(self, call: Call, window: Window) -> Answer:
        """Return the 429; the code is used for other things too."""
        return _error(429, 8, "You have exceeded your rate limit. Try again later.")

    def rate_headers(self, window: Window) -> Mapping[str, str]:
        """Return the headers: a list, and the reset in seconds from now."""
        seconds = int(window.period.total_seconds())
        return {
            "x-ratelimit-limit": f"{window.limit}, {window.limit};w={seconds}",
            "x-ratelimit-remaining": str(window.remaining),
            "x-ratelimit-reset": str(self._left_s(window)),
        }

    def dress(self, call: Call) -> Mapping[str, str]:
        """Name the request, as Pinterest does, and keep the time for the reset."""
        self._now = call.at
        return {"x-pinterest-rid": str(10**15 + call.account.serial())}

    def _left_s(self, window: Window) -> int:
        return max(0, math.ceil((window.resets_at - self._now).total_seconds()))

    def _post(self, call: Call) -> Answer:
        sent = call.sent
        board, media = sent.get("board_id"), sent.get("media_source")
        if not isinstance(board, str) or not board.isdecimal():
            return _error(404, 40, "Board not found.")
        for name, longest in _LONGEST.items():
            if len(call.text(name)) > longest:
                return _error(400, 1, f"Invalid parameters: '{name}' is too long")
        if not isinstance(media, dict) or not _is_picture(media):
            return _error(400, 1, "Invalid parameters: media_source")
        kept = call.keep(
            text=call.text("description"),
            key=None,
            post_id=str(10**17 + call.account.serial()),
            detail={name: call.text(name) for name in ("title", "alt_text", "link", "board_id")},
        )
        return say(_shown(kept, call) | {"description": kept.sent}, 201)

    def _mine(self, call: Call) -> list[Post]:
        """Return every pin that its maker sees, newest first, whoever else does."""
        return [post for post in reversed(call.account.posts) if post.deleted_at is None]

    def _single(self, call: Call) -> Answer:
        post = call.account.find(call.part["id"])
        return _error(404, 50, "Pin not found.") if post is None else say(_shown(post, call))

    def _own(self, call: Call) -> Answer:
        board = call.part.get("id")
        posts = [p for p in self._mine(call) if board in {None, p.detail["board_id"]}]
        count = call.number("page_size", 25)
        return say({"items": [_shown(post, call) for post in posts[:count]], "bookmark": None})

    def _delete(self, call: Call) -> Answer:
        post = call.account.find(call.part["id"])
        if post is None:
            return _error(404, 50, "Pin not found.")
        post.deleted_at = call.at
        return Answer(status=204)

    def _board(self, call: Call) -> Answer:
        board = call.part["id"]
        if not board.isdecimal():
            return _error(404, 40, "Board not found.")
        return say(
            {
                "id": board,
                "name": "Warnungen",
                "privacy": "PUBLIC",
                "owner": {"username": call.account.name},
                "pin_count": len(self._mine(call)),
            }
        )

    def _me(self, call: Call) -> Answer:
        return say({"username": call.account.name, "account_type": "BUSINESS"})

    def _token(self, call: Call) -> Answer:
        token = call.text("refresh_token")
        named = call.headers.get("authorization", "").startswith("Basic ")
        ended = call.at >= self._issued.get(token, call.at + _DAY)
        if not named or call.text("grant_type") != "refresh_token" or not token or ended:
            return _DEAD
        access, refresh = (f"{kind}_simulated{call.account.serial()}" for kind in ("pina", "pinr"))
        self._issued |= {access: call.at + _ACCESS_LIVES, refresh: call.at + _REFRESH_LIVES}
        return say(
            {
                "response_type": "refresh_token",
                "access_token": access,
                "token_type": "bearer",
                "expires_in": int(_ACCESS_LIVES.total_seconds()),
                "refresh_token": refresh,
                "refresh_token_expires_in": int(_REFRESH_LIVES.total_seconds()),
                "scope": _SCOPE,
            }
        )

    def _oembed(self, call: Call) -> Answer:
        pin = urlsplit(call.one("url")).path.rstrip("/").rpartition("/")[2]
        post = call.account.seen(pin, call.at)
        if post is None:
            return say({"status": "failure", "code": 404}, 404)
        told = {"type": "rich", "version": "1.0", "provider_name": "Pinterest"}
        return say(told | {"title": post.detail["title"], "html": "<iframe></iframe>"})

    def _page(self, call: Call) -> Answer:
        post = call.account.seen(call.part["id"], call.at)
        if post is None:
            return page("<title>Pinterest</title></head><body>Not found</body>", 404)
        title, text = (html.escape(each) for each in (post.detail["title"], post.text))
        return page(f"<title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body>")

    def _wall(self, call: Call) -> Answer:
        return page("<title>Log in</title></head><body>Log in to see more.</body>")


FACE = Pinterest


def _is_picture(media: Mapping[str, Any]) -> bool:
    if media.get("source_type") == "image_url":
        return str(media.get("url", "")).startswith(("https://", "http://"))
    try:
        content = base64.b64decode(str(media.get("data", "")), validate=True)
    except binascii.Error:
        return False
    kinds = {"image/jpeg", "image/png"}
    return media.get("content_type") in kinds and content.startswith(_PICTURES)


def _shown(post: Post, call: Call) -> dict[str, Any]:
    return {
        "id": post.id,
        "created_at": post.at.strftime("%Y-%m-%dT%H:%M:%S"),
        "title": post.detail["title"],
        "description": post.text,
        "alt_text": post.detail["alt_text"],
        "link": post.detail["link"] or None,
        "board_id": post.detail["board_id"],
        "board_owner": {"username": call.account.name},
        "media": {"media_type": "image"},
    }
