"""What platforms say afterwards about single recipients: sent, delivered, read, failed.

Kept in the delivery's memory: `sentinel.ids:N` has the platform's own name for
what it took of each recipient, `sentinel.heard:FP` the latest word about one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from sentinel.domain.chain import OUT_TO

IDS: Final = "sentinel.ids:"
HEARD: Final = "sentinel.heard:"


class PartState(StrEnum):
    """What a platform says of one recipient's copy, in the order in which it happens."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"  # it will not arrive any more


_ORDER = list(PartState)


def ids_in(memory: Mapping[str, str]) -> dict[str, str]:
    """Return the platform's names by fingerprint."""
    found: dict[str, str] = {}
    for name, value in memory.items():
        if name.startswith(IDS):
            found |= json.loads(value)
    return found


def handed(memory: Mapping[str, str], fingerprint: str) -> bool:
    """Return whether the message was begun for a recipient, taken or in doubt."""
    lines = (value for name, value in memory.items() if name.startswith(OUT_TO))
    return any(fingerprint in value for value in lines)


def surely_out(memory: Mapping[str, str]) -> bool:
    """Return whether at least one recipient surely took the message, and none told otherwise.

    Sure is who stands with 2xx in a batch that was answered (`wire.mailing` says
    how they are kept), whose copy the platform has a name for, or of whom it
    said something better than that it will not arrive.
    """
    heard = states_in(memory)
    taken = {*ids_in(memory), *heard}
    for name, value in memory.items():
        state, *groups = value.split(" ")
        if name.startswith(OUT_TO) and state == "done":
            taken.update(*(those.split(",") for code, those in map(_group, groups) if code == "2"))
    return any(heard.get(fingerprint) is not PartState.FAILED for fingerprint in taken)


def _group(text: str) -> tuple[str, str]:
    """Return the first figure of the code of a batch's group, and whom it was answered for."""
    code, _, those = text.partition(":")
    return code[:1], those


def states_in(memory: Mapping[str, str]) -> dict[str, PartState]:
    """Return the latest word about each recipient that was heard of, by fingerprint."""
    return {
        name.removeprefix(HEARD): PartState(value.split(" ")[0])
        for name, value in memory.items()
        if name.startswith(HEARD)
    }


def newer(before: PartState | None, word: PartState) -> bool:
    """Return whether `word` tells more than what was heard before.

    Receipts come late, twice and out of order. What is delivered stays
    delivered: a failure that is told afterwards is of another try.
    """
    if before is None:
        return True
    if PartState.FAILED in {before, word}:
        return before is PartState.SENT or (before is PartState.FAILED and word is not before)
    return _ORDER.index(word) > _ORDER.index(before)


def summary(memory: Mapping[str, str]) -> dict[str, int]:
    """Return how many recipients are in which state, of those that were heard of."""
    counted = Counter(states_in(memory).values())
    return {state.value: counted[state] for state in PartState if counted[state]}
