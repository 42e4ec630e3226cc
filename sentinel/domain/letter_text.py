"""A letter as plain text, and as the two text messages that somebody may be woken by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import tzinfo
from typing import Final

from sentinel.domain.letter import TO_DO, Letter, Line, shortened
from sentinel.domain.moments import hour
from sentinel.domain.packing import packed, sms_safe
from sentinel.errors import Phrase

SMS_PARTS: Final = 2
RESERVED: Final = 32
"""Units left free in a short text: for the mark of a repeat, and for how many more there are."""
SEPARATOR: Final = "\n"
"""Between what happened and what to do: a command that ends one of them stays as it is."""
_WORDS: Final = 60  # units that a link has to leave for words, or it does not come along

_TAKE: Final = Phrase(
    de="Hier übernehmen, dann enden die Erinnerungen:", en="Take it on here, and reminders end:"
)
_TAKE_FIRST: Final = Phrase(
    de="Das Dringendste davon hier übernehmen:", en="Take on the most pressing of it here:"
)
_SEE: Final = Phrase(de="Mehr dazu:", en="More about it:")


def plain_text(letter: Letter) -> str:
    """Return the letter as text: what happened first, the link before what is long."""
    paragraphs: list[str] = list(letter.above)
    several = len(letter.blocks) > 1
    for block in letter.blocks:
        lines = [_line(line) for line in block.lines]
        paragraphs.append("\n".join([f"* {block.heading}", *lines] if several else lines))
    if letter.more:
        paragraphs.append("\n".join(letter.more))
    if letter.link is not None:
        paragraphs.append(f"{link_words(letter)} {letter.link.url}")
    return "\n\n".join([*(one for one in paragraphs if one), *letter.details])


def link_words(letter: Letter) -> str:
    """Return what stands before the link."""
    matters = letter.link.acknowledges if letter.link is not None else 0
    said = _SEE if matters == 0 else _TAKE if matters == 1 else _TAKE_FIRST
    return said.in_(letter.language)


def short_text(letter: Letter, zone: tzinfo) -> str:
    """Return at most two text messages: what, since when, what to do, and the link whole.

    Of what there is no room for, whole sentences are left out. `RESERVED` units
    stay free for what whoever sends it may have to put before it.
    """
    first, *pieces = [
        [sms_safe(one) for one in _SENTENCE.split(piece)] for piece in _pieces(letter, zone)
    ]
    words, link = " ".join(first), f" {letter.link.url}" if letter.link is not None else ""
    if link and not fits(words[:1] + link, _WORDS):
        link = ""
    if not fits(words + link):
        return _beginning(words, link) + link
    for piece in pieces:
        for number, sentence in enumerate(piece):
            more = f"{words}{' ' if number else SEPARATOR}{sentence}"
            if not fits(more + link):
                break  # what follows of this piece may make no sense without it
            words = more
    return words + link


def _beginning(words: str, link: str) -> str:
    """Return as much of `words` as there is room for beside the link."""
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        good = fits(shortened(words, middle) + link)
        low, high = (middle, high) if good else (low, middle - 1)
    return shortened(words, low)


def fits(text: str, besides: int = 0) -> bool:
    """Return whether a text leaves `RESERVED` and `besides` units of its text messages free."""
    pack = packed(text)
    return pack.units <= pack.capacity(SMS_PARTS) - RESERVED - besides


def _pieces(letter: Letter, zone: tzinfo) -> Iterable[str]:
    """An alarm says what to do before it says why; an outage, whether messages are hit."""
    one, language = letter.first, letter.language
    since = one.since if one.case is None or not one.case.over else None
    when = f" ({hour(since, zone)})" if since is not None else ""
    yield f"{letter.subject}{when}."
    hit = one.means if one.case and (one.case.waiting or one.case.without) else None
    to_do = _said(one.please, language, TO_DO)
    text = _said(one.text, language)
    for piece in [to_do, text] if one.alarm else [text, _said(hit, language), to_do]:
        if piece:
            yield piece


def _said(phrase: Phrase | None, language: str, label: Phrase | None = None) -> str:
    words = " ".join(phrase.in_(language).split()) if phrase else ""
    return f"{label.in_(language)}: {words}" if label and words else words


_SENTENCE: Final = re.compile(r"(?<=[.!?])(?<!Nr\.)(?<!no\.) (?=[A-ZÄÖÜ])")


def _line(line: Line) -> str:
    return f"{line.label}: {line.text}" if line.label else line.text
