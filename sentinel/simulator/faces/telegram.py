"""Telegram, as the fact sheet `platforms-a.md` section 4 describes Bot API and t.me.

Base `/telegram/ACCOUNT` is the Bot API with the token in the path; the public
side `/telegram/ACCOUNT/public` is t.me. Any token with a colon is taken, and any
chat named `@name` or by a number is the account's one channel. Numbered chats
are private: t.me shows nothing of them.
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

import hashlib
import html
import math
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from sentinel.simulator.faces import Answer, Call, HttpFace, Route, Said, page, say
from sentinel.simulator.kinds import COMMON, Kind, Role
from sentinel.simulator.world import Post, Window

MAX_CODE_POINTS = 4096
_LISTED = 20
_MINUTE = timedelta(minutes=1)
_TOKEN = re.compile(r"/bot([^/]*)/")
_EMOJI = re.compile("([\u2600-\u27bf\U0001f000-\U0001faff])\ufe0f?")


def refusal(status: int, description: str, **parameters: int) -> Answer:
    """Return an error as the Bot API words it: the status stands in the body too."""
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return say(body | ({"parameters": parameters} if parameters else {}), status)


class Telegram(HttpFace):
    """One bot and its channel for each account."""

    name = "telegram"
    operator = "telegram"
    # Nothing of ours can be read with the token, so no reading is limited; t.me has no page
    # in between; and a text is taken whole or refused.
    kinds = COMMON - {Kind.READ_LIMITED, Kind.INTERSTITIAL, Kind.TRUNCATED}
    words: ClassVar = {
        Kind.SERVER_ERROR: refusal(500, "Internal Server Error: restart"),
        Kind.CREDENTIAL_REVOKED: refusal(401, "Unauthorized"),
        Kind.ACCOUNT_LOCKED: refusal(400, "Bad Request: FROZEN_METHOD_INVALID"),
    }

    def routes(self) -> Sequence[Route]:
        """Return everything that can be asked."""
        citizens = {"login": False, "public": True}
        methods = {
            "sendMessage": (Role.PUBLISH, self._send),
            "deleteMessage": (Role.WITHDRAW, self._delete),
            "getMe": (Role.CHECK, self._me),
            "getChat": (Role.CHECK, self._chat),
            "getChatMember": (Role.CHECK, self._member),
        }
        return (
            *(
                Route(verb, "/bot{token}/" + method, role, handler)
                for method, (role, handler) in methods.items()
                for verb in ("POST", "GET")
            ),
            Route("GET", "/s/{name}", Role.PUBLIC, self._list, **citizens),
            Route("GET", "/{name}/{id}", Role.PUBLIC, self._embed, **citizens),
            Route("GET", "/{name}", Role.PUBLIC, self._profile, **citizens),
        )

    def role(self, route: Route, call: Call) -> Role:
        """Return the role: a message without text can become no post."""
        if route.role is Role.PUBLISH and not _field(call, "text").strip():
            return Role.PREPARE
        return route.role

    def said(self, call: Call) -> Said:
        """Return the text; there is no key."""
        return Said(_field(call, "text"))

    def login(self, call: Call) -> Answer | None:
        """Refuse a token that can be none."""
        token = _TOKEN.match(call.path)
        if token is None or ":" not in token[1]:
            return refusal(401, "Unauthorized: invalid token specified")
        return None

    def refuse(self, fault: Kind, call: Call) -> Answer | None:
        """Word a fault: t.me answers as a site, and a channel without preview leads elsewhere."""
        if fault is Kind.LOGIN_WALL:
            return _elsewhere(call) if call.path.startswith("/s/") else None
        if fault is Kind.SERVER_ERROR and call.public:
            return page("<title>Error</title></head><body>Internal Server Error</body>", 500)
        if fault is Kind.ACCOUNT_LOCKED and call.path.endswith("/getMe"):
            return None
        return self.words.get(fault)

    def unknown(self, call: Call) -> Answer:
        """Return the 404 of the Bot API for a method that it does not have, or of t.me."""
        if call.public:
            return page("<title>Telegram</title></head><body>Not found</body>", 404)
        return refusal(404, "Not Found")

    def count(self, call: Call, route: Route, role: Role) -> Window | None:
        """Count messages, 20 a minute for a channel; nothing tells how many are left."""
        if role not in {Role.PUBLISH, Role.PREPARE}:
            return None
        return call.account.meter.take("messages", 20, _MINUTE, call.at)

    def limited(self, call: Call, window: Window) -> Answer:
        """Return the 429: the wait stands in the sentence, in the body and in a header."""
        wait = max(1, math.ceil((window.resets_at - call.at).total_seconds()))
        words = f"Too Many Requests: retry after {wait}"
        told = refusal(429, words, retry_after=wait)
        return Answer(status=429, body=told.body, headers={"Retry-After": str(wait)})

    def _send(self, call: Call) -> Answer:
        text, chat = _field(call, "text").strip(), _field(call, "chat_id")
        if not text:
            return refusal(400, "Bad Request: message text is empty")
        if len(text) > MAX_CODE_POINTS:
            return refusal(400, "Bad Request: message is too long")
        if (missing := _missing(chat)) is not None:
            return missing
        number = len(call.account.posts) + 1
        detail = {"chat": chat.removeprefix("@") if chat.startswith("@") else ""}
        post = call.keep(text=text, key=None, post_id=str(number), detail=detail)
        message = {
            "message_id": number,
            "sender_chat": _chat_of(call, chat),
            "chat": _chat_of(call, chat),
            "date": int(call.at.timestamp()),
            "text": post.sent,
        }
        return say({"ok": True, "result": message})

    def _delete(self, call: Call) -> Answer:
        if (missing := _missing(_field(call, "chat_id"))) is not None:
            return missing
        post = call.account.find(_field(call, "message_id"))
        if post is None:
            return refusal(400, "Bad Request: message to delete not found")
        post.deleted_at = call.at
        return say({"ok": True, "result": True})

    def _me(self, call: Call) -> Answer:
        return say({"ok": True, "result": _bot(call)})

    def _chat(self, call: Call) -> Answer:
        chat = _field(call, "chat_id")
        return _missing(chat) or say({"ok": True, "result": _chat_of(call, chat)})

    def _member(self, call: Call) -> Answer:
        if (missing := _missing(_field(call, "chat_id"))) is not None:
            return missing
        rights = {"can_be_edited": False, "can_post_messages": True, "can_delete_messages": True}
        member = {"user": _bot(call), "status": "administrator", **rights}
        return say({"ok": True, "result": member})

    def _list(self, call: Call) -> Answer:
        if not call.public:
            return self.unknown(call)
        posts = _of(call, call.part["name"])
        if not posts and call.account.posts:
            return _elsewhere(call)  # the channel goes by another name, or is private
        seen = [post for post in posts if post.visible(call.at)]
        shown = "".join(_block(post) for post in seen[-_LISTED:])
        history = f'<section class="tgme_channel_history js-message_history">{shown}</section>'
        return page(f"<title>Telegram</title></head><body>{history}</body>")

    def _embed(self, call: Call) -> Answer:
        if not call.public:
            return self.unknown(call)
        named = _of(call, call.part["name"])
        post = next((each for each in named if each.id == call.part["id"]), None)
        if post is None or not post.visible(call.at):
            error = '<div class="tgme_widget_message_error">Post not found</div>'
            return page(f"<title>Telegram Widget</title></head><body>{error}</body>")
        return page(f"<title>Telegram Widget</title></head><body>{_block(post)}</body>")

    def _profile(self, call: Call) -> Answer:
        if not call.public:
            return self.unknown(call)
        name = html.escape(call.part["name"])
        card = f'<div class="tgme_page"><div class="tgme_page_title">@{name}</div></div>'
        return page(f"<title>Telegram: Contact @{name}</title></head><body>{card}</body>")


FACE = Telegram


def _field(call: Call, name: str) -> str:
    value = call.sent.get(name, call.one(name))
    return str(value) if isinstance(value, str | int) else ""


def _missing(chat: str) -> Answer | None:
    if chat.startswith("@") or chat.removeprefix("-").isdecimal():
        return None
    return refusal(400, "Bad Request: chat not found")


def _number(call: Call, salt: str) -> int:
    digest = hashlib.sha256(f"{salt}{call.account.name}".encode()).hexdigest()
    return int(digest[:8], 16) + 10**9


def _bot(call: Call) -> dict[str, Any]:
    who = {"id": _number(call, "bot"), "is_bot": True, "first_name": "Simulator"}
    return who | {"username": f"{call.account.name}_bot"}


def _chat_of(call: Call, chat: str) -> dict[str, Any]:
    public = {"username": chat[1:]} if chat.startswith("@") else {}
    number = int(f"-100{_number(call, 'chat')}") if public else int(chat)
    return {"id": number, "title": call.account.name, **public, "type": "channel"}


def _of(call: Call, name: str) -> list[Post]:
    wanted = name.casefold()
    posts = call.account.posts
    return [post for post in posts if str(post.detail["chat"]).casefold() == wanted]


def _elsewhere(call: Call) -> Answer:
    where = f"{call.base}/public/{call.path.removeprefix('/s/')}"
    return Answer(status=302, headers={"Location": where})


def _block(post: Post) -> str:
    name = f"{post.detail['chat']}/{post.id}"
    text = html.escape(post.text, quote=False).replace("\n", "<br/>")
    text = _EMOJI.sub(r'<i class="emoji"><b>\1</b></i>', text)
    date = f'<time datetime="{post.at.isoformat(timespec="seconds")}" class="time"></time>'
    link = f'<a class="tgme_widget_message_date" href="https://t.me/{name}">{date}</a>'
    words = f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>'
    message = f'<div class="tgme_widget_message js-widget_message" data-post="{name}">'
    return f"{message}{words}{link}</div>"
