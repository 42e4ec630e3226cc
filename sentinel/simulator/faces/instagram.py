"""A professional account on Instagram, as the fact sheet `platforms-b.md` section 4 describes it.

Base `/instagram/ACCOUNT` (below it `/v26.0/…`), public side (oEmbed)
`/instagram/ACCOUNT/public`. Any token is taken, as a bearer or in the query;
the account's number is `17840000000000001`, or `me`. A picture is not really
fetched: one below a name ending with `.invalid` cannot be, any other is there.
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from sentinel.simulator import meta
from sentinel.simulator.faces import Answer, Call, HttpFace, Route, Said, say
from sentinel.simulator.kinds import COMMON, Kind, Role
from sentinel.simulator.world import Post, Window

USER = "17840000000000001"
_DAY = timedelta(hours=24)
_TOKEN_LIVES = timedelta(days=60)
_CAPTION, _HASHTAGS, _MENTIONS = 2200, 30, 20
_POSTS_A_DAY, _CALLS_A_DAY = 100, 48_000
_HASHTAG = re.compile(r"(?<![\w/#&])#\w")
_MENTION = re.compile(r"(?<![\w/@.])@\w")
_READY = "Finished: Media has been uploaded and it is ready to be published."
_NOT_MY_USER = meta.GONE
_LIVE_ALL_THE_SAME = meta.error(  # as on 5 July 2026
    4, "Application request limit reached", subcode=2207051, status=403, is_transient=False
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Container:
    id: str
    account: str
    caption: str
    alt_text: str
    at: datetime
    post_id: str | None = None  # set once it is published

    def status(self, at: datetime) -> str:
        if self.post_id is not None:
            return "PUBLISHED"
        return "EXPIRED" if at >= self.at + _DAY else "FINISHED"


class Instagram(HttpFace):
    """Content publishing with the login by Instagram, and the oEmbed."""

    name = "instagram"
    operator = "meta"
    kinds = COMMON | {Kind.CREDENTIAL_GLITCH}
    words: ClassVar = {
        **meta.WORDS,
        Kind.ACCOUNT_LOCKED: meta.error(25, "The account is restricted.", subcode=2207050),
    }

    def __init__(self) -> None:
        super().__init__()
        self._containers: dict[str, _Container] = {}
        self._issued: dict[str, datetime] = {}  # tokens that came from here, and when

    def routes(self) -> Sequence[Route]:
        """Return everything that can be asked; the general `{id}` last."""
        root, user = "/{version}", "/{version}/{user}"
        citizens = {"login": False, "public": True}
        return (
            Route("GET", "/refresh_access_token", Role.CHECK, self._refresh),
            Route("GET", f"{root}/instagram_oembed", Role.PUBLIC, self._oembed, **citizens),
            Route("POST", f"{user}/media", Role.PREPARE, self._create),
            Route("POST", f"{user}/media_publish", Role.PUBLISH, self._publish),
            Route("GET", f"{user}/content_publishing_limit", Role.CHECK, self._quota),
            Route("GET", f"{user}/media", Role.READ, self._own),
            Route("GET", root + "/{id}", Role.READ, self._object),
            Route("DELETE", root + "/{id}", Role.WITHDRAW, self._delete),
        )

    def role(self, route: Route, call: Call) -> Role:
        """Return the role: containers and users are no posts."""
        if route.handler == self._object and call.account.find(call.part["id"]) is None:
            return Role.CHECK
        return super().role(route, call)

    def said(self, call: Call) -> Said:
        """Return the caption, and the container as the key."""
        container = self._containers.get(call.text("creation_id"))
        return Said("") if container is None else Said(container.caption, container.id)

    def login(self, call: Call) -> Answer | None:
        """Refuse a request without a token, or with one that has ended."""
        token = call.bearer or call.one("access_token")
        if not token:
            return meta.error(190, "An access token is required.", status=401)
        if call.at >= self._issued.get(token, call.at) + _TOKEN_LIVES:
            return meta.error(190, "The session has expired.", subcode=463)
        return None

    def refuse(self, fault: Kind, call: Call) -> Answer | None:
        """Word a revoked token by its subcode, and an error although live as it really was."""
        if fault is Kind.CREDENTIAL_REVOKED:
            return meta.revoked(call)
        if fault is Kind.SERVER_ERROR and Kind.ACCEPTED_THEN_ERROR in call.faults:
            return _LIVE_ALL_THE_SAME
        return self.words.get(fault)

    def unknown(self, call: Call) -> Answer:
        """Return Meta's word for an address that does not exist."""
        return meta.NOT_KNOWN

    def count(self, call: Call, route: Route, role: Role) -> Window | None:
        """Count the account's calls in 24 hours; oEmbed does not count."""
        if role is Role.PUBLIC:
            return None
        return call.account.meter.take("calls", _CALLS_A_DAY, _DAY, call.at)

    def limited(self, call: Call, window: Window) -> Answer:
        """Return the account's limit: 400 and a code of its own, never 429."""
        refusal = meta.error(80002, "There have been too many calls to this Instagram account.")
        return meta.too_many(refusal, USER, "instagram", call, window)

    def rate_headers(self, window: Window) -> Mapping[str, str]:
        """Return the account's use in per cent."""
        return meta.usage(USER, "instagram", window)

    def dress(self, call: Call) -> Mapping[str, str]:
        """Return the version that answers."""
        return {"facebook-api-version": meta.VERSION}

    def _create(self, call: Call) -> Answer:
        caption, picture = call.text("caption"), urlsplit(call.text("image_url"))
        if not _mine(call):
            return _NOT_MY_USER
        if picture.scheme not in {"http", "https"} or (picture.hostname or "").endswith(".invalid"):
            words = "Only photo or video can be accepted as media type."
            return meta.error(9004, words, subcode=2207052, is_transient=False)
        if not picture.path.endswith((".jpg", ".jpeg")):
            return meta.error(36001, "The image format is not supported.", subcode=2207005)
        many = (
            len(_HASHTAG.findall(caption)) > _HASHTAGS or len(_MENTION.findall(caption)) > _MENTIONS
        )
        if len(caption) > _CAPTION or many:
            return meta.error(36004, "The caption is too long.", subcode=2207010)
        made = _Container(
            id=str(17_900_000_000_000_000 + call.account.serial()),
            account=call.account.name,
            caption=caption,
            alt_text=call.text("alt_text"),
            at=call.at,
        )
        self._containers[made.id] = made
        return say({"id": made.id})

    def _publish(self, call: Call) -> Answer:
        made = self._containers.get(call.text("creation_id"))
        if made is None or made.account != call.account.name or not _mine(call):
            return meta.error(24, "The requested resource does not exist", subcode=2207006)
        if made.status(call.at) != "FINISHED":
            return meta.error(9007, "Media ID is not available", subcode=2207027)
        if self._used(call) >= _POSTS_A_DAY:
            return meta.error(9, "Application request limit reached", subcode=2207042)
        number = call.account.serial()
        post = call.keep(
            text=made.caption,
            key=made.id,
            post_id=str(18_000_000_000_000_000 + number),
            detail={"shortcode": meta.short(number), "alt_text": made.alt_text},
        )
        self._containers[made.id] = replace(made, post_id=post.id)
        return say({"id": post.id})

    def _used(self, call: Call) -> int:
        return sum(1 for post in call.account.posts if post.at > call.at - _DAY)

    def _quota(self, call: Call) -> Answer:
        if not _mine(call):
            return _NOT_MY_USER
        day = int(_DAY.total_seconds())
        config = {"quota_total": _POSTS_A_DAY, "quota_duration": day}
        everything = {"quota_usage": self._used(call), "config": config}
        return say({"data": [meta.chosen(everything, call)]})

    def _own(self, call: Call) -> Answer:
        if not _mine(call):
            return _NOT_MY_USER
        since = datetime.fromtimestamp(call.number("since", 0), tz=UTC)
        posts = [post for post in call.account.live(call.at) if post.at >= since]
        chosen = posts[: call.number("limit", 25)]
        data = [{"id": post.id} | meta.chosen(_shown(post), call) for post in chosen]
        return say({"data": data, "paging": {}})

    def _object(self, call: Call) -> Answer:
        asked, name = call.part["id"], call.account.name
        if asked in {"me", USER}:
            return say({"id": USER} | meta.chosen({"username": name, "user_id": USER}, call))
        made = self._containers.get(asked)
        if made is not None and made.account == name:
            status = made.status(call.at)
            said = {"status_code": status, "status": _READY if status == "FINISHED" else status}
            return say({"id": made.id} | meta.chosen(said, call))
        post = call.account.seen(asked, call.at)
        if post is None:
            return meta.GONE
        return say({"id": post.id} | meta.chosen(_shown(post), call))

    def _delete(self, call: Call) -> Answer:
        post = call.account.find(call.part["id"])
        if post is None:
            return meta.GONE
        post.deleted_at = call.at
        return say({"success": True, "deleted_id": post.id})

    def _oembed(self, call: Call) -> Answer:
        asked = call.one("url")
        live = call.account.live(call.at)
        post = next((each for each in live if _permalink(each) == asked), None)
        if post is None:
            return meta.GONE
        quote = f"<blockquote>{html.escape(post.text, quote=False)}</blockquote>"
        return say({"type": "rich", "version": "1.0", "provider_name": "Instagram", "html": quote})

    def _refresh(self, call: Call) -> Answer:
        issued = self._issued.get(call.one("access_token") or call.bearer)
        if call.one("grant_type") != "ig_refresh_token":
            return meta.error(100, "Param grant_type must be ig_refresh_token.")
        if issued is not None and call.at < issued + timedelta(hours=24):
            return meta.error(100, "The token must be at least 24 hours old.")
        fresh = f"IGSIM{call.account.serial()}"
        self._issued[fresh] = call.at
        lives = int(_TOKEN_LIVES.total_seconds())
        return say({"access_token": fresh, "token_type": "bearer", "expires_in": lives})


FACE = Instagram


def _mine(call: Call) -> bool:
    return call.part["user"] in {"me", USER}


def _permalink(post: Post) -> str:
    return f"https://www.instagram.com/p/{post.detail['shortcode']}/"


def _shown(post: Post) -> dict[str, Any]:
    return {
        "permalink": _permalink(post),
        "caption": post.text,
        "timestamp": meta.stamp(post.at),
        "media_type": "IMAGE",
        "alt_text": post.detail["alt_text"],
    }
