"""What a crisis, or a clock set back, does to posts that are planned already: they wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sentinel.domain.delivery import Delivery, DeliveryState
from sentinel.domain.message import Message
from sentinel.domain.posture import Stance, holds, scheduled
from sentinel.service.outages import DAEMON
from sentinel.service.shapes import stamp
from sentinel.storage.view import Unit

PAUSED: Final = "sentinel.paused"
"""What a delivery remembers while its message waits, mostly for the end of a crisis."""


async def paused(
    unit: Unit,
    stance: Stance | None,
    message: Message,
    deliveries: Sequence[Delivery],
    at: datetime,
) -> list[Delivery]:
    """Return a message's deliveries as they wait, or wait no more; what changed is written.

    One that waits is due when the message ends, and so is never begun. The time
    that it waited is not its channel's fault: patience begins anew. What was due
    already, and by a clock that was set back is not any more, waits as well.
    """
    held = holds(stance, message) or not message.is_due(at)
    return [await _turned(unit, message, one, at, held=held) for one in deliveries]


async def _turned(
    unit: Unit, message: Message, delivery: Delivery, at: datetime, *, held: bool
) -> Delivery:
    waits = bool(delivery.memory.get(PAUSED))
    moved = held and delivery.due_at < message.expires_at  # along with a clock that was set back
    if delivery.state is not DeliveryState.PLANNED or (waits == held and not moved):
        return delivery
    if held:
        turned = replace(delivery, due_at=message.expires_at)
    else:
        turned = replace(delivery, due_at=at, planned_at=at)
    word = at.isoformat() if held else ""
    await unit.save_delivery(turned)
    await unit.remember(delivery.id, PAUSED, word)
    return replace(turned, memory={**delivery.memory, PAUSED: word})


async def tell_held(
    unit: Unit, stance: Stance | None, message: Message, *, was_held: bool, held: bool
) -> None:
    """Journal once in each crisis that a message waits in it: its author must hear of it."""
    if stance is None or not (held or was_held):
        return
    held = held and holds(stance, message)
    told, mark = await unit.flag(_told(message)), stance.since.isoformat()
    if held and told != mark:
        author = await unit.author(message.id)
        unit.note(
            "message.held_in_crisis",
            actor=DAEMON,
            subject=message.id,
            payload={
                "number": message.number,
                "author": author.word if author else None,
                "severity": message.effective_severity,
                "routine": message.content.routine,
                "not_before": stamp(message.content.not_before) if scheduled(message) else None,
            },
        )
    if (mark if held else None) != told:
        await unit.set_flag(_told(message), mark if held else None)


def _told(message: Message) -> str:
    """Return the flag under which it is kept in which crisis staff heard that it waits."""
    return f"held/{message.id}"
