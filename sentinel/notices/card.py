"""A message as a picture, for platforms that show nothing else: 4:5, 1080 by 1350 pixels, JPEG.

Readable on a phone without opening it: no letter is smaller than 34 pixels of
1080. How grave it is stands there as colour, as word and as sign, so nobody has
to tell colours apart; white on each colour has a contrast of at least 7:1. An
all-clear is green and has a tick, an exercise has a striped frame and says so
twice. The same card gives the same bytes. Its text belongs in the alternative
text too: a picture of text is silent for those who listen.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw, ImageFont

from sentinel.domain.cause import Severity
from sentinel.domain.message import Kind, Message
from sentinel.notices.lines import wrap
from sentinel.notices.words import KINDS, SEVERITIES, say

SIZE = (1080, 1350)
_EDGE = 72
_ROOM = SIZE[0] - 2 * _EDGE  # for text, in pixels
_BAND = 250  # the coloured band at the top
_FOOT = 146
_PAPER, _INK, _SOFT = "#ffffff", "#111111", "#4a4a4a"
_COLOURS = {
    Severity.EXTREME: "#6a0032",
    Severity.SEVERE: "#9b0000",
    Severity.MODERATE: "#7a3e00",
    Severity.MINOR: "#003f7d",
}
_CALM = "#00522b"
# Sizes of headline and text that are tried, the largest first.
_SIZES = ((84, 50), (80, 46), (76, 46), (72, 42), (68, 42), (64, 38), (60, 38), (56, 38))
_SMALL = 34
_LEADING = 1.28
_SOFTER = ("\u00ad", "\u200b", "\u200d", "\ufe0f")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What stands on it."""

    organisation: str
    number: int
    kind: Kind
    severity: Severity
    headline: str
    text: str
    instruction: str = ""
    at: datetime
    timezone: str
    exercise: bool = False
    language: str = "de"
    link: str = ""

    @classmethod
    def of(
        cls, message: Message, *, organisation: str, timezone: str, at: datetime, link: str | None
    ) -> Card:
        """Return the card of a message; `link` is written out, since nobody can tap it."""
        content = message.content
        return cls(
            organisation=organisation,
            number=message.number,
            kind=message.kind,
            severity=content.severity,
            headline=content.headline,
            text=content.text,
            instruction=content.instruction or "",
            at=at,
            timezone=timezone,
            exercise=content.exercise,
            language=content.language,
            link=link or "",
        )


@lru_cache(maxsize=16)
def jpeg(card: Card) -> bytes:
    """Return the picture. Never fails for what stands in it: what no letter shows is left out."""
    image = Image.new("RGB", SIZE, _PAPER)
    draw = ImageDraw.Draw(image)
    colour = _CALM if card.kind is Kind.ALL_CLEAR else _COLOURS[card.severity]
    top = _band(draw, card, colour)
    _middle(draw, card, top)
    _foot(draw, card, colour)
    if card.exercise:
        _frame(draw, colour)
    out = BytesIO()
    image.save(out, "JPEG", quality=88, subsampling=0, optimize=True)
    return out.getvalue()


def _band(draw: ImageDraw.ImageDraw, card: Card, colour: str) -> int:
    """Draw what it is, and return where the rest begins."""
    bottom = _BAND + (110 if card.exercise else 0)
    draw.rectangle((0, 0, SIZE[0], bottom), fill=colour)
    _sign(draw, card)
    label = KINDS[card.kind] if card.kind is Kind.ALL_CLEAR else SEVERITIES[card.severity]
    left, room = _EDGE + 190, _ROOM - 190
    word = label.in_(card.language).upper()
    size = next((s for s in range(76, 39, -2) if _wide(word, s, bold=True) <= room), 40)
    draw.text((left, 58), word, font=_font(size, bold=True), fill=_PAPER)
    about = card.organisation
    if card.kind is Kind.UPDATE:
        about = f"{KINDS[card.kind].in_(card.language)} · {about}"
    line = _shortened(_shown(about), room, 42, bold=False)
    draw.text((left, 158), line, font=_font(42), fill=_PAPER)
    if card.exercise:
        note = f"{say('exercise', card.language)}: {say('exercise_note', card.language)}"
        size = next((s for s in range(44, 25, -2) if _wide(note, s, bold=True) <= _ROOM), 26)
        draw.rectangle((_EDGE - 20, _BAND, SIZE[0] - _EDGE + 20, bottom - 24), fill=_PAPER)
        draw.text((_EDGE, _BAND + 18), note, font=_font(size, bold=True), fill=_INK)
    return bottom + 48


