"""By hand: whatever a person does with a text, from a loudspeaker van to a display.

There is nothing to know of it but whom to ask and how long to wait for them
(design, section 4). It is shown as confirmed by a person, and never as seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import FindResult, NotSeen, Outcome, Refused, Rendered
from sentinel.domain.text import fit, graphemes
from sentinel.platforms import NO_IMAGE, Account, Draft, Facts, Platform, Setting
from sentinel.wire import Steps

LIMIT = 5000
"""Far more than anybody reads out."""

_BY_HAND = "a person posts here"


class ByHand(Platform):
    """One task for the people whom the channel names."""

    name = "by_hand"
    facts = Facts(
        operator="own",
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
            "posts": "A person does it.",
            "reads_back": "Nobody but a person can see what a person did.",
            "drops_copies": "Nobody is asked twice; what they do with it, they know.",
            "rate_limit_read": "There is no interface that could limit us.",
            "rehearses": "There is nothing to rehearse but asking people.",
        },
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


def _length(text: str) -> int:
    return graphemes(_clean(text))


def _clean(text: str) -> str:
    """Return the text without halves of surrogates."""
    return text.encode("utf-8", "replace").decode()


PLATFORM = ByHand()
