"""YouTube's Data API, as the fact sheet `platforms-a.md` section 7 describes it.

Base `/youtube/ACCOUNT` (below it `/youtube/v3/…`, and `/token`, which has a host of
its own in the world), public side (oEmbed and feeds) `/youtube/ACCOUNT/public`. The
channel is always `UCmusterstadt`. Nothing is posted here: community posts have no
interface, so no fault that needs a post applies.
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sentinel.simulator.faces import Answer, Call, HttpFace, Route, page, say
from sentinel.simulator.kinds import Kind, Role
from sentinel.simulator.world import Window

CHANNEL = "UCmusterstadt"
_UPLOADS = "UUmusterstadt"
_UNITS_A_DAY, _DAY = 10_000, timedelta(days=1)
_ACCESS_LIVES = timedelta(hours=1)
_SCOPE = "https://www.googleapis.com/auth/youtube.readonly"


def _error(status: int, reason: str, domain: str, message: str, state: str = "") -> Answer:
    inner = {"message": message, "domain": domain, "reason": reason}
    error: dict[str, Any] = {"code": status, "message": message, "errors": [inner]}
    return say({"error": error | ({"status": state} if state else {})}, status)


_DEAD = _error(401, "authError", "global", "Request had invalid credentials.", "UNAUTHENTICATED")


class YouTube(HttpFace):
    """The Data API as far as it is read, the token endpoint, and what citizens see."""

    name = "youtube"
    operator = "google"
    kinds = frozenset(
        {
            Kind.REFUSE_CONNECTION,
            Kind.BLACK_HOLE,
            Kind.SLOW,
            Kind.SERVER_ERROR,
            Kind.HTML_ERROR,
            Kind.EDGE_PAGE,
            Kind.FLAPPING,
            Kind.READ_LIMITED,
            Kind.LOGIN_WALL,
            Kind.INTERSTITIAL,
            Kind.CREDENTIAL_REVOKED,
            Kind.ACCOUNT_LOCKED,
        }
    )
    words: ClassVar = {
        Kind.SERVER_ERROR: _error(503, "backendError", "global", "Backend Error", "UNAVAILABLE"),
        Kind.ACCOUNT_LOCKED: _error(
            403,
            "authenticatedUserAccountSuspended",
            "youtube.common",
            "The YouTube account of the authenticated user is suspended.",
        ),
        Kind.LOGIN_WALL: Answer(status=401, body=b"Unauthorized", media_type="text/html"),
        Kind.INTERSTITIAL: page("<title>Before you continue</title></head><body>Accept all?"),
    }

    def __init__(self) -> None:
        super().__init__()
        self._issued: dict[str, datetime] = {}  # tokens that came from here, and their end

    def routes(self) -> Sequence[Route]:
        """Return everything that can be asked."""
        anybody = {"login": False, "public": True}
        return (
            Route("GET", "/youtube/v3/channels", Role.CHECK, self._channels),
            Route("GET", "/youtube/v3/playlistItems", Role.READ, self._uploads),
            Route("POST", "/token", Role.CHECK, self._token, login=False),
            Route("GET", "/oembed", Role.PUBLIC, self._oembed, **anybody),
            Route("GET", "/feeds/videos.xml", Role.PUBLIC, self._feed, **anybody),
        )

    def login(self, call: Call) -> Answer | None:
        """Refuse a call without a token, or with one that has ended."""
        good = call.bearer and call.at < self._issued.get(call.bearer, call.at + _DAY)
        return None if good else _DEAD

    def refuse(self, fault: Kind, call: Call) -> Answer | None:
        """Word a dead token as each endpoint does; the token endpoint knows no channel."""
        tokens = call.path == "/token"
        if fault is Kind.CREDENTIAL_REVOKED:
            why = "Token has been expired or revoked."
            dead = say({"error": "invalid_grant", "error_description": why}, 400)
            return dead if tokens else _DEAD
        return None if tokens and fault is Kind.ACCOUNT_LOCKED else self.words.get(fault)

    def unknown(self, call: Call) -> Answer:
        """Return Google's 404, which is a page."""
        return page("<title>Error 404 (Not Found)!!1</title></head><body>404.</body>", 404)

    def count(self, call: Call, route: Route, role: Role) -> Window | None:
        """Count a unit for every question of the day; tokens and citizens do not count."""
        if role is Role.PUBLIC or call.path == "/token":
            return None
        return call.account.meter.take("units", _UNITS_A_DAY, _DAY, call.at)

    def limited(self, call: Call, window: Window) -> Answer:
        """Return the 403 of a day that is used up; it does not say until when."""
        why = 'The request cannot be completed because you have exceeded your <a href="/youtube/v3/'
        return _error(
            403, "quotaExceeded", "youtube.quota", f'{why}getting-started#quota">quota</a>.'
        )

    def rate_headers(self, window: Window) -> Mapping[str, str]:
        """Return nothing: YouTube tells of no limit before it is reached."""
        return {}

    def _channels(self, call: Call) -> Answer:
        if call.one("mine") != "true":
            return _error(
                400, "missingRequiredParameter", "youtube.parameter", "No filter selected."
            )
        everything = {
            "status": {"privacyStatus": "public", "isLinked": True},
            "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": _UPLOADS}},
        }
        wanted = call.one("part").split(",")
        parts = {name: value for name, value in everything.items() if name in wanted}
        item = {"kind": "youtube#channel", "etag": "e", "id": CHANNEL} | parts
        return say({"kind": "youtube#channelListResponse", "etag": "e", "items": [item]})

    def _uploads(self, call: Call) -> Answer:
        if call.one("playlistId") != _UPLOADS:
            why = "The playlist identified with the request's playlistId parameter cannot be found."
            return _error(404, "playlistNotFound", "youtube.playlistItem", why)
        return say({"kind": "youtube#playlistItemListResponse", "etag": "e", "items": []})

    def _token(self, call: Call) -> Answer:
        named = call.text("client_id") and call.text("client_secret")
        if not named:
            return say({"error": "invalid_client", "error_description": "Unauthorized"}, 401)
        if call.text("grant_type") != "refresh_token" or not call.text("refresh_token"):
            return say({"error": "invalid_grant", "error_description": "Bad Request"}, 400)
        fresh = f"ya29.simulated{call.account.serial()}"
        self._issued[fresh] = call.at + _ACCESS_LIVES
        lives = int(_ACCESS_LIVES.total_seconds())
        told = {"access_token": fresh, "expires_in": lives, "token_type": "Bearer"}
        return say(told | {"scope": _SCOPE})

    def _oembed(self, call: Call) -> Answer:
        return Answer(status=404, body=b"Not Found", media_type="text/html")

    def _feed(self, call: Call) -> Answer:
        if call.one("channel_id") != CHANNEL:
            return page("<title>Error 404 (Not Found)!!1</title></head><body>404.</body>", 404)
        feed = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
            f"<title>{call.account.name}</title></feed>"
        )
        return Answer(body=feed.encode(), media_type="text/xml; charset=utf-8")


FACE = YouTube
