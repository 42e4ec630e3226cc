"""WordPress, as the fact sheet `platforms-b.md` section 7.1 describes it.

Base `/wordpress/ACCOUNT` is the site with pretty permalinks and its REST API; any
user with any application password but an empty one may publish. The public side
is the same site, or `/wordpress/ACCOUNT/public`. A post that is late to be seen is
one that the server dated ahead: it is taken, told as `future`, and shown later.
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

import base64
import binascii
import html
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from sentinel.simulator.faces import HTML, Answer, Call, HttpFace, Route, Said, page, say
from sentinel.simulator.kinds import COMMON, Kind, Role
from sentinel.simulator.world import Post, Window

_POSTS, _POST = "/wp-json/wp/v2/posts", "/wp-json/wp/v2/posts/{id}"
_ME = "/wp-json/wp/v2/users/me"
_CATEGORIES = {"allgemein": 1, "warnungen": 7}
_MAY = {"read": True, "edit_posts": True, "publish_posts": True, "upload_files": True}
_GUARD, _MINUTE = 600, timedelta(minutes=1)
"""What a guard in front lets through in a minute: WordPress itself has no limit."""


def error(code: str, status: int) -> Answer:
    """Return an error as the REST API words it; the sentence is in the site's language."""
    words = "Das ist leider nicht möglich."
    return say({"code": code, "message": words, "data": {"status": status}}, status)


