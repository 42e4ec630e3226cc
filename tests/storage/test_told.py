"""What staff were told goes with the messages that it tells of, on both engines."""

from __future__ import annotations

from dataclasses import replace

from sentinel.storage.notifications import Notification
from sentinel.storage.storage import Storage
from tests.storage.values import MINUTE, NOON


async def test_what_was_told_goes_and_what_nobody_has_taken_stays(storage: Storage) -> None:
    old = Notification(
        id="old",
        outage_id="o1",
        journal_number=1,
        contact="presse",
        state="sent",
        due_at=NOON,
        subject="ALARM",
        text="Der Pegel steigt.",
        created_at=NOON - MINUTE,
    )
    waiting = replace(old, id="waiting", state="queued")
    recent = replace(old, id="recent", created_at=NOON)
    async with storage.write() as unit:
        for notification in (old, waiting, recent):
            await unit.add_notification(notification)

    async with storage.write() as unit:
        dropped = await unit.drop_notifications(NOON)

    async with storage.read() as view:
        kept = await view.notifications_of("o1")
    assert dropped == 1
    assert [each.id for each in kept] == ["waiting", "recent"]
