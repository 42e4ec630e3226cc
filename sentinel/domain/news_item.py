"""One thing that staff should hear of."""

from __future__ import annotations

from dataclasses import dataclass

from sentinel.errors import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One thing that staff should hear of."""

    subject: Phrase
    text: Phrase
    details: Phrase | None = None  # what may be long: comes after every other news
    outage: str | None = None
    alarm: bool = False  # a message does not reach the citizens: it comes before all other news
