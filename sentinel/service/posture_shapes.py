"""What the posture looks like outside, and what keeps a message from going out."""

from __future__ import annotations

from sentinel.domain.message import Message, MessageState
from sentinel.domain.posture import Posture, Stance, holds
from sentinel.service.shapes import Shape, stamp
from sentinel.storage.view import View


def stance_shape(stance: Stance | None) -> Shape:
    """Return how the city stands: calm or crisis, since when, and what turned it."""
    if stance is None:
        return {
            "posture": Posture.CALM,
            "since": None,
            "why": None,
            "reason": "",
            "by": None,
            "message": None,
        }
    return {
        "posture": stance.posture,
        "since": stamp(stance.since),
        "why": stance.why,
        "reason": stance.reason,
        "by": stance.by,
        "message": stance.message,
    }


async def held_by(view: View, message: Message, state: MessageState) -> str | None:
    """Return what a held message waits for the end of: `crisis`, or `hold` of all publishing."""
    if state is not MessageState.HELD:
        return None
    return "crisis" if holds(await view.stance(), message) else "hold"
