"""Making a message fit a channel, by the channel's own way of counting.

The order of what survives is the contract's: headline, instruction and link
stay whole, the text is cut at a sentence; where even these do not fit, the
short text goes out, else headline and link. Every text carries its mark (the
notice's own link, or "Nr. 17"), so that a look-up cannot mistake yesterday's
equal warning for this one; the mark's length is reserved first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import regex

from sentinel.domain.message import Content

EXERCISE = "ÜBUNG"
_ELLIPSIS = "…"
# A sentence ends at . ! ? or … before white space, but not after an abbreviation ("z. B.",
# "ca. 500 m"), an ordinal ("5. Juli") or before a small letter ("Bahnhofstr. ist gesperrt");
# a line break always ends one.
_ABBREVIATIONS = (
    "abs art bzgl bzw ca co dr evtl gegr ggf hl hr inkl max min mio mr mrs nr pl prof rd "
    "sog st std str tel vgl zzgl"
).replace(" ", "|")
_SENTENCE = regex.compile(
    rf"(?<=[.!?…])(?<!\b\p{{L}}\.)(?<!\d\.)(?<!(?i:\b(?:{_ABBREVIATIONS})|str)\.)\s++(?!\p{{Ll}})|\n+"
)
_GRAPHEME = regex.compile(r"\X")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A text that fits. `cut` names the fields that were shortened or left out."""

    text: str
    length: int
    cut: tuple[str, ...] = ()


def fit(
    content: Content,
    *,
    channel: str,
    mark: str,
    link: str | None,
    limit: int,
    length: Callable[[str], int],
) -> Fitted:
    """Return the text of `content` for one channel, at most `limit` long by `length`.

    Args:
        content: What is to be said.
        channel: The channel's name, for a text written just for it.
        mark: Put at the end unless `link` already holds it.
        link: Kept whole at the end, or None.
        limit: In the unit of `length`.
        length: The platform's own count.
    """
    tail = _tail(mark, link)
    for parts, cut in _candidates(content, channel, tail):
        text = "\n\n".join(part for part in parts if part)
        size = length(text)
        if size <= limit:
            return Fitted(text=text, length=size, cut=cut)
    return _hard_cut(_lead(content), tail, limit, length)


def graphemes(text: str) -> int:
    """Return how many characters a person sees."""
    return len(_GRAPHEME.findall(text))


def _tail(mark: str, link: str | None) -> str:
    if link is None:
        return mark
    return link if mark in link else f"{link} ({mark})"


def _lead(content: Content) -> str:
    return f"{EXERCISE}: {content.headline}" if content.exercise else content.headline


def _candidates(
    content: Content, channel: str, tail: str
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield (parts, what was cut), best first."""
    lead, instruction = _lead(content), content.instruction or ""
    exercise = f"{EXERCISE}: " if content.exercise else ""
    if own := content.texts.get(channel):
        yield (exercise + own, tail), ()
        for shorter in _sentences_off(own):
            yield (exercise + shorter, tail), (f"texts.{channel}",)
    yield (lead, content.text, instruction, tail), ()
    for shorter in _sentences_off(content.text):
        yield (lead, shorter, instruction, tail), ("text",)
    yield (lead, instruction, tail), ("text",)
    also = ("instruction",) if instruction else ()
    if content.short_text:
        yield (exercise + content.short_text, tail), ("headline", "text", *also)
    yield (lead, tail), ("text", *also)


def _sentences_off(text: str) -> Iterator[str]:
    """Yield `text` with one more sentence cut from its end each time, never empty."""
    ends = [match.start() for match in _SENTENCE.finditer(text.strip())]
    for end in reversed(ends):
        if kept := text.strip()[:end].rstrip():
            yield kept


def _hard_cut(lead: str, tail: str, limit: int, length: Callable[[str], int]) -> Fitted:
    cut = ("headline", "text", "instruction")
    shown = _GRAPHEME.findall(lead)
    for kept in range(len(shown) - 1, -1, -1):
        text = f"{''.join(shown[:kept]).rstrip()}{_ELLIPSIS}\n\n{tail}"
        if (size := length(text)) <= limit:
            return Fitted(text=text, length=size, cut=cut)
    shown = _GRAPHEME.findall(f"{lead} {tail}")
    for kept in range(len(shown), -1, -1):
        text = "".join(shown[:kept])
        if (size := length(text)) <= limit:
            return Fitted(text=text, length=size, cut=(*cut, "link"))
    return Fitted(text="", length=0, cut=(*cut, "link"))
