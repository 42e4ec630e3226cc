"""A page on Facebook, as the fact sheet `platforms-b.md` sections 1 and 3 describes it.

Base `/facebook/ACCOUNT` (below it `/v26.0/…`), public side (oEmbed)
`/facebook/ACCOUNT/public`. Any token is taken, as a bearer; each account has
one page, `100000000000001`.
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from sentinel.simulator import meta
from sentinel.simulator.faces import Answer, Call, HttpFace, Route, Said, say
from sentinel.simulator.kinds import COMMON, Kind, Role
from sentinel.simulator.world import Post, Window

PAGE = "100000000000001"
_LONGEST = 63_206
_CALLS_AN_HOUR = 5000  # 200 for each of 25 people who use the app
_HOUR = timedelta(hours=1)
_SCOPES = ["pages_show_list", "pages_read_engagement", "pages_manage_posts", "public_profile"]


class Facebook(HttpFace):
    """The Graph API of pages, and its oEmbed."""

    name = "facebook"
    operator = "meta"
    kinds = COMMON | {Kind.CREDENTIAL_GLITCH, Kind.PLAN_REFUSED, Kind.DUPLICATE_REFUSED}
    words: ClassVar = {
        **meta.WORDS,
        Kind.PLAN_REFUSED: meta.error(
            200, "Page publishing authorisation is needed.", subcode=1404078, status=403
        ),
        Kind.DUPLICATE_REFUSED: meta.error(506, "Duplicate status message"),
    }

    def routes(self) -> Sequence[Route]:
        """Return everything that can be asked; the general `{id}` last."""
        root = "/{version}"
        citizens = {"login": False, "public": True}
        return (
            Route("GET", f"{root}/debug_token", Role.CHECK, self._debug),
            Route("GET", f"{root}/me", Role.CHECK, self._me),
            Route("GET", f"{root}/oembed_post", Role.PUBLIC, self._oembed, **citizens),
            Route("POST", root + "/{page}/feed", Role.PUBLISH, self._feed),
            Route("GET", root + "/{page}/feed", Role.READ, self._own),
            Route("GET", root + "/{page}/published_posts", Role.READ, self._own),
            Route("GET", root + "/{id}", Role.READ, self._object),
            Route("DELETE", root + "/{id}", Role.WITHDRAW, self._delete),
        )

    def role(self, route: Route, call: Call) -> Role:
        """Return the role: what stays unpublished becomes no post, and a page is none."""
        if route.role is Role.PUBLISH and (call.sent.get("published") is False or _empty(call)):
            return Role.PREPARE
        if route.handler == self._object and call.part["id"] == PAGE:
            return Role.CHECK
        return super().role(route, call)

    def said(self, call: Call) -> Said:
        """Return the text; there is no key."""
        return Said(call.text("message"))

    def login(self, call: Call) -> Answer | None:
        """Refuse a request without a token."""
        if call.bearer or call.one("access_token"):
            return None
        return meta.error(104, "An access token is required to request this resource.", status=401)

    def refuse(self, fault: Kind, call: Call) -> Answer | None:
        """Word a revoked token with the subcode that the fault asks for."""
        return meta.revoked(call) if fault is Kind.CREDENTIAL_REVOKED else self.words.get(fault)

    def unknown(self, call: Call) -> Answer:
        """Return Meta's word for an address that does not exist."""
        return meta.NOT_KNOWN

    def count(self, call: Call, route: Route, role: Role) -> Window | None:
        """Count the page's calls in an hour; oEmbed does not count."""
        if role is Role.PUBLIC:
            return None
        return call.account.meter.take("calls", _CALLS_AN_HOUR, _HOUR, call.at)

    def limited(self, call: Call, window: Window) -> Answer:
        """Return the page's limit: 400 and a code of its own, never 429."""
        refusal = meta.error(80001, "There have been too many calls to this Page account.")
        return meta.too_many(refusal, PAGE, "pages", call, window)

    def rate_headers(self, window: Window) -> Mapping[str, str]:
        """Return the page's use in per cent."""
        return meta.usage(PAGE, "pages", window)

    def dress(self, call: Call) -> Mapping[str, str]:
        """Return the version that answers."""
        return {"facebook-api-version": meta.VERSION}

    def _feed(self, call: Call) -> Answer:
        if call.part["page"] not in {"me", PAGE}:
            return meta.GONE
        if _empty(call):
            return meta.error(100, "(#100) Missing message or attachment")
        text = call.text("message")
        if len(text.encode("utf-16-le")) // 2 > _LONGEST:
            return meta.error(100, "(#100) Param message is too long.")
        host = urlsplit(call.text("link")).hostname or ""
        if host.endswith(".invalid"):  # the names that never resolve
            return meta.error(1609005, "The link could not be scraped.")
        number = call.account.serial()
        if call.sent.get("published") is False:
            return say({"id": f"{PAGE}_{122_000_000_000_000 + number}"})
        post = call.keep(
            text=text, key=None, post_id=f"{PAGE}_{122_000_000_000_000 + number}", detail={}
        )
        return say({"id": post.id} | meta.chosen(_shown(post), call))

    def _own(self, call: Call) -> Answer:
        if call.part["page"] not in {"me", PAGE}:
            return meta.GONE
        since = datetime.fromtimestamp(call.number("since", 0), tz=UTC)
        posts = [post for post in call.account.live(call.at) if post.at >= since]
        chosen = posts[: call.number("limit", 25)]
        data = [{"id": post.id} | meta.chosen(_shown(post), call) for post in chosen]
        return say({"data": data, "paging": {}})

    def _object(self, call: Call) -> Answer:
        if call.part["id"] == PAGE:
            return self._me(call)
        post = call.account.seen(call.part["id"], call.at)
        if post is None:
            return meta.GONE
        return say({"id": post.id} | meta.chosen(_shown(post), call))

    def _me(self, call: Call) -> Answer:
        return say({"id": PAGE, "name": call.account.name})

    def _delete(self, call: Call) -> Answer:
        post = call.account.find(call.part["id"])
        if post is None:
            return meta.GONE
        post.deleted_at = call.at
        return say({"success": True})

    def _oembed(self, call: Call) -> Answer:
        asked = call.one("url")
        live = call.account.live(call.at)
        post = next((each for each in live if _permalink(each) == asked), None)
        if post is None or not parse_qs(urlsplit(asked).query).get("story_fbid"):
            return meta.GONE
        quote = f"<blockquote>{html.escape(post.text, quote=False)}</blockquote>"
        return say({"type": "rich", "version": "1.0", "provider_name": "Facebook", "html": quote})

    def _debug(self, call: Call) -> Answer:
        if not call.one("input_token"):
            return meta.error(100, "(#100) The parameter input_token is required")
        data = {"app_id": "1", "type": "PAGE", "application": "Simulator", "is_valid": True}
        ends = {"expires_at": 0, "data_access_expires_at": 0}
        return say({"data": data | ends | {"scopes": _SCOPES, "profile_id": PAGE}})


FACE = Facebook


def _empty(call: Call) -> bool:
    return not call.text("message").strip() and not call.text("link")


def _permalink(post: Post) -> str:
    story = post.id.rpartition("_")[2]
    return f"https://www.facebook.com/permalink.php?story_fbid={story}&id={PAGE}"


def _shown(post: Post) -> dict[str, Any]:
    return {
        "permalink_url": _permalink(post),
        "message": post.text,
        "created_time": meta.stamp(post.at),
        "is_published": True,
    }
