"""The journal has no gap, keeps the order of commits, and shows that it was touched."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from sentinel.storage.journal import BEGINNING, VerifyResult
from sentinel.storage.storage import Storage
from tests.storage.values import DAEMON, MINUTE, NOON, TOKEN, Clock

SLOW_FIXTURE = HealthCheck.function_scoped_fixture  # the law holds whatever came before


async def note(storage: Storage, *subjects: str) -> None:
    async with storage.write() as unit:
        for subject in subjects:
            unit.note("message.accepted", actor=TOKEN, subject=subject, payload={"n": subject})


async def tamper(storage: Storage, statement: str) -> None:
    """Change the database behind the storage's back."""
    async with storage._transactions.turn() as connection:  # type: ignore[union-attr]  # noqa: SLF001 - the forger does not ask
        await connection.execute(text(statement))


async def verify(storage: Storage) -> VerifyResult:
    async with storage.read() as view:
        return await view.verify_journal()


async def test_an_entry_says_who_did_what(storage: Storage) -> None:
    async with storage.write() as unit:
        unit.note("outage.opened", actor=DAEMON, subject="x", payload={"b": 1, "a": [NOON]})

    async with storage.read() as view:
        entry = await view.entry(1)
        head = await view.journal_head()

    assert entry is not None
    assert head == 1
    assert (entry.number, entry.at, entry.kind) == (1, NOON, "outage.opened")
    assert (entry.actor, entry.subject) == (DAEMON, "x")
    assert entry.payload == {"a": ["2026-07-05T12:00:00Z"], "b": 1}
    assert (entry.previous, len(entry.hash)) == (BEGINNING, 64)


async def test_entries_are_read_on_from_a_number_and_by_kind(storage: Storage) -> None:
    await note(storage, "a", "b", "c")
    async with storage.write() as unit:
        unit.note("outage.opened", actor=DAEMON, subject="d")

    async with storage.read() as view:
        later = await view.entries(after=1, limit=2)
        outages = await view.entries(kinds={"outage.opened"})

    assert [entry.subject for entry in later] == ["b", "c"]
    assert [entry.number for entry in outages] == [4]


async def test_a_reader_goes_on_where_it_was(storage: Storage) -> None:
    async with storage.write() as unit:
        before = await unit.cursor("notifier")
        await unit.set_cursor("notifier", 7)

    async with storage.read() as view:
        assert (before, await view.cursor("notifier")) == (0, 7)
        assert await view.cursors() == {"notifier": 7}


async def test_what_failed_leaves_no_entry(storage: Storage) -> None:
    await note(storage, "a")
    with suppress(RuntimeError):
        async with storage.write() as unit:
            unit.note("message.accepted", actor=TOKEN, subject="b")
            raise RuntimeError
    await note(storage, "c")

    async with storage.read() as view:
        entries = await view.entries()

    assert [(entry.number, entry.subject) for entry in entries] == [(1, "a"), (2, "c")]


@settings(max_examples=8, deadline=None, suppress_health_check=[SLOW_FIXTURE])
@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=12))
async def test_many_writers_at_once_leave_no_gap(
    storage: Storage, units: list[tuple[int, bool]]
) -> None:
    """Units that fail, succeed or note nothing, all at once: the chain holds, nothing is lost."""
    async with storage.read() as view:
        before = await view.journal_head()

    async def work(notes: int, *, fails: bool) -> None:
        with suppress(RuntimeError):
            async with storage.write() as unit:
                for n in range(notes):
                    unit.note("message.accepted", actor=TOKEN, subject=str(n))
                await asyncio.sleep(0)
                if fails:
                    raise RuntimeError

    async with asyncio.TaskGroup() as group:
        for notes, fails in units:
            group.create_task(work(notes, fails=fails))

    expected = before + sum(notes for notes, fails in units if not fails)
    assert await verify(storage) == VerifyResult(ok=True, checked=expected)


@pytest.mark.parametrize(
    ("forgery", "first_bad"),
    [
        ('UPDATE journal SET payload = \'{"n":"z"}\' WHERE number = 2', 2),
        ("UPDATE journal SET subject = 'z' WHERE number = 2", 2),
        ("UPDATE journal SET kind = 'z' WHERE number = 3", 3),
        ("UPDATE journal SET actor_id = 'z' WHERE number = 1", 1),
        ("UPDATE journal SET digest = 'z', payload = NULL WHERE number = 2", 2),
        ("UPDATE journal SET hash = 'z' WHERE number = 2", 2),
        ("DELETE FROM journal WHERE number = 2", 2),
        ("DELETE FROM journal WHERE number = 3", 3),
        ("DELETE FROM journal WHERE number = 1", 1),
        ("UPDATE journal_head SET number = 2", 4),
    ],
)
async def test_a_forgery_is_found_where_it_is(
    storage: Storage, forgery: str, first_bad: int
) -> None:
    await note(storage, "a", "b", "c")

    await tamper(storage, forgery)

    found = await verify(storage)
    assert (found.ok, found.first_bad) == (False, first_bad)


async def test_emptied_payloads_leave_the_chain_whole(storage: Storage, clock: Clock) -> None:
    await note(storage, "a")
    clock.forward(2 * MINUTE)
    await note(storage, "b")

    async with storage.write() as unit:
        emptied = await unit.empty_payloads(NOON + MINUTE)

    async with storage.read() as view:
        payloads = [entry.payload for entry in await view.entries()]
    assert (emptied, payloads) == (1, [None, {"n": "b"}])
    assert await verify(storage) == VerifyResult(ok=True, checked=2)


async def test_a_commit_with_news_wakes_those_who_wait(storage: Storage) -> None:
    seen = storage.changes
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(storage.wait_change(30))
        await asyncio.sleep(0)
        group.create_task(note(storage, "a"))

    assert waiting.result()
    assert await storage.wait_change(30, seen=seen)
    assert not await storage.wait_change(0.01)


async def test_names_are_apart_and_can_be_erased(storage: Storage) -> None:
    async with storage.write() as unit:
        await unit.name_person("p1", "Erika Mustermann")
        await unit.name_person("p2", "Max Mustermann")
        await unit.erase_person("p1")

    async with storage.read() as view:
        assert await view.people() == {"p2": "Max Mustermann"}
