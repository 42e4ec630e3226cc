"""Messages are kept as they were accepted, and found again."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from sentinel.domain.message import Kind, MessageState
from sentinel.storage.storage import Storage
from sentinel.storage.trouble import AlreadyThere
from tests.storage.values import MINUTE, NOON, TOKEN, keep, message


async def test_a_message_comes_back_as_it_went_in(storage: Storage) -> None:
    sent = message(kind=Kind.UPDATE, references=("m0",), withdrawn_at=NOON)

    await keep(storage, sent)

    async with storage.read() as view:
        assert await view.message("m1") == sent
        assert await view.message_by_number(1) == sent
        assert await view.author("m1") == TOKEN
        assert await view.message("m2") is None


async def test_a_key_leads_to_its_message_and_the_hash_of_its_body(storage: Storage) -> None:
    async with storage.write() as unit:
        await unit.add_message(message(), key="call-1", body_hash="abc", actor=TOKEN)

    async with storage.read() as view:
        assert await view.message_by_key("call-1") == (message(), "abc")
        assert await view.message_by_key("call-2") is None


async def test_a_key_is_taken_once(storage: Storage) -> None:
    async with storage.write() as unit:
        await unit.add_message(message(1), key="call-1", body_hash="abc", actor=TOKEN)

    with pytest.raises(AlreadyThere):
        async with storage.write() as unit:
            await unit.add_message(message(2), key="call-1", body_hash="abc", actor=TOKEN)

    async with storage.read() as view:
        assert await view.message("m2") is None


async def test_numbers_count_up_and_a_failed_unit_gives_its_number_back(storage: Storage) -> None:
    async with storage.write() as unit:
        first = await unit.next_number()
    with suppress(RuntimeError):
        async with storage.write() as unit:
            await unit.next_number()
            raise RuntimeError
    async with storage.write() as unit:
        second = await unit.next_number()

    assert (first, second) == (1, 2)


async def test_pages_go_from_the_newest_to_the_oldest(storage: Storage) -> None:
    await keep(storage, *(message(n) for n in (1, 2, 3, 4, 5)))

    async with storage.read() as view:
        first = await view.messages(limit=2)
        second = await view.messages(limit=2, cursor=first.next)
        third = await view.messages(limit=2, cursor=second.next)

    assert [[m.number for m in page.items] for page in (first, second, third)] == [
        [5, 4],
        [3, 2],
        [1],
    ]
    assert third.next is None


async def test_messages_are_listed_by_state_and_time(storage: Storage) -> None:
    await keep(storage, message(1), message(2, accepted_at=NOON + MINUTE))
    async with storage.write() as unit:
        await unit.set_message_state("m1", MessageState.LIVE, open=False)

    async with storage.read() as view:
        live = await view.messages(state=MessageState.LIVE)
        late = await view.messages(since=NOON + MINUTE)
        still_open = await view.open_messages()

        assert [m.id for m in live.items] == ["m1"]
        assert [m.id for m in late.items] == ["m2"]
        assert [m.id for m in still_open] == ["m2"]
        assert await view.message_state("m1") is MessageState.LIVE
        assert await view.message_states(["m1", "m2"]) == {
            "m1": MessageState.LIVE,
            "m2": MessageState.ACCEPTED,
        }


async def test_messages_in_a_state_are_counted_however_many(storage: Storage) -> None:
    await keep(storage, *(message(n) for n in range(1, 204)))
    async with storage.write() as unit:
        for n in range(1, 203):
            await unit.set_message_state(f"m{n}", MessageState.STRANDED, open=True)

    async with storage.read() as view:
        assert await view.count_messages(MessageState.STRANDED) == 202
        assert await view.count_messages(MessageState.LIVE) == 0


async def test_the_coming_number_is_told_without_being_taken(storage: Storage) -> None:
    async with storage.read() as view:
        before = [await view.coming_number(), await view.coming_number()]
    async with storage.write() as unit:
        taken = await unit.next_number()
    async with storage.read() as view:
        after = await view.coming_number()

    assert (before, taken, after) == ([1, 1], 1, 2)


async def test_a_chain_is_read_from_its_first_link(storage: Storage) -> None:
    await keep(storage, message(1), message(2, chain="m1"), message(3))

    async with storage.read() as view:
        assert [m.id for m in await view.chain("m1")] == ["m1", "m2"]


async def test_a_withdrawn_message_says_so(storage: Storage) -> None:
    await keep(storage, message())

    async with storage.write() as unit:
        await unit.save_message(message(withdrawn_at=NOON + timedelta(seconds=5)))

    async with storage.read() as view:
        kept = await view.message("m1")
    assert kept is not None
    assert kept.withdrawn_at == NOON + timedelta(seconds=5)
