"""Which live posts are to be taken down now, on both engines."""

from __future__ import annotations

from dataclasses import replace

from sentinel.domain.delivery import DeliveryState
from sentinel.storage.storage import Storage
from tests.storage.values import MINUTE, NOON, TOKEN, delivery, message


async def test_live_posts_that_a_person_wants_gone_come_in_turn(storage: Storage) -> None:
    live = {"state": DeliveryState.PUBLISHED}
    async with storage.write() as unit:
        await unit.add_message(message(), key=None, body_hash="h", actor=TOKEN)
        await unit.add_deliveries(
            [
                delivery(account="a", id="later", take_down_at=NOON + MINUTE, **live),
                delivery(account="b", id="second", take_down_at=NOON, **live),
                delivery(account="c", id="first", take_down_at=NOON - MINUTE, **live),
                delivery(account="d", id="stays", **live),
                delivery(account="e", id="unclear", take_down_at=NOON, state=DeliveryState.UNKNOWN),
            ]
        )

    async with storage.read() as view:
        due = await view.take_downs(NOON, limit=10)
        one = await view.take_downs(NOON, limit=1)

    assert [each.id for each in due] == ["first", "second"]
    assert [each.id for each in one] == ["first"]


async def test_a_post_that_is_to_go_or_is_gone_is_no_longer_the_latest(storage: Storage) -> None:
    posted = {"state": DeliveryState.PUBLISHED, "account": "x"}
    older = delivery(id="older", posted_at=NOON, **posted)
    newer = delivery("m2", id="newer", posted_at=NOON + MINUTE, **posted)
    async with storage.write() as unit:
        for number in (1, 2):
            await unit.add_message(message(number), key=None, body_hash="h", actor=TOKEN)
        await unit.add_deliveries([older, newer])
    seen = []

    for change in (
        {},
        {"take_down_at": NOON},
        {"take_down_at": None, "state": DeliveryState.WITHDRAWN},
    ):
        async with storage.write() as unit:
            await unit.save_delivery(replace(newer, **change))
        async with storage.read() as view:
            latest = await view.last_published("x")
        seen.append(latest.id if latest else None)

    assert seen == ["newer", "older", "older"]
