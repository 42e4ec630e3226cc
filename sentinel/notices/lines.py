"""Breaking text into lines that fit a width in pixels, with German words as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

Width = Callable[[str], float]

_VOWELS = frozenset("aeiouyäöüAEIOUYÄÖÜ")
_WHOLE = ("sch", "ch", "ck", "ph", "qu", "th")  # never parted; the longest first
_SHORTEST = 3  # letters before and after a break
_MOST = 200  # letters that are looked at: more fit no line


def wrap(text: str, width: float, measure: Width) -> list[str]:
    """Return `text` in lines no wider than `width`; line breaks in it stay.

    A word that fits no line is broken with a hyphen, between syllables if one
    is found, and only if nothing else helps in their middle.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(_paragraph(paragraph.split(), width, measure))
    return lines


def _paragraph(words: list[str], width: float, measure: Width) -> Iterator[str]:
    line = ""
    for word in words:
        joined = f"{line} {word}".strip()
        if measure(joined) <= width:
            line = joined
            continue
        if line and (measure(word) <= width or _room(line, word, width, measure) == 0):
            yield line
            line = ""
        *whole, line = _broken(line, word, width, measure)
        yield from whole
    yield line


def _broken(line: str, word: str, width: float, measure: Width) -> Iterator[str]:
    """Yield the lines that `word` fills behind `line`, the last one not yet full."""
    while measure(joined := f"{line} {word}".strip()) > width and len(word) > 1:
        kept = _room(line, word, width, measure) or _as_much(word, width, measure)
        dash = "" if word[kept - 1] in "-–/" else "-"
        yield f"{line} {word[:kept]}{dash}".strip()
        line, word = "", word[kept:]
        joined = word
    yield joined


def _room(line: str, word: str, width: float, measure: Width) -> int:
    """Return how many letters of `word` fit behind `line` up to a good break; 0: none do."""
    return next(
        (
            at
            for at in reversed(breaks(word[:_MOST]))
            if measure(f"{line} {word[:at]}-".strip()) <= width
        ),
        0,
    )


def _as_much(word: str, width: float, measure: Width) -> int:
    """Return how many letters fit a line, whatever they are; at least one."""
    for kept in range(1, min(len(word), _MOST)):
        if measure(f"{word[: kept + 1]}-") > width:
            return kept
    return min(len(word), _MOST) - 1 or 1


def breaks(word: str) -> list[int]:
    """Return where a word may be parted: after its hyphens, and before a syllable.

    A syllable begins with the last consonant between two vowels. That is the
    rule of thumb of German spelling; compounds are sometimes parted late.
    """
    found = [at for at, (before, _) in enumerate(pairwise(word), start=1) if before in "-–/"]
    for at in range(_SHORTEST, len(word) - _SHORTEST + 1):
        if word[at] in _VOWELS or not word[at].isalpha() or word[at + 1] not in _VOWELS:
            continue
        if any(letter in _VOWELS for letter in word[:at]):
            found.append(_before_the_whole(word, at))
    return sorted(set(found))


def _before_the_whole(word: str, at: int) -> int:
    """Return the break moved before letters that belong together and end at `at`."""
    for whole in _WHOLE:
        start = at + 1 - len(whole)
        if start >= _SHORTEST and word[start : at + 1].lower() == whole:
            return start
    return at
