"""What is handed to one address at once: one text, or all that waited folded into one."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sentinel.domain.named import with_numbers
from sentinel.domain.packing import packed, sms_safe
from sentinel.errors import Phrase

ROOM: Final = 20_000
"""Characters of text in one parcel; of what comes after, subjects and numbers only are told."""
NAMED: Final = 200
"""How many subjects, at most."""
LATE: Final = timedelta(minutes=10)
SMS_PARTS: Final = 2
"""How many text messages one notification may become."""
_LINK: Final = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_REPEAT: Final = Phrase(de="[Wiederholung] ", en="[repeat] ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One text in the shapes that the media ask for. `due_at`: when it should have gone out."""

    subject: str
    text: str
    html: str | None = None  # a fragment: what stands inside `<body>`
    short: str | None = None
    grave: bool = False
    exercise: bool = False
    due_at: datetime
    cut_off: bool = False  # it waited for our line


def marked(parcel: Parcel, language: str) -> Parcel:
    """Return the text with a word that it may have been read already."""
    mark = _REPEAT.in_(language)
    short = mark + parcel.short if parcel.short is not None else None
    return replace(parcel, subject=mark + parcel.subject, short=short)


def folded(parcels: Sequence[Parcel], language: str, zone: ZoneInfo, at: datetime) -> Parcel:
    """Return one parcel for all of them: the grave ones first, then in the order they were due.

    What is only an exercise comes after all that is real. One alone, in time,
    stays as it is; what comes late begins with why.
    """
    ordered = sorted(parcels, key=lambda one: (one.exercise, not one.grave, one.due_at))
    first, late = ordered[0], min(one.due_at for one in parcels) + LATE <= at
    cut_off = any(one.cut_off for one in parcels)
    if len(ordered) == 1 and not late and not cut_off:
        return first
    excuse = _excuse(ordered, zone, cut_off=cut_off).in_(language) if late or cut_off else None
    if len(ordered) == 1:
        return _excused(first, str(excuse))
    pieces, untold = _pieces(ordered, language, zone)
    paragraphs = [excuse, *pieces, untold]
    return Parcel(
        subject=_subject(ordered, language, late=excuse is not None),
        text="\n\n".join(one for one in paragraphs if one),
        html=_html(ordered[: len(pieces)], zone, excuse, untold),
        short=_short(ordered, language),
        grave=any(one.grave for one in parcels),
        exercise=first.exercise,
        due_at=min(one.due_at for one in parcels),
        cut_off=cut_off,
    )


def _subject(ordered: Sequence[Parcel], language: str, *, late: bool) -> str:
    """An alarm gives the subject whatever else there is; of the rest a number says more."""
    if ordered[0].grave or not late:
        return f"{ordered[0].subject} (+{len(ordered) - 1})"
    many = len(ordered)
    return Phrase(
        de=f"Zusammenfassung: {many} Nachrichten, die warten mussten",
        en=f"Summary: {many} pieces of news that had to wait",
    ).in_(language)


def _short(ordered: Sequence[Parcel], language: str) -> str:
    more = len(ordered) - 1
    tail = Phrase(de=f"(+{more} weitere) ", en=f"(+{more} more) ").in_(language)
    first = ordered[0].short if ordered[0].short is not None else ordered[0].subject
    said = tail + first
    return said if packed(sms_safe(said)).parts <= SMS_PARTS else first


def _excuse(ordered: Sequence[Parcel], zone: ZoneInfo, *, cut_off: bool) -> Phrase:
    since = min(one.due_at for one in ordered).astimezone(zone)
    when = f"{since:%d.%m. %H:%M}"
    if cut_off:
        return Phrase(
            de=f"Kommt verspätet (fällig seit {when}): unsere Leitung war unterbrochen.",
            en=f"This comes late (due since {when}): our line was down.",
        )
    return Phrase(
        de=f"Kommt verspätet (fällig seit {when}): bis jetzt nahm es keine Ihrer Adressen an.",
        en=f"This comes late (due since {when}): none of your addresses took it until now.",
    )


def _excused(parcel: Parcel, excuse: str) -> Parcel:
    page = parcel.html
    if page is not None:
        page = f"<p>{html.escape(excuse)}</p>\n{page}"
    return replace(parcel, text=f"{excuse}\n\n{parcel.text}", html=page)


def _pieces(
    ordered: Sequence[Parcel], language: str, zone: ZoneInfo
) -> tuple[list[str], str | None]:
    """Return the texts for which there is room, the first in any case, and a word on the rest."""
    pieces: list[str] = []
    left = ROOM
    for one in ordered:
        piece = f"{_heading(one, zone)}\n{one.text}"
        if pieces and len(piece) > left:
            break
        pieces.append(piece)
        left -= len(piece)
    rest = ordered[len(pieces) :]
    if not rest:
        return pieces, None
    subjects = list(dict.fromkeys(with_numbers(one.subject, one.text) for one in rest))
    said = "\n".join(f"- {subject}" for subject in subjects[:NAMED])
    more = "\n- …" if len(subjects) > NAMED else ""
    begins = Phrase(de=f"Und {len(rest)} weitere:", en=f"And {len(rest)} more:").in_(language)
    return pieces, f"{begins}\n{said}{more}"


def _heading(one: Parcel, zone: ZoneInfo) -> str:
    return f"== {one.due_at.astimezone(zone):%d.%m. %H:%M} {one.subject}"


def _html(
    told: Sequence[Parcel], zone: ZoneInfo, excuse: str | None, untold: str | None
) -> str | None:
    """Return the same as HTML, where the texts came as HTML too."""
    if not any(one.html is not None for one in told):
        return None
    parts = [f"<p>{html.escape(excuse)}</p>"] if excuse else []
    for one in told:
        when = f"{one.due_at.astimezone(zone):%d.%m. %H:%M}"
        words = one.html if one.html is not None else f"<p>{_lines(one.text)}</p>"
        parts.append(f"<h2>{when} {html.escape(one.subject)}</h2>\n{words}")
    if untold:
        parts.append(f"<p>{_lines(untold)}</p>")
    return "\n".join(parts)


def _lines(text: str) -> str:
    """Return plain text as HTML: its lines kept, and its links ones to press."""
    out, end = [], 0
    for link in _LINK.finditer(text):
        address = html.escape(link[0])
        out += [html.escape(text[end : link.start()]), f'<a href="{address}">{address}</a>']
        end = link.end()
    return "".join([*out, html.escape(text[end:])]).replace("\n", "<br>")
