"""What an operator says of its own platform on its status page: shown, never believed.

Status pages are late (Meta listed the outage of 5 March 2024 seventeen minutes
after it began) and fall silent with the platform itself (4 October 2021). So a
word is evidence for people beside a verdict, and no verdict is made from it:
it is no finding, and nothing in `sentinel.domain.health` knows of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sentinel.errors import Phrase


class Says(StrEnum):
    """What the page says, in one word."""

    FINE = "fine"
    MAINTENANCE = "maintenance"
    TROUBLE = "trouble"
    UNKNOWN = "unknown"  # it answered, in words that we do not know: never taken for "fine"

    @property
    def weight(self) -> int:
        """Of several parts of a page the heaviest speaks for it."""
        return [Says.FINE, Says.UNKNOWN, Says.MAINTENANCE, Says.TROUBLE].index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorWord:
    """The last word of a status page. `text` is the page's own, cleaned and cut."""

    says: Says
    text: str
    source: str  # the page's host
    at: datetime
    fresh_until: datetime | None = None  # None: nobody has said how long it may be shown


def fresh(word: OperatorWord | None, at: datetime) -> OperatorWord | None:
    """Return the word if it may still be shown at `at`."""
    if word is None or (word.fresh_until is not None and word.fresh_until <= at):
        return None
    return word


def quoted(word: OperatorWord) -> Phrase:
    """Return what the page says as one sentence for a press officer."""
    claim = _CLAIMS[word.says]
    text = f" („{word.text}“)" if word.text else "", f' ("{word.text}")' if word.text else ""
    return Phrase(
        de=f"{word.source} sagt: {claim.de}{text[0]}.",
        en=f"{word.source} says: {claim.en}{text[1]}.",
    )


def beside(sentence: Phrase, word: OperatorWord | None, at: datetime) -> Phrase:
    """Return a verdict's sentence with the operator's word behind it, if there is a fresh one."""
    current = fresh(word, at)
    if current is None:
        return sentence
    said = quoted(current)
    return Phrase(de=f"{sentence.de} {said.de}", en=f"{sentence.en} {said.en}")


_CLAIMS = {
    Says.FINE: Phrase(de="keine Störung", en="no trouble"),
    Says.MAINTENANCE: Phrase(de="Wartungsarbeiten", en="maintenance"),
    Says.TROUBLE: Phrase(de="Störung", en="trouble"),
    Says.UNKNOWN: Phrase(de="nichts, was wir deuten können", en="nothing that we can read"),
}
