"""Names what there is no room to tell: briefly, and no message is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_NUMBER: Final = re.compile(r"\b(Nr\.|no\.) (\d+)")
MOST: Final = 200
"""Numbers of messages in one line; more than that nobody reads."""


def gathered(subjects: Iterable[str]) -> list[str]:
    """Return subjects, those that differ in a message's number alone as one with all numbers."""
    groups: dict[str, list[str]] = {}
    for subject in dict.fromkeys(subjects):
        groups.setdefault(_NUMBER.sub("", subject, count=1), []).append(subject)
    lines = []
    for shape, same in groups.items():
        if len(same) == 1:
            lines.append(same[0])
        else:
            numbers = [found[0] for one in same if (found := _NUMBER.search(one))]
            lines.append(f"{' '.join(shape.split())}: {_listed(numbers)}")
    return lines


def with_numbers(subject: str, text: str) -> str:
    """Return a letter's subject with the numbers of all messages that the letter is about."""
    told = [found[0] for found in _NUMBER.finditer(text)]
    others = [one for one in dict.fromkeys(told) if not re.search(rf"{re.escape(one)}\b", subject)]
    return f"{subject}: {_listed(others)}" if others else subject


def _listed(numbers: list[str]) -> str:
    more = ", …" if len(numbers) > MOST else ""
    return ", ".join(numbers[:MOST]) + more
