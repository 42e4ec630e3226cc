"""What of a withdrawn message is to go: marked for taking down, or left to a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from sentinel.domain.chain import OUT_OR_MAYBE, out_to_some
from sentinel.domain.message import Message
from sentinel.domain.takedown import Obstacle
from sentinel.service.outages import DAEMON
from sentinel.storage.view import Unit

LEFT: Final = "sentinel.left_standing"
"""What a delivery remembers once a person was asked to deal with those who have it."""


async def take_down(unit: Unit, message: Message, at: datetime) -> int:
    """Mark what is live, or may yet turn out to be, for taking down; return how many were new."""
    going = [
        delivery
        for delivery in await unit.deliveries_of(message.id)
        if delivery.state in OUT_OR_MAYBE and delivery.take_down_at is None
    ]
    for delivery in going:
        await unit.save_delivery(replace(delivery, take_down_at=at))
    return len(going)


async def leave_partly(unit: Unit, message: Message, at: datetime) -> int:
    """Ask a person, once, for what only some recipients have; return for how many deliveries.

    What was sent to them cannot be called back.
    """
    left = [
        delivery
        for delivery in await unit.deliveries_of(message.id)
        if delivery.state not in OUT_OR_MAYBE and out_to_some(delivery.memory)
        if LEFT not in delivery.memory
    ]
    for delivery in left:
        await unit.remember(delivery.id, LEFT, at.isoformat())
        payload = {"message": message.id, "number": message.number, "channel": delivery.channel}
        unit.note(
            "delivery.left_standing",
            actor=DAEMON,
            subject=delivery.id,
            payload={**payload, "permalink": None, "obstacle": Obstacle.PLATFORM},
        )
    return len(left)
