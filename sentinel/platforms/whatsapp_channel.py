"""A WhatsApp channel: a person with the phone posts, and confirms.

Facts: facts/platforms-b.md section 5.1. Meta documents no interface for
channels, and driving a person's session from outside is against its terms.
The channel's link shows name and description without login, but no posts:
nothing can be looked at. So it is shown as confirmed by a person, and never as
seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import FindResult, NotSeen, Outcome, Refused, Rendered
from sentinel.domain.text import fit, graphemes
from sentinel.platforms import NO_IMAGE, Account, Draft, Facts, Platform, Setting
from sentinel.wire import Steps

LIMIT = 700
"""What is shown before "read more"; the link behind it leads to the rest."""

_BY_HAND = "a person posts here"


class WhatsAppChannel(Platform):
    """One channel, through whoever holds its phone."""

    name = "whatsapp_channel"
    facts = Facts(
        operator="meta",
        text_limit=LIMIT,
        unit="characters",
        abilities=frozenset({Ability.PUBLISH}),
        settings={
            "contacts": Setting(kind="list", required=True),
            "confirm_within": Setting(kind="duration", default=timedelta(minutes=15)),
            "public_url": Setting(kind="url"),
        },
        identity=("public_url", "contacts"),
        needs_base_url=False,
        probe_urls=(),
        by_hand=True,
        key_drops_copies="no",
        drops_copies_why="a person posts, and is asked once",
        exempt={
            "posts": "Channels have no interface; whoever holds the phone posts.",
            "reads_back": "The posts of a channel are readable in WhatsApp alone.",
            "drops_copies": "Nobody is asked twice; what they do with it, they know.",
            "rate_limit_read": "There is no interface that could limit us.",
            "rehearses": "There is nothing to rehearse but asking people.",
        },
        to_confirm=(
            "About 700 characters are shown before `read more`.",
            "A post in a channel stays for 30 days.",
        ),
    )

    def length(self, text: str) -> int:
        """Return the number of characters that a person sees."""
        return graphemes(text)

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return the text that is ready to be posted."""
        content = draft.message.content
        mark = draft.link if draft.link and draft.link_is_notice else f"Nr. {draft.message.number}"
        fitted = fit(
            content,
            channel=account.channel,
            mark=mark,
            link=draft.link,
            limit=LIMIT,
            length=_length,
        )
        text = _clean(fitted.text)
        return Rendered(
            text=text,
            key=draft.delivery_id,
            length=graphemes(text),
            limit=LIMIT,
            cut=fitted.cut,
            warnings=(NO_IMAGE,) if content.image else (),
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Refuse: the service asks the channel's contacts instead (`Facts.by_hand`)."""
        yield from ()
        return Refused(Cause.BAD_CONFIGURATION, evidence=_BY_HAND)

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Say that nobody can look."""
        yield from ()
        return NotSeen(_BY_HAND)

    def compose_link(self, account: Account, rendered: Rendered) -> str | None:
        """Return a link that opens WhatsApp with the text typed in; the channel is chosen there."""
        return f"https://wa.me/?text={quote(rendered.text)}"


def _length(text: str) -> int:
    return graphemes(_clean(text))


def _clean(text: str) -> str:
    """Return the text without halves of surrogates."""
    return text.encode("utf-8", "replace").decode()


PLATFORM = WhatsAppChannel()