def _sign(draw: ImageDraw.ImageDraw, card: Card) -> None:
    """Draw a tick, a triangle with an exclamation mark, or a circle with an i."""
    left, top, size = _EDGE, 55, 150
    if card.kind is Kind.ALL_CLEAR:
        tick = ((left + 5, top + 80), (left + 55, top + 130), (left + 145, top + 20))
        draw.line(tick, fill=_PAPER, width=26, joint="curve")
        return
    grave = card.severity.grave
    if grave:
        draw.polygon(
            ((left + size // 2, top), (left + size, top + 140), (left, top + 140)), fill=_PAPER
        )
    else:
        draw.ellipse((left, top, left + 140, top + 140), fill=_PAPER)
    mark, font = ("!" if grave else "i"), _font(100 if grave else 110, bold=True)
    middle = (left + (size if grave else 140) / 2, top + (88 if grave else 70))
    draw.text(middle, mark, font=font, fill=_INK, anchor="mm")


def _middle(draw: ImageDraw.ImageDraw, card: Card, top: int) -> None:
    """Draw headline, text and instruction: as large as they fit, the text cut if they never do."""
    bottom = SIZE[1] - _FOOT - 24
    lines = _set_to_fit(card, bottom - top)
    y = float(top)
    for text, size, bold, height in lines:
        if y + height > bottom:
            break
        draw.text((_EDGE, y), text, font=_font(size, bold=bold), fill=_INK)
        y += height


_Line = tuple[str, int, bool, float]


def _set_to_fit(card: Card, room: float) -> list[_Line]:
    """Return it set as large as fits, with whole words if they can be; else cut, at the end."""
    text, instruction = _shown(card.text), _shown(card.instruction)
    whole = [sizes for sizes in _SIZES if _unbroken(card, text, instruction, *sizes)]
    for large, small in (*whole, *_SIZES):
        lines = _set(card, large, small, text, instruction)
        if _high(lines) <= room:
            return lines
    large, small = _SIZES[-1]
    return (
        _cut(text, lambda kept: _set(card, large, small, kept, instruction), room)
        or _cut(instruction, lambda kept: _set(card, large, small, "", kept), room)
        or _set(card, large, small, "", "")
    )


def _unbroken(card: Card, text: str, instruction: str, large: int, small: int) -> bool:
    said = ((_shown(card.headline), large, True), (text, small, False), (instruction, small, True))
    return all(
        _wide(word, size, bold=bold) <= _ROOM
        for words, size, bold in said
        for word in words.split()
    )


def _cut(text: str, setting: Callable[[str], list[_Line]], room: float) -> list[_Line]:
    """Return the setting of as many words as fit; nothing if not even the first does."""
    words = text.split()
    kept = bisect_right(
        range(1, len(words)), room, key=lambda n: _high(setting(" ".join(words[:n]) + " …"))
    )
    return setting(" ".join(words[:kept]) + " …") if kept else []


def _high(lines: Sequence[_Line]) -> float:
    return sum(height for *_, height in lines)


def _set(card: Card, large: int, small: int, text: str, instruction: str) -> list[_Line]:
    lines = list(_lines(_shown(card.headline), large, bold=True, after=26))
    lines += _lines(text, small, bold=False, after=26)
    lines += _lines(instruction, small, bold=True, after=0)
    return lines


def _lines(text: str, size: int, *, bold: bool, after: int) -> Iterator[_Line]:
    if not text:
        return
    wrapped = wrap(text, _ROOM, lambda part: _wide(part, size, bold=bold))
    for number, line in enumerate(wrapped, start=1):
        yield line, size, bold, size * _LEADING + (after if number == len(wrapped) else 0)


def _foot(draw: ImageDraw.ImageDraw, card: Card, colour: str) -> None:
    top = SIZE[1] - _FOOT
    draw.rectangle((0, top, SIZE[0], top + 8), fill=colour)
    local = card.at.astimezone(ZoneInfo(card.timezone))
    german = card.language.lower().startswith("de")
    when = local.strftime("%d.%m.%Y, %H:%M Uhr" if german else "%Y-%m-%d, %H:%M")
    number = f"{say('number', card.language)} {card.number}"
    room = _ROOM
    draw.text((_EDGE, top + 20), when, font=_font(_SMALL, bold=True), fill=_INK)
    draw.text(
        (SIZE[0] - _EDGE, top + 20), number, font=_font(_SMALL, bold=True), fill=_INK, anchor="ra"
    )
    link = _shown(card.link.removeprefix("https://").rstrip("/"))
    if _wide(link, _SMALL, bold=False) > room:  # nobody types half an address
        link = link.partition("/")[0]
    link = _shortened(link, room, _SMALL, bold=False)
    draw.text((_EDGE, top + 68), link, font=_font(_SMALL), fill=_SOFT)


def _frame(draw: ImageDraw.ImageDraw, colour: str) -> None:
    """Draw stripes all round."""
    width, step = 26, 52
    for start in range(-SIZE[1], SIZE[0] + SIZE[1], step):
        for y in (0, SIZE[1] - width):
            corners = ((start, y + width), (start + width, y), (start + 2 * width, y))
            draw.polygon((*corners, (start + width, y + width)), fill=_stripe(colour, y))
    for start in range(0, SIZE[1], step):
        for x in (0, SIZE[0] - width):
            draw.polygon(
                (
                    (x, start + width),
                    (x + width, start),
                    (x + width, start + width),
                    (x, start + step),
                ),
                fill=_stripe(colour, start),
            )


def _stripe(colour: str, y: int) -> str:
    return _PAPER if y < _BAND else colour


def _shortened(text: str, room: float, size: int, *, bold: bool) -> str:
    if _wide(text, size, bold=bold) <= room:
        return text
    for kept in range(len(text) - 1, 0, -1):
        if _wide(f"{text[:kept]}…", size, bold=bold) <= room:
            return f"{text[:kept]}…"
    return "…"


def _wide(text: str, size: int, *, bold: bool) -> float:
    """Return how wide a text is at most: letter by letter, since a text is measured often."""
    return sum(_advance(letter, size, bold=bold) for letter in text)


@lru_cache(maxsize=16_384)
def _advance(letter: str, size: int, *, bold: bool) -> float:
    return _font(size, bold=bold).getlength(letter)


@cache
def _font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    content = (files("sentinel.notices") / "fonts" / name).read_bytes()
    return ImageFont.truetype(BytesIO(content), size, layout_engine=ImageFont.Layout.BASIC)


def _shown(text: str) -> str:
    """Return `text` without what the font has no letter for, such as emoji."""
    kept = "".join(each for each in text if each not in _SOFTER and (each == "\n" or _known(each)))
    return "\n".join(" ".join(line.split()) for line in kept.split("\n")).strip()


@lru_cache(maxsize=4096)
def _known(letter: str) -> bool:
    if letter.isspace():
        return True
    if not letter.isprintable() or not _drawn(letter):
        return False
    return _drawn(letter) != _drawn("\uffff")


def _drawn(letter: str) -> Sequence[int] | bytes:
    return bytes(_font(40).getmask(letter))
