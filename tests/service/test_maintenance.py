"""Maintenance that the rules state, give up, and state again."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sentinel.domain.quiet import Maintenance
from sentinel.service.silencing import end_silence
from sentinel.storage.actor import Actor
from tests.service.staffroom import HOUR, MINUTE, NOON, STAFF, Room, room

META = {"meta": ["facebook"]}
PERSON = Actor(kind="person", id="uid:1")
WORK = Maintenance(
    channels=("facebook",),
    starts_at=NOON + HOUR,
    ends_at=NOON + 5 * HOUR,
    reason="Serverumzug",
)


def states(staff: Room, *stated: Maintenance) -> None:
    rules = staff.board.rules
    staff.board.rules = replace(rules, staff=replace(STAFF, maintenance=stated))


async def subjects(staff: Room, after: timedelta = MINUTE) -> list[str]:
    return [subject for _, subject in await staff.look(after)]


async def in_force(staff: Room) -> int:
    async with staff.storage.read() as view:
        return len([one for one in await view.standing_silences() if one.holds(staff.at)])


async def test_what_was_given_up_before_it_began_is_planned_anew_when_it_is_stated_again(
    tmp_path: Path,
) -> None:
    async with room(tmp_path, META) as staff:
        states(staff, WORK)
        planned = await subjects(staff)
        states(staff)
        ended = await subjects(staff)
        states(staff, WORK)
        again = await subjects(staff)
        quiet = await subjects(staff)
        begun = await subjects(staff, HOUR)
        holds = await in_force(staff)

    assert planned == again == ["Wartung geplant: facebook"]
    assert len(ended) == 1
    assert quiet == []
    assert begun == ["Wartung beginnt: facebook"]
    assert holds == 1


async def test_what_was_given_up_while_it_was_on_holds_again_when_it_is_stated_again(
    tmp_path: Path,
) -> None:
    async with room(tmp_path, META) as staff:
        states(staff, WORK)
        await subjects(staff)
        await subjects(staff, HOUR)
        states(staff)
        ended = await subjects(staff)
        without = await in_force(staff)
        states(staff, WORK)
        for _ in range(3):
            await subjects(staff)
        holds = await in_force(staff)
        await staff.fails("facebook")
        alarms = await staff.course(HOUR, MINUTE)
        over = await subjects(staff, 3 * HOUR)

    assert ended == ["Wartung beendet: facebook"]
    assert (without, holds) == (0, 1)
    assert alarms == []
    assert any("Wartung beendet" in subject for subject in over)


async def test_what_is_given_up_in_the_moment_of_its_begin_never_begins(tmp_path: Path) -> None:
    async with room(tmp_path, META) as staff:
        states(staff, WORK)
        await subjects(staff)
        states(staff)
        await subjects(staff, HOUR)
        states(staff, WORK)
        await subjects(staff)
        await subjects(staff)

        assert await in_force(staff) == 1


async def test_what_a_person_ended_early_does_not_come_back(tmp_path: Path) -> None:
    async with room(tmp_path, META) as staff:
        states(staff, WORK)
        await subjects(staff)
        await subjects(staff, HOUR)
        async with staff.storage.read() as view:
            (silence,) = await view.standing_silences()
        await end_silence(staff.storage, staff.board, silence.id, PERSON)
        await subjects(staff)
        states(staff)
        await subjects(staff)
        states(staff, WORK)
        later = await subjects(staff)
        holds = await in_force(staff)

    assert later == []
    assert holds == 0
