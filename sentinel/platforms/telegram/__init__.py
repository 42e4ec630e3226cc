"""Telegram: one channel or group, by a bot.

Facts: facts/platforms-a.md section 4 (the Bot API server's own source, measured
lengths). What is surprising there and kept here:

- No key makes a copy harmless, and the Bot API lists no posts. After a lost
  answer only t.me can be looked at; nothing is ever repeated on its own, and
  nothing is edited to find out, for that could overwrite another post.
- The token stands in the address of every call: no address is ever written down.
- The limit counts code points; many libraries say UTF-16 units. What fits the
  stricter of the two fits both.
- Text goes without a parse mode: a stray `_` cannot make a crisis message fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    FindResult,
    Found,
    NotSeen,
    Outcome,
    Receipt,
    Rendered,
    Unclear,
    WithdrawResult,
)
from sentinel.domain.observation import Report
from sentinel.domain.text import fit
from sentinel.platforms import (
    NO_IMAGE,
    Account,
    DocumentedQuota,
    Draft,
    Facts,
    Platform,
    Published,
    Setting,
)
from sentinel.platforms.telegram import answers, looks, pages
from sentinel.platforms.telegram.removal import remove
from sentinel.wire import Response, Steps, ask

LIMIT = 4096
_AHEAD = 8
"""How many numbers after our latest post are looked at where the list cannot be read."""


class Telegram(Platform):
    """One chat, through one bot."""

    name = "telegram"
    facts = Facts(
        operator="telegram",
        text_limit=LIMIT,
        unit="code points",
        abilities=frozenset({Ability.PUBLISH, Ability.READ_BACK, Ability.PUBLIC}),
        credential_sets=(frozenset({"bot_token"}),),
        settings={"chat": Setting(required=True)},
        identity=("chat",),
        base_url="https://api.telegram.org",
        public_url="https://t.me",
        # A rule of thumb of many users; Telegram publishes none.
        quotas=(DocumentedQuota(name="posts", limit=20, per=timedelta(minutes=1)),),
        probe_urls=("base", "public"),
        key_drops_copies="no",
        drops_copies_why="no key, and no list of our own posts; only the public page is looked at",
        exempt={
            "drops_copies": "Telegram has no key; after a lost answer only a person repeats.",
            "rate_limit_read": "Telegram tells no limit before it refuses; our own count serves.",
        },
        to_confirm=(
            "A malformed token is answered 404 `Not Found` at the public front.",
            "Without the right to post it is told `need administrator rights` or the like, as 400.",
            "`FROZEN_METHOD_INVALID` means that the account that owns the bot is frozen.",
            "A 429 with a wait of exactly 5 seconds may have taken the message: never repeated.",
            "The limit of 4,096 counts code points; what is sent fits as UTF-16 units too.",
            "20 messages a minute in one channel are taken.",
            "Deleting a message that is gone is answered `message to delete not found`.",
            "The preview of a channel holds the mark `tgme_channel_history`, even an empty one's.",
        ),
    )

    def length(self, text: str) -> int:
        """Return the number of code points."""
        return len(text)

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return the text, at most 4,096 code points and as many UTF-16 units."""
        mark = draft.link if draft.link and draft.link_is_notice else f"Nr. {draft.message.number}"
        fitted = fit(
            draft.message.content,
            channel=account.channel,
            mark=mark,
            link=draft.link,
            limit=LIMIT,
            length=_utf16,
        )
        text = fitted.text.encode("utf-8", "replace").decode()  # no halves of surrogates
        return Rendered(
            text=text,
            key=draft.delivery_id,
            length=self.length(text),
            limit=LIMIT,
            payload={"mark": mark},
            cut=fitted.cut,
            warnings=(NO_IMAGE,) if draft.message.content.image else (),
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Send it, plain. There is no key: whatever is not clear is never sent again."""
        chat = looks.chat_of(account)
        post = looks.request(account, "sendMessage", chat_id=chat, text=rendered.text)
        answer = yield from ask(replace(post, commits=True))
        if not answers.good(answer):
            return answers.outcome(answer)
        message = answers.result(answer)
        number, shown = message.get("message_id"), message.get("text")
        if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
            return Unclear(Cause.PLATFORM_FAULT, f"{answers.said(answer)}, no message_id")
        where = message.get("chat")
        name = where.get("username") if isinstance(where, dict) else None
        live = shown if isinstance(shown, str) else ""
        return Accepted(
            receipt=Receipt(post_id=str(number), permalink=pages.permalink(name, number)),
            note=pages.note_on(live, rendered),
            evidence=answers.said(answer),
        )

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Look at the channel's public page. What is not there may still have been sent."""
        name = yield from looks.public_name(account)
        if not name:
            return NotSeen("the chat is private: there is no page to look at")
        page = yield from pages.listing(account, name)
        if found := _ours(page, name, rendered):
            return found
        last = pages.number_of(account.last)
        if pages.shown(page, name) or last is None:
            return NotSeen(f"{pages.said(page)}, not among the latest posts")
        for number in range(last + 1, last + 1 + _AHEAD):  # numbers rise by one with each post
            page = yield from pages.post(account, name, number)
            if found := _ours(page, name, rendered):
                return found
        return NotSeen("not among the posts after our latest")

    def check_credentials(self, account: Account) -> Steps[Report]:
        """Ask who the bot is and whether it finds its chat."""
        return looks.credentials(account)

    def rehearse(self, account: Account) -> Steps[Report]:
        """Send a message without text, which is refused, and ask for the bot's rights."""
        return looks.may_post(account)

    def read_own(self, account: Account, last: Published | None) -> Steps[Report]:
        """Read `last` on its public page and compare the text."""
        return looks.read_own(account, last)

    def see_as_citizen(self, account: Account, last: Published | None) -> Steps[Report]:
        """Look at the preview that people without Telegram get."""
        return looks.as_citizen(account, last)

    def withdraw(self, account: Account, published: Published) -> Steps[WithdrawResult]:
        """Delete the message."""
        return remove(account, published)

    def compose_link(self, account: Account, rendered: Rendered) -> str | None:
        """Return the link that opens the channel with the text typed in.

        From core.telegram.org/api/links ("Public username links"): for whoever may
        write there. A private chat has no such link.
        """
        name = pages.name_of(account.setting("chat"))
        if not name:
            return None
        return f"https://t.me/{name}?{urlencode({'text': rendered.text}, quote_via=quote)}"


def _ours(page: Response, name: str, rendered: Rendered) -> Found | None:
    for number, text in pages.shown(page, name).items():
        if pages.is_ours(text, rendered):
            return Found(pages.receipt(name, number), pages.note_on(text, rendered))
    return None


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


PLATFORM = Telegram()
