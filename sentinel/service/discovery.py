"""What the journal is told of a post that is out: found after all, or not as it should be."""

from __future__ import annotations

from sentinel.domain.delivery import Delivery
from sentinel.service.outages import DAEMON
from sentinel.storage.view import Unit


async def tell_found(unit: Unit, found: Delivery) -> None:
    """Journal that a look-up found a post, and which other channels carry the message by now."""
    others = [
        delivery.channel
        for delivery in await unit.deliveries_of(found.message_id)
        if delivery.live and delivery.id != found.id
    ]
    receipt = found.receipt
    unit.note(
        "delivery.found",
        actor=DAEMON,
        subject=found.id,
        payload={
            "message": found.message_id,
            "channel": found.channel,
            "post_id": receipt.post_id if receipt else None,
            "permalink": receipt.permalink if receipt else None,
            "also_on": sorted(others),
        },
    )
    tell_doubted(unit, found, by="look_up")


def tell_doubted(unit: Unit, delivery: Delivery, *, by: str) -> None:
    """Journal the finding that a live post carries, if it carries one: it is for a person."""
    if delivery.note is None:
        return
    unit.note(
        "delivery.doubted",
        actor=DAEMON,
        subject=delivery.id,
        payload={
            "message": delivery.message_id,
            "channel": delivery.channel,
            "by": by,
            "note": delivery.note,
        },
    )
