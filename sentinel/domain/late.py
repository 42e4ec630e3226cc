"""Posting late, on a better channel that came back, and saying so.

A better channel that was passed over for a trouble of its own gets the message
too once it is well again, while the message is valid. One on which it may be
out already does not, and one whose platform refused the words does not either.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sentinel.domain.message import Content, Variant
from sentinel.domain.plan import Reason
from sentinel.errors import Phrase

LATE: Final = timedelta(minutes=5)
"""A post that goes out longer than this after its message was due names the time of it."""

TROUBLES = frozenset(
    {Reason.IMPAIRED, Reason.FAILED, Reason.WAITED, Reason.CHANNEL_REFUSED, Reason.FROZEN}
)
"""Reasons for passing a channel over that may go away."""


def outlasts(known: Reason, new: Reason) -> bool:
    """Return whether the known reason stays the one to tell.

    That a channel was not needed in the end does not undo that it was in trouble.
    """
    return known in TROUBLES and new is Reason.NOT_NEEDED


def dated(content: Content, due: datetime, at: datetime) -> Content:
    """Return `content` as it is to be posted at `at`: if that is late, each text names the time.

    Both moments are given in the organisation's time zone: they are shown.
    """
    if at - due <= LATE:
        return content
    moment = _moment(due, at)
    said = moment.in_(content.language)
    return replace(
        content,
        headline=said + content.headline,
        event=content.event or content.headline,
        short_text=said + content.short_text if content.short_text else None,
        texts={channel: said + text for channel, text in content.texts.items()},
        variants=tuple(_variant(variant, moment) for variant in content.variants),
    )


def _moment(due: datetime, at: datetime) -> Phrase:
    if due.date() == at.date():
        return Phrase(de=f"Meldung von {due:%H:%M} Uhr: ", en=f"Message of {due:%H:%M}: ")
    return Phrase(
        de=f"Meldung vom {due:%d.%m.%Y}, {due:%H:%M} Uhr: ",
        en=f"Message of {due:%Y-%m-%d}, {due:%H:%M}: ",
    )


def _variant(variant: Variant, moment: Phrase) -> Variant:
    said = moment.in_(variant.language)
    short = said + variant.short_text if variant.short_text else None
    return replace(variant, headline=said + variant.headline, short_text=short)
