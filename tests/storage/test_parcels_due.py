"""The queue by contacts: what is grave first, what was tried least first, and nothing twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sentinel.storage.notifications import ContactDue, Notification
from sentinel.storage.storage import Storage

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def note(name: str, contact: str = "presse", **more: Any) -> Notification:
    usual: dict[str, Any] = {
        "id": name,
        "journal_number": 0,
        "contact": contact,
        "due_at": NOON,
        "created_at": NOON,
        "subject": name,
        "text": name,
    }
    return Notification(**(usual | more))


async def queue(storage: Storage, *notes: Notification) -> None:
    async with storage.write() as unit:
        for one in notes:
            await unit.add_notification(one)


async def test_whoever_has_something_grave_comes_first(storage: Storage) -> None:
    await queue(
        storage,
        note("a1", "amt"),
        note("b1", "bereitschaft", grave=True),
        note("b2", "bereitschaft"),
        note("c1", "chef", due_at=NOON + MINUTE),
    )

    async with storage.read() as view:
        due = await view.contacts_due(NOON)

    assert due == [
        ContactDue(contact="bereitschaft", grave=True, waiting=False),
        ContactDue(contact="amt", grave=False, waiting=False),
    ]


async def test_one_contact_is_claimed_alone_grave_first_then_what_was_tried_least(
    storage: Storage,
) -> None:
    await queue(
        storage,
        note("old", due_at=NOON - MINUTE, attempts=3),
        note("new"),
        note("grave", grave=True),
        note("other", "amt"),
    )

    async with storage.write() as unit:
        first = await unit.claim_notifications(NOON, 1, contact="presse", grave=True)
        second = await unit.claim_notifications(NOON, 1, contact="presse")
        rest = await unit.claim_notifications(NOON, 10, contact="presse")
        none = await unit.claim_notifications(NOON, 10, contact="presse")

    assert [one.id for one in (*first, *second, *rest)] == ["grave", "new", "old"]
    assert none == []


async def test_what_waits_for_our_line_is_noted_once_and_keeps_its_turn(storage: Storage) -> None:
    await queue(storage, note("a"), note("b"), note("c", "amt"))
    async with storage.write() as unit:
        first = await unit.hold_for_line("presse", NOON)
    async with storage.write() as unit:
        again = await unit.hold_for_line("presse", NOON)
        (amt, presse) = await unit.contacts_due(NOON)
        claimed = await unit.claim_notifications(NOON, 10, contact="presse")

    assert (first, again) == (2, 0)
    assert (amt.waiting, presse.waiting) == (False, True)
    assert all(one.waits_for_line for one in claimed)


async def test_what_was_reported_on_is_sent_whatever_is_reported_later(storage: Storage) -> None:
    await queue(storage, note("a"))
    async with storage.write() as unit:
        (mine,) = await unit.claim_notifications(NOON, 1)
        first = await unit.save_notification(replace(mine, state="sent", sent_at=NOON))
        late = await unit.save_notification(replace(mine, attempts=1))

        assert (first, late) == (True, False)
        assert await unit.undelivered() == []
