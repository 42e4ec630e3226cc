"""When an outage opens and closes: an open period in which an ability is not up."""

from __future__ import annotations

from enum import StrEnum

from sentinel.domain.cause import EFFECTS, Cause, State
from sentinel.domain.health import Verdict


class OutageKind(StrEnum):
    """What an outage is about."""

    CHANNEL = "channel"  # an ability of a channel
    UPLINK = "uplink"  # our own line
    STRANDED = "stranded"  # a message that no channel carries
    EDGE = "edge"  # a service in front of several channels
    NODE = "node"  # another daemon that went without a goodbye


class Turn(StrEnum):
    """What a changed verdict means for the outage of its ability."""

    OPENS = "opens"
    CHANGES = "changes"  # still bad, for another cause
    CLOSES = "closes"
    NOTHING = "nothing"


def turn(verdict: Verdict, *, is_open: bool) -> Turn:
    """Return what `verdict` means, given whether an outage of this ability is open.

    Doubt neither opens nor closes one: what was down stays an outage until
    it is seen to be up. Where nobody looks any more (its probe is off, only
    the way there had failed), the end of the failure is its end.
    """
    if verdict.state in {State.DOWN, State.DEGRADED}:
        counts = verdict.cause is None or EFFECTS[verdict.cause].outage
        if not counts:
            return Turn.NOTHING
        return Turn.CHANGES if is_open else Turn.OPENS
    over = verdict.state is State.UP or verdict.cause is Cause.NOT_OBSERVED
    if over and is_open:
        return Turn.CLOSES
    return Turn.NOTHING
