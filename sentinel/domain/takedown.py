"""Taking a live post down because a person asked for it: how often it is tried, and how long.

Deleting is harmless to repeat, so it is tried again after every answer that is
not "gone", with growing pauses, and after an hour a person has to do it. What
is counted are the pauses themselves: neither a clock that jumps nor a night
without the daemon ends the hour early.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Delivery
from sentinel.domain.pauses import backoff

GIVE_UP_AFTER = timedelta(hours=1)


class Obstacle(StrEnum):
    """Why the machine leaves it to a person."""

    PLATFORM = "platform"  # what was published there cannot be taken down
    BY_PERSON = "by_person"  # a person posted it: we do not know the post's id
    RULES = "rules"  # the rules no longer have the account
    GAVE_UP = "gave_up"  # it refused for an hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What was done so far to take one post down."""

    tries: int = 0
    waited_s: float = 0.0
    told: tuple[str, ...] = ()  # causes that staff have heard of

    @property
    def over(self) -> bool:
        """True once it has been tried for so long that a person has to do it."""
        return self.waited_s >= GIVE_UP_AFTER.total_seconds()


def another(effort: Effort) -> Effort:
    """Return the effort with one more try."""
    return replace(effort, tries=effort.tries + 1)


def refused(effort: Effort, cause: Cause) -> tuple[Effort, timedelta, bool]:
    """Return the effort after a try in vain, the pause before the next, and whether to tell staff.

    Staff hear of each cause once.
    """
    pause = backoff(effort.tries)
    waited = effort.waited_s + pause.total_seconds()
    news = cause.value not in effort.told
    told = (*effort.told, cause.value) if news else effort.told
    return replace(effort, waited_s=waited, told=told), pause, news


def obstacle(delivery: Delivery, *, ours: bool, able: bool) -> Obstacle | None:
    """Return why the machine cannot even try, or None if it can.

    Args:
        delivery: A live delivery.
        ours: Whether the rules still have its account.
        able: Whether the platform lets a post be taken down.
    """
    if not ours:
        return Obstacle.RULES
    if not able:
        return Obstacle.PLATFORM
    if delivery.receipt is None or not delivery.receipt.post_id:
        return Obstacle.BY_PERSON
    return None


def to_data(effort: Effort) -> dict[str, Any]:
    """Return the effort as plain data."""
    return {"tries": effort.tries, "waited_s": effort.waited_s, "told": list(effort.told)}


def from_data(data: Mapping[str, Any] | None) -> Effort:
    """Return the effort that `to_data` wrote; without data, one that has not begun."""
    if data is None:
        return Effort()
    return Effort(tries=data["tries"], waited_s=data["waited_s"], told=tuple(data["told"]))
