"""A text is written anew only while it is certain that it never left."""

from dataclasses import replace

import pytest

from sentinel.domain.delivery import Delivery, DeliveryState
from sentinel.domain.message import MessageState
from sentinel.storage.storage import Storage
from tests.storage.values import delivery, keep, message


async def rewritten(storage: Storage, state: DeliveryState) -> tuple[Delivery, Delivery]:
    """Keep a delivery in a state, ask for another text, and return the wish and what became."""
    await keep(storage, message())
    kept = delivery(state=state, memory={"container": "17"})
    late = replace(kept.rendered, text="Meldung von 14:05 Uhr: Bombe")
    wish = replace(kept, rendered=late, without_link=late, memory={})
    async with storage.write() as unit:
        await unit.add_delivery(kept)
        await unit.rewrite(wish)
    async with storage.read() as view:
        [found] = await view.deliveries_of("m1")
    return wish, found


async def test_what_the_route_left_gets_another_text_and_forgets_the_old_one(
    storage: Storage,
) -> None:
    wish, found = await rewritten(storage, DeliveryState.MOVED)

    assert found == wish


@pytest.mark.parametrize("state", [s for s in DeliveryState if s is not DeliveryState.MOVED])
async def test_in_any_other_state_its_text_stays(storage: Storage, state: DeliveryState) -> None:
    wish, found = await rewritten(storage, state)

    assert found.rendered != wish.rendered
    assert found.memory == {"container": "17"}


async def test_the_links_of_a_chain_come_oldest_first_with_their_states(storage: Storage) -> None:
    for number in (2, 1, 3):
        await keep(storage, message(number, chain="m1" if number < 3 else "m3"))
    async with storage.write() as unit:
        await unit.set_message_state("m1", MessageState.LIVE, open=False)

    async with storage.read() as view:
        links = await view.links("m1")

    assert [(link.id, state) for link, state in links] == [
        ("m1", MessageState.LIVE),
        ("m2", MessageState.ACCEPTED),
    ]
