"""What went out and was not seen whole yet, on both engines."""

from __future__ import annotations

from datetime import timedelta

from sentinel.domain.cause import Ability
from sentinel.domain.delivery import Delivery, DeliveryState, Receipt
from sentinel.storage.storage import Storage
from tests.storage.values import MINUTE, NOON, delivery, keep, message

X, MASTODON = "x/stadt", "mastodon/stadt"


def posted(number: int, account: str = X, **changes: object) -> Delivery:
    out = {
        "state": DeliveryState.PUBLISHED,
        "receipt": Receipt(post_id=str(number)),
        "posted_at": NOON + number * MINUTE,
    }
    return delivery(f"m{number}", account, id=f"d{number}", **{**out, **changes})


async def test_an_accounts_newest_posts_are_named_with_what_is_unseen(storage: Storage) -> None:
    rows = [
        posted(1),
        posted(2, read_back_at=NOON),
        posted(3),
        posted(4, MASTODON, public_at=NOON),
        posted(5, read_back_at=NOON, public_at=NOON),  # seen whole
        posted(6, receipt=None),  # by hand, without an address
        posted(7, take_down_at=NOON),  # a person wants it gone
        posted(8, state=DeliveryState.PLANNED, posted_at=None, receipt=None),
        posted(9, "elsewhere"),
    ]
    await keep(storage, *(message(number) for number in range(1, 10)))
    async with storage.write() as unit:
        await unit.add_deliveries(rows)

    async with storage.read() as view:
        found = await view.unverified([X, MASTODON], NOON, each=2)
        later = await view.unverified([X], NOON + timedelta(minutes=2, seconds=30))

    assert {post.delivery: post.unseen for post in found} == {
        "d2": frozenset({Ability.PUBLIC}),
        "d3": frozenset({Ability.READ_BACK, Ability.PUBLIC}),
        "d4": frozenset({Ability.READ_BACK}),
    }
    assert [(post.delivery, post.posted_at) for post in later] == [("d3", NOON + 3 * MINUTE)]
