"""Escalations, silences and what staff know of outages, on both engines."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sentinel.domain.cause import Ability, Severity
from sentinel.domain.escalation import Escalation
from sentinel.domain.silence import Silence
from sentinel.storage.outages import Outage
from sentinel.storage.storage import Storage
from tests.storage.values import MINUTE, NOON


def climb(name: str, minutes: int | None, **more: Any) -> Escalation:
    due = None if minutes is None else NOON + minutes * MINUTE
    made = Escalation(
        id=name, key=f"channel:{name}", opened_at=NOON, begun_at=NOON, climbs_from=NOON, due_at=due
    )
    return replace(made, **more)


def outage(name: str, **more: Any) -> Outage:
    made = Outage(
        id=name, kind="channel", channel="x", ability=Ability.PUBLISH, operator="x", opened_at=NOON
    )
    return replace(made, **more)


async def test_what_is_due_comes_gravest_first_and_what_is_over_never(storage: Storage) -> None:
    calm, grave = climb("a", 1), climb("b", 2, grave=True, told=("presse",))
    rest = climb("c", 9), climb("d", None), climb("e", 0, closed_at=NOON)
    async with storage.write() as unit:
        for one in (calm, grave, *rest):
            await unit.open_escalation(one)

    async with storage.read() as view:
        assert await view.escalations_due(NOON + 3 * MINUTE, 10) == [grave, calm]
        assert await view.next_escalation_due() == NOON + MINUTE
        assert [one.id for one in await view.open_escalations()] == ["a", "b", "c", "d"]


async def test_to_wake_them_lets_nothing_wait_longer_than_before(storage: Storage) -> None:
    async with storage.write() as unit:
        for one in (climb("a", -1), climb("b", 9), climb("c", None)):
            await unit.open_escalation(one)
        await unit.wake_escalations(NOON, ["a", "b"])
        await unit.wake_escalations(NOON, [])

    async with storage.read() as view:
        due = {one.id: one.due_at for one in await view.open_escalations()}
    assert due == {"a": NOON - MINUTE, "b": NOON, "c": None}


async def test_what_was_told_in_one_letter_is_found_by_any_of_it(storage: Storage) -> None:
    one, two = climb("a", 1, letter="l1"), climb("b", 1, letter="l1")
    other, never = climb("c", 1, letter="l2"), climb("d", 1)
    async with storage.write() as unit:
        for made in (one, two, other, never):
            await unit.open_escalation(made)

    async with storage.read() as view:
        assert [found.id for found in await view.told_with(one)] == ["a", "b"]
        assert [found.id for found in await view.told_with(never)] == ["d"]


async def test_how_an_outage_goes_and_who_knows_of_it_are_written_apart(storage: Storage) -> None:
    before = outage("o1")
    async with storage.write() as unit:
        await unit.open_outage(before)
        await unit.save_told([replace(before, escalation_id="a", entry=7, told_entry=7)])
        await unit.own_outages(["o1"], "presse", NOON, "Kümmere mich")
        await unit.save_outage(replace(before, closed_at=NOON + MINUTE))

    async with storage.read() as view:
        found = await view.outage("o1")
    assert found == outage(
        "o1",
        closed_at=NOON + MINUTE,
        escalation_id="a",
        entry=7,
        told_entry=7,
        acknowledged_by="presse",
        acknowledged_at=NOON,
        comment="Kümmere mich",
    )


async def test_what_ended_a_moment_ago_is_found_again_and_what_ended_before_is_not(
    storage: Storage,
) -> None:
    ended = outage("o1", closed_at=NOON + 10 * MINUTE)
    async with storage.write() as unit:
        for one in (
            ended,
            outage("o2", closed_at=NOON + 5 * MINUTE),
            outage("o3", ability=Ability.LISTEN, closed_at=NOON + 20 * MINUTE),
        ):
            await unit.open_outage(one)

        assert await unit.last_like(outage("new"), NOON + 10 * MINUTE) == ended
        assert await unit.last_like(outage("new"), NOON + 11 * MINUTE) is None
        assert await unit.last_like(outage("new", channel="y"), NOON) is None


async def test_settled_is_what_is_over_and_was_told_to_be_or_never_was_told(
    storage: Storage,
) -> None:
    over = NOON + MINUTE
    async with storage.write() as unit:
        for one in (
            outage("open", escalation_id="a"),
            outage("untold", escalation_id="a", closed_at=over),
            outage("waits", escalation_id="a", closed_at=over, told_at=NOON),
            outage("told", escalation_id="a", closed_at=over, told_at=NOON, end_told_at=over),
            outage("other", escalation_id="b"),
        ):
            await unit.open_outage(one)

        assert [one.id for one in await unit.unsettled(["a"])] == ["open", "waits"]
        assert await unit.unsettled([]) == []


async def test_a_silence_begins_and_ends_once(storage: Storage) -> None:
    silence = Silence(
        id="s1",
        kind="maintenance",
        channels=("x", "y"),
        starts_at=NOON,
        ends_at=NOON + timedelta(hours=1),
        reason="Umzug",
        actor_kind="person",
        actor_id="uid:1",
        created_at=NOON,
    )
    async with storage.write() as unit:
        await unit.add_silence(silence)
        begun = [await unit.begin_silence("s1", NOON) for _ in range(2)]
        standing = await unit.standing_silences()
        ended = [await unit.end_silence("s1", NOON + MINUTE) for _ in range(2)]

        assert (begun, ended) == ([True, False], [True, False])
        assert standing == [replace(silence, begun_at=NOON)]
        assert await unit.standing_silences() == []


async def test_where_nothing_waits_no_channel_is_awaited(storage: Storage) -> None:
    async with storage.read() as view:
        assert await view.channels_awaited([Severity.EXTREME]) == frozenset()
