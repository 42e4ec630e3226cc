"""LinkedIn's versioned API, as the fact sheet `platforms-a.md` section 5 describes it.

Base `/linkedin/ACCOUNT`, public side (embed, and the token endpoints that live on
the public host) `/linkedin/ACCOUNT/public`. Any bearer token is taken, for the
page 1000003. A post is little text: it ends at the first reserved character that
is not escaped, and the answer is 201 all the same.
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sentinel.simulator.faces import Answer, Call, HttpFace, Route, Said, page, say
from sentinel.simulator.kinds import COMMON, Kind, Role
from sentinel.simulator.world import Post, Window

PAGE = "urn:li:organization:1000003"
_OLDEST = "202508"  # older versions have ended
_LIMIT = 3000
_RESERVED = frozenset("\\|{}@[]()<>#*_~")
_HASHTAG = re.compile(r"\{hashtag\|\\?#\|([^}]*)\}")
_DAY = timedelta(days=1)
_TOKEN_LIVES, _CONSENT_LIVES = timedelta(days=60), timedelta(days=365)
_COPIES_FOR = timedelta(hours=48)  # so long an equal text is refused, deleted or not
_SCOPE = "r_organization_social,rw_organization_admin,w_organization_social"


def _error(status: int, code: str, message: str, number: int | None = None) -> Answer:
    numbered = {} if number is None else {"serviceErrorCode": number}
    return say({"status": status, "code": code, "message": message} | numbered, status)


def _bad_input(code: str, message: str, description: str) -> Answer:
    inputs = [{"description": description, "input": {}, "code": code}]
    body = {
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "message": message,
        "errorDetails": {"inputErrors": inputs},
        "status": 422,
    }
    return say(body, 422)


_REVOKED = _error(
    401, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked", 65601
)
_EXPIRED = _error(401, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired", 65602)
_DENIED = _error(403, "ACCESS_DENIED", "Not enough permissions to access: posts.CREATE", 100)
_MISSING = say({"status": 404, "code": "NOT_FOUND", "message": "Not Found"}, 404)


class LinkedIn(HttpFace):
    """The Posts API, its token endpoints, and the embedded view."""

    name = "linkedin"
    operator = "microsoft"
    kinds = (COMMON - {Kind.ACCOUNT_LOCKED}) | {Kind.SWALLOWED, Kind.DUPLICATE_REFUSED}
    words: ClassVar = {
        Kind.SERVER_ERROR: say({"status": 500, "message": "Internal Server Error"}, 500),
        Kind.INTERSTITIAL: page("<title>LinkedIn</title></head><body>One moment, please."),
    }

    def __init__(self) -> None:
        super().__init__()
        self._issued: dict[str, datetime] = {}  # tokens that came from here, and when
        self._consents: dict[str, datetime] = {}  # refresh tokens, and when they were first seen

    def routes(self) -> Sequence[Route]:
        """Return everything that can be asked."""
        posts, oauth = "/rest/posts", "/oauth/v2"
        anybody = {"login": False, "public": True}
        return (
            Route("POST", posts, Role.PUBLISH, self._post),
            Route("GET", posts, Role.READ, self._own),
            Route("GET", posts + "/{id}", Role.READ, self._single),
            Route("DELETE", posts + "/{id}", Role.WITHDRAW, self._delete),
            Route("GET", "/rest/organizationAcls", Role.CHECK, self._roles),
            Route("GET", "/v2/userinfo", Role.CHECK, self._me),
            Route("POST", oauth + "/introspectToken", Role.CHECK, self._introspect, **anybody),
            Route("POST", oauth + "/accessToken", Role.CHECK, self._token, **anybody),
            Route("GET", "/embed/feed/update/{id}", Role.PUBLIC, self._embed, **anybody),
            Route("GET", "/authwall", Role.PUBLIC, self._wall, **anybody),
        )

    def role(self, route: Route, call: Call) -> Role:
        """Return the role: tokens are asked for on the public host, and not by citizens."""
        return route.role

    def said(self, call: Call) -> Said:
        """Return the text as it arrived; LinkedIn has no key."""
        return Said(call.text("commentary"))

    def login(self, call: Call) -> Answer | None:
        """Refuse a call without a good token, of no version, or of one that has ended."""
        if not call.bearer:
            return _error(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600)
        if call.at >= self._issued.get(call.bearer, call.at) + _TOKEN_LIVES:
            return _EXPIRED
        version = call.headers.get("linkedin-version", "")
        if call.path.startswith("/rest/") and not version:
            return _error(400, "VERSION_MISSING", "A version must be present")
        if call.path.startswith("/rest/") and version < _OLDEST:
            return _error(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
        return None

    def refuse(self, fault: Kind, call: Call) -> Answer | None:
        """Word a dead token as each endpoint does, a copy by the post that it is one of."""
        if fault is Kind.CREDENTIAL_REVOKED:
            if call.path.endswith("/introspectToken"):
                return say({"active": False, "status": "revoked", "scope": _SCOPE})
            if call.path.endswith("/accessToken"):
                why = "The provided authorization grant or refresh token is invalid or revoked."
                return say({"error": "invalid_request", "error_description": why}, 400)
            return _REVOKED
        if fault is Kind.DUPLICATE_REFUSED:
            return _copy_of(call.account.posts[-1].id)
        if fault is Kind.LOGIN_WALL:
            away = {"Location": f"{call.base}/public/authwall?trk=embed"}
            return None if call.path == "/authwall" else Answer(status=302, headers=away)
        return self.words.get(fault)

    def unknown(self, call: Call) -> Answer:
        """Return the answer to an address that does not exist."""
        return _error(404, "RESOURCE_NOT_FOUND", f"No virtual resource found for {call.path}", 0)

    def count(self, call: Call, route: Route, role: Role) -> Window | None:
        """Count per endpoint and UTC day; nothing in an answer tells how much is left."""
        if role is Role.PUBLIC or call.path.startswith("/oauth/"):
            return None
        limit = 100 if role is Role.PUBLISH else 5000
        return call.account.meter.take(route.handler.__name__, limit, _DAY, call.at, aligned=True)

    def limited(self, call: Call, window: Window) -> Answer:
        """Return the 429, without a time."""
        why = "Resource level throttle APPLICATION_AND_MEMBER DAY limit is reached."
        return _error(429, "TOO_MANY_REQUESTS", why, 101)

    def _post(self, call: Call) -> Answer:
        commentary = call.text("commentary")
        if call.sent.get("author") != PAGE:
            return _DENIED
        if call.text("lifecycleState") != "PUBLISHED" or not call.sent.get("distribution"):
            return _bad_input("MISSING_FIELD", "Field is required", "lifecycleState, distribution")
        shown = _live(commentary)
        if len(shown.encode("utf-16-le")) // 2 > _LIMIT:
            why = f"commentary: Text length ({len(shown)} characters) exceeded the maximum allowed"
            return _bad_input("FIELD_LENGTH_TOO_LONG", why, why)
        since = call.at - _COPIES_FOR
        same = [p for p in call.account.posts if p.sent == shown and p.at >= since]
        if same:
            return _copy_of(same[-1].id)
        number = 7_000_000_000_000_000_000 + call.account.serial()
        kept = call.keep(
            text=shown,
            key=None,
            post_id=f"urn:li:share:{number}",
            detail={"visibility": call.text("visibility") or "PUBLIC"},
        )
        return Answer(status=201, headers={"x-restli-id": kept.id, "x-linkedin-id": kept.id})

    def _own(self, call: Call) -> Answer:
        finder = call.headers.get("x-restli-method", "").upper() == "FINDER"
        if not finder or call.one("q") != "author":
            return _error(400, "ILLEGAL_ARGUMENT", "Resource posts has no such method")
        posts = call.account.live(call.at) if call.one("author") == PAGE else ()
        count = call.number("count", 10)
        paging = {"start": 0, "count": count, "links": []}
        return say({"elements": [_shown(post) for post in posts[:count]], "paging": paging})

    def _single(self, call: Call) -> Answer:
        post = call.account.seen(call.part["id"], call.at)
        return _MISSING if post is None else say(_shown(post))

    def _delete(self, call: Call) -> Answer:
        post = call.account.find(call.part["id"])
        if post is not None:
            post.deleted_at = call.at
        return Answer(status=204)

    def _roles(self, call: Call) -> Answer:
        if call.one("q") != "roleAssignee":
            return _error(400, "ILLEGAL_ARGUMENT", "Resource organizationAcls has no such finder")
        mine = {"role": "ADMINISTRATOR", "organization": PAGE, "state": "APPROVED"}
        owner = {"roleAssignee": "urn:li:person:simulator"}
        return say({"elements": [mine | owner], "paging": {"start": 0, "count": 100}})

    def _me(self, call: Call) -> Answer:
        return say({"sub": "simulator", "name": call.account.name})

    def _introspect(self, call: Call) -> Answer:
        if not (call.text("client_id") and call.text("client_secret")):
            return say({"error": "invalid_client"}, 401)
        issued = self._issued.get(call.text("token"), call.at)
        ends = issued + _TOKEN_LIVES
        active = call.at < ends
        stands = {"active": active, "status": "active" if active else "expired"}
        times = {"created_at": int(issued.timestamp()), "expires_at": int(ends.timestamp())}
        return say(stands | times | {"scope": _SCOPE, "auth_type": "3L", "client_id": "simulator"})

    def _token(self, call: Call) -> Answer:
        token = call.text("refresh_token")
        ends = self._consents.setdefault(token, call.at) + _CONSENT_LIVES
        whole = token and call.text("client_id") and call.text("client_secret")
        if call.text("grant_type") != "refresh_token" or not whole or call.at >= ends:
            why = "The provided authorization grant or refresh token is invalid or expired."
            return say({"error": "invalid_request", "error_description": why}, 400)
        fresh = f"AQsimulated{call.account.serial()}"
        self._issued[fresh] = call.at
        told: dict[str, Any] = {"access_token": fresh, "refresh_token": token, "scope": _SCOPE}
        told |= {"expires_in": int(_TOKEN_LIVES.total_seconds()), "token_type": "Bearer"}
        return say(told | {"refresh_token_expires_in": int((ends - call.at).total_seconds())})

    def _embed(self, call: Call) -> Answer:
        post = call.account.seen(call.part["id"], call.at)
        if post is None:
            return page("<title>LinkedIn</title></head><body>This post is not available.", 404)
        text = html.escape(post.text).replace("\n", "<br>")
        return page(f'<title>Post</title></head><body><p class="commentary">{text}</p></body>')

    def _wall(self, call: Call) -> Answer:
        return page("<title>Sign Up | LinkedIn</title></head><body>Join LinkedIn to see it.")


FACE = LinkedIn


def _live(commentary: str) -> str:
    """Return what stands on the page: little text, up to the first character that is a command."""
    shown, at = "", 0
    while at < len(commentary):
        letter = commentary[at]
        if letter == "\\" and at + 1 < len(commentary):
            shown, at = shown + commentary[at + 1], at + 2
        elif tag := _HASHTAG.match(commentary, at):
            shown, at = f"{shown}#{tag[1]}", tag.end()
        elif letter in _RESERVED:
            break
        else:
            shown, at = shown + letter, at + 1
    return shown


def _shown(post: Post) -> dict[str, Any]:
    moment = int(post.at.timestamp() * 1000)
    written = "".join(f"\\{letter}" if letter in _RESERVED else letter for letter in post.text)
    return {
        "id": post.id,
        "author": PAGE,
        "commentary": written,
        "visibility": post.detail["visibility"],
        "lifecycleState": "PUBLISHED",
        "createdAt": moment,
        "publishedAt": moment,
        "lastModifiedAt": moment,
        "isReshareDisabledByAuthor": False,
    }


def _copy_of(urn: str) -> Answer:
    said = "com.linkedin.content.common.exception.BadRequestResponseException: "
    return _bad_input(
        "DUPLICATE_POST", f"{said}Content is a duplicate of {urn}", "Duplicate post is detected"
    )
