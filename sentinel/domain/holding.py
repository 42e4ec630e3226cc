"""What keeps an ability from counting as up although it may be well again."""

from __future__ import annotations

from enum import StrEnum

from sentinel.domain.cause import EFFECTS, State
from sentinel.domain.health import Verdict


class HeldBy(StrEnum):
    """What has to come before an ability counts as up again."""

    CALM = "calm"  # seen well, but it changed so often that it must stay calm until `until`
    RISE = "rise"  # seen well, but not yet often enough in a row
    RESET = "reset"  # the platform's own word: until then
    PERSON = "person"  # somebody has to do something about it


def held_by(verdict: Verdict) -> HeldBy | None:
    """Return what an ability that is not up waits for; None: for a better finding."""
    if verdict.state is State.UP or verdict.state is State.UNKNOWN:
        return None
    if verdict.flaps:
        return HeldBy.CALM
    if verdict.cause is not None and EFFECTS[verdict.cause].needs_person:
        return HeldBy.PERSON
    if verdict.until is not None:
        return HeldBy.RESET
    weightiest = verdict.items[:1]
    return HeldBy.RISE if any(item.good_since for item in weightiest) else None
