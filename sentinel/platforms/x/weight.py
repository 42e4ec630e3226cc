"""How long X thinks a text is: weights, not characters (twitter-text, configuration v3).

A web address counts 23 whatever its length, bare ones (`stadt.de`) too; one
emoji sequence counts 2 in total; Latin and much of Europe 1; all else 2.
"""

from __future__ import annotations

import regex

from sentinel.domain.links import links

_ADDRESS = 23
_EMOJI = 2
_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
_GRAPHEME = regex.compile(r"\X")
_PICTURE = regex.compile(r"\p{Extended_Pictographic}")
_FLAG_OR_KEY = regex.compile(r"\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3")


def weight(text: str) -> int:
    """Return the weighted length of a text in NFC."""
    total, done = 0, 0
    for start, end in links(text, bare=True):
        total += _plain(text[done:start]) + _ADDRESS
        done = end
    return total + _plain(text[done:])


def _plain(text: str) -> int:
    return sum(
        _EMOJI if _is_emoji(cluster) else sum(1 if _light(c) else 2 for c in cluster)
        for cluster in _GRAPHEME.findall(text)
    )


def _is_emoji(cluster: str) -> bool:
    if _FLAG_OR_KEY.match(cluster):
        return True
    pictured = _PICTURE.match(cluster) is not None
    return pictured and (len(cluster) > 1 or not _light(cluster[0]))


def _light(character: str) -> bool:
    point = ord(character)
    return any(low <= point <= high for low, high in _LIGHT)