class WordPress(HttpFace):
    """One site for each account."""

    name = "wordpress"
    operator = "own"
    # A site has no account to lock but the password's; a guard's refusals all look the same.
    kinds = COMMON - {Kind.ACCOUNT_LOCKED, Kind.RATE_LIMITED_LOW_USE}
    words: ClassVar = {
        Kind.SERVER_ERROR: error("db_insert_error", 500),
        Kind.INTERSTITIAL: page(
            "<title>Wartung</title></head><body>Wegen Wartungsarbeiten kurz nicht erreichbar."
        ),
    }

    def __init__(self) -> None:
        super().__init__()
        self._drafts: dict[tuple[str, str], dict[str, Any]] = {}

    def routes(self) -> Sequence[Route]:
        """Return everything that can be asked."""
        everybody = {"login": False, "public": True}
        return (
            Route("GET", _POSTS, Role.READ, self._list),
            Route("POST", _POSTS, Role.PREPARE, self._create),
            Route("GET", _POST, Role.READ, self._read),
            Route("POST", _POST, Role.PREPARE, self._update),
            Route("DELETE", _POST, Role.WITHDRAW, self._delete),
            Route("POST", "/wp-json/wp/v2/media", Role.PREPARE, self._upload),
            Route("GET", "/wp-json/wp/v2/categories", Role.PREPARE, self._list_categories),
            Route("GET", _ME, Role.CHECK, self._me),
            Route("GET", f"{_ME}/application-passwords/introspect", Role.CHECK, self._password),
            Route("GET", "/wp-login.php", Role.HEALTH, self._login_page, **everybody),
            Route("GET", "", Role.PUBLIC, self._front, **everybody),
            Route("GET", "/", Role.PUBLIC, self._front, **everybody),
            Route("GET", "/{slug}/", Role.PUBLIC, self._page, **everybody),
        )

    def role(self, route: Route, call: Call) -> Role:
        """Return the role: only what makes a post public publishes; drafts are removed, too."""
        if call.public and route.role is not Role.HEALTH:
            return Role.PUBLIC
        if route.role is Role.PREPARE and call.text("status") == "publish":
            return Role.PUBLISH
        if route.role is Role.WITHDRAW and (call.account.name, call.part["id"]) in self._drafts:
            return Role.PREPARE
        return route.role

    def said(self, call: Call) -> Said:
        """Return the body of the post that is published, and its address."""
        known = self._drafts.get((call.account.name, call.part.get("id", "")), {})
        text = str(known.get("content", "")) or call.text("content")
        return Said(text, str(known.get("slug", "")) or call.text("slug") or None)

    def login(self, call: Call) -> Answer | None:
        """Refuse whoever is not logged in, in the words of what was asked."""
        scheme, _, pair = call.headers.get("authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(pair, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user = password = ""
        if scheme.lower() == "basic" and user and password:
            return None
        return _not_logged_in(call)

    def refuse(self, fault: Kind, call: Call) -> Answer | None:
        """Return the fault's words; a revoked password is nobody's, as a real one answers."""
        if fault is Kind.CREDENTIAL_REVOKED:
            return _not_logged_in(call)
        if fault is Kind.LOGIN_WALL:
            leads = f"{call.base}{'/public' if call.public else ''}/wp-login.php"
            return Answer(status=302, media_type=HTML, headers={"Location": leads})
        return self.words.get(fault)

    def unknown(self, call: Call) -> Answer:
        """Return the API's 404, or a citizen's."""
        if call.path.startswith("/wp-json"):
            return error("rest_no_route", 404)
        return page("<title>Seite nicht gefunden</title></head><body>404", 404)

    def count(self, call: Call, route: Route, role: Role) -> Window | None:
        """Count what the guard in front of the API counts."""
        if not call.path.startswith("/wp-json"):
            return None
        return call.account.meter.take("calls", _GUARD, _MINUTE, call.at)

    def limited(self, call: Call, window: Window) -> Answer:
        """Return the guard's page."""
        wait_s = max(1, round((window.resets_at - call.at).total_seconds()))
        return page("<title>Too many requests</title>", 429, Retry_After=str(wait_s))

    def _create(self, call: Call) -> Answer:
        draft = {
            "id": call.account.serial() + 100,
            "slug": call.text("slug"),
            "status": "draft",
            "title": call.text("title"),
            "content": call.text("content"),
            "modified": _time(call.at),
        }
        self._drafts[call.account.name, str(draft["id"])] = draft
        if call.text("status") == "publish":
            return self._publish(call, draft, 201)
        return say(_shown(draft, call, "draft"), 201)

    def _update(self, call: Call) -> Answer:
        draft = self._drafts.get((call.account.name, call.part["id"]))
        if draft is None:
            return error("rest_post_invalid_id", 404)
        draft["modified"] = _time(call.at)
        if call.text("status") == "publish":
            return self._publish(call, draft, 200)
        return say(_shown(draft, call, self._status(call, draft)))

    def _publish(self, call: Call, draft: dict[str, Any], status: int) -> Answer:
        post = call.account.find(str(draft["id"]))
        ahead = _read_time(call.text("date_gmt")) or call.at
        if post is None:
            content = str(draft["content"])
            post = call.keep(text=content, key=str(draft["slug"]), post_id=str(draft["id"]))
            if ahead > call.at and post.visible_from is not None:
                post.visible_from = max(post.visible_from, ahead)
        elif post.visible_from and Kind.LATE_VISIBLE not in call.faults and ahead <= call.at:
            post.visible_from = min(post.visible_from, call.at)  # dated anew
        whole = {**draft, "content": post.sent}
        return say(_shown(whole, call, self._status(call, draft)), status)

    def _status(self, call: Call, draft: Mapping[str, Any]) -> str:
        post = call.account.find(str(draft["id"]))
        if post is None:
            return str(draft["status"])
        return "future" if post.visible_from and post.visible_from > call.at else "publish"

    def _all(self, call: Call) -> list[dict[str, Any]]:
        mine = [each for (name, _), each in self._drafts.items() if name == call.account.name]
        return [_shown(_live(call, each), call, self._status(call, each)) for each in mine]

    def _list(self, call: Call) -> Answer:
        slugs, words = call.one("slug"), call.one("search")
        statuses = (call.one("status") or "publish").split(",")
        found = [
            each
            for each in self._all(call)
            if each["status"] in statuses
            and (not slugs or each["slug"] in slugs.split(","))
            and (not words or words in str(each["content"]["raw"]))
        ]
        return say(found[: call.number("per_page", 10)])

    def _read(self, call: Call) -> Answer:
        draft = self._drafts.get((call.account.name, call.part["id"]))
        if draft is None:
            return error("rest_post_invalid_id", 404)
        return say(_shown(_live(call, draft), call, self._status(call, draft)))

    def _delete(self, call: Call) -> Answer:
        draft = self._drafts.get((call.account.name, call.part["id"]))
        if draft is None:
            return error("rest_post_invalid_id", 404)
        if draft["status"] == "trash" and call.one("force") != "true":
            return error("rest_already_trashed", 410)
        post = call.account.find(call.part["id"])
        if post is not None:
            post.deleted_at = call.at
        if call.one("force") == "true":
            del self._drafts[call.account.name, call.part["id"]]
            return say({"deleted": True, "previous": _shown(draft, call, "draft")})
        draft["status"], draft["slug"] = "trash", f"{draft['slug']}__trashed"
        return say(_shown(draft, call, "trash"))

    def _upload(self, call: Call) -> Answer:
        if not call.files:
            return error("rest_upload_no_data", 400)
        number = call.account.serial() + 100
        alt = call.text("alt_text")
        return say({"id": number, "alt_text": alt, "post": int(call.text("post") or 0)}, 201)

    def _list_categories(self, call: Call) -> Answer:
        wanted = call.one("slug").split(",")
        return say([{"id": n, "slug": s} for s, n in _CATEGORIES.items() if s in wanted])

    def _me(self, call: Call) -> Answer:
        return say({"id": 2, "slug": "sentinel", "roles": ["author"], "capabilities": _MAY})

    def _password(self, call: Call) -> Answer:
        return say({"uuid": "0eb4ce6e-14bb-4122-9a2c-f4aa3e63b448", "name": "Sentinel"})

    def _login_page(self, call: Call) -> Answer:
        return page("<title>Anmelden</title></head><body>Benutzername, Passwort")

    def _front(self, call: Call) -> Answer:
        shown = "".join(self._article(post) for post in call.account.live(call.at)[:10])
        return page(f"<title>{html.escape(call.account.name)}</title></head><body>{shown}")

    def _page(self, call: Call) -> Answer:
        live = call.account.live(call.at)
        post = next((each for each in live if each.key == call.part["slug"]), None)
        return self.unknown(call) if post is None else page(f"</head><body>{self._article(post)}")

    def _article(self, post: Post) -> str:
        kept = next((d for (_, number), d in self._drafts.items() if number == post.id), {})
        return f"<article><h1>{kept.get('title', '')}</h1>{_dressed(post.text)}</article>"


FACE = WordPress


def _not_logged_in(call: Call) -> Answer:
    if call.method == "GET" and call.one("status"):  # of what strangers may not even ask for
        return error("rest_invalid_param", 400)
    if call.method == "GET" and call.one("context") and "/users/" not in call.path:
        return error("rest_forbidden_context", 401)
    writes = call.method == "POST" and "/users/" not in call.path
    return error("rest_cannot_create" if writes else "rest_not_logged_in", 401)


def _live(call: Call, draft: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a post as it stands there: cut, if a filter cut it."""
    post = call.account.find(str(draft["id"]))
    return draft if post is None else {**draft, "content": post.text}


def _shown(draft: Mapping[str, Any], call: Call, status: str) -> dict[str, Any]:
    return {
        "id": draft["id"],
        "slug": draft["slug"],
        "status": status,
        "type": "post",
        "modified_gmt": draft["modified"],
        "link": f"{call.base}/{draft['slug']}/",
        "title": {"raw": draft["title"], "rendered": draft["title"]},
        "content": {"raw": draft["content"], "rendered": _dressed(str(draft["content"]))},
    }


def _dressed(content: str) -> str:
    """Return the content as themes show it: quotes round, three dots one character."""
    return content.replace("&quot;", "&#8220;").replace("...", "&#8230;")


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


def _read_time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None
