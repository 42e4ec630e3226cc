"""How a text is packed into SMS (GSM 03.38 and 23.038; facts/platforms-b.md section 9.1).

A text whose letters all stand in the GSM alphabet counts septets, any other
UTF-16 units. A text that needs more than one SMS has less room in each, and
neither an escape pair nor a surrogate pair is cut: so parts are packed, and not
divided.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[~]|€\f")

SEPTETS, SEPTETS_A_PART = 160, 153
UNITS, UNITS_A_PART = 70, 67

_ALIKE = {
    **dict.fromkeys("„“”‟«»″", '"'),
    **dict.fromkeys("‚‘’‛‹›′`´", "'"),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2008\u2009\u200a\u202f\t", " "),
    **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),
    **dict.fromkeys("•·▪‣", "*"),
    "…": "...",
    "ẞ": "SS",
    "ç": "c",
    "×": "x",
    "→": "->",
    "⇒": "=>",
}
_MARKS = frozenset("\u0300\u0301\u0302\u0303\u0308\u030a\u030c\u0327")
_LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Packed:
    """A text as it is sent: how it counts, and over how many SMS it goes."""

    gsm: bool
    units: int  # septets, or UTF-16 units
    parts: int

    def capacity(self, parts: int) -> int:
        """Return how many units so many SMS hold at most."""
        single, each = (SEPTETS, SEPTETS_A_PART) if self.gsm else (UNITS, UNITS_A_PART)
        return single if parts == 1 else each * parts


def in_gsm(text: str) -> bool:
    """Return whether every letter stands in the GSM alphabet."""
    return all(letter in _BASIC or letter in _EXTENSION for letter in text)


def packed(text: str) -> Packed:
    """Return how a text is packed."""
    gsm = in_gsm(text)
    widths = [_septets(letter) if gsm else _units(letter) for letter in text]
    total = sum(widths)
    single, each = (SEPTETS, SEPTETS_A_PART) if gsm else (UNITS, UNITS_A_PART)
    if total <= single:
        return Packed(gsm, total, min(total, 1))
    parts, used = 1, 0
    for width in widths:
        if used + width > each:
            parts, used = parts + 1, 0
        used += width
    return Packed(gsm, total, parts)


def sms_safe(text: str) -> str:
    """Return the text in the GSM alphabet, if only its typography stands in the way.

    Quotation marks, dashes and the like have a plain twin that says the same;
    an address does not, and is left as it is. Where a letter is left that has
    none (another script, an emoji), nothing is changed: it would cost the same.
    """
    if in_gsm(text):
        return text
    pieces, end = [], 0
    for link in _LINK.finditer(text):
        pieces += [_plain(text[end : link.start()]), link[0]]
        end = link.end()
    plain = "".join([*pieces, _plain(text[end:])])
    return plain if in_gsm(plain) else text


def _plain(text: str) -> str:
    return "".join(_twin(letter) for letter in unicodedata.normalize("NFC", text))


def _twin(letter: str) -> str:
    if letter in _BASIC or letter in _EXTENSION:
        return letter
    if letter in _ALIKE:
        return _ALIKE[letter]
    apart = unicodedata.normalize("NFD", letter)
    bare = len(apart) > 1 and apart[0] in _BASIC and set(apart[1:]) <= _MARKS
    return apart[0] if bare else letter


def _septets(letter: str) -> int:
    return 2 if letter in _EXTENSION else 1


def _units(letter: str) -> int:
    return 2 if ord(letter) > 0xFFFF else 1  # noqa: PLR2004 - the end of the basic plane
