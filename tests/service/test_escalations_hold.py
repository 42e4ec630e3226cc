"""New rules meanwhile, words that fail, links and pages that are old: staff are told still."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from sentinel.domain.quiet import QuietHours
from sentinel.domain.rules import Level
from sentinel.errors import InputError
from sentinel.service.acknowledge import Holder, acknowledge
from tests.service.staffroom import LEVELS, MINUTE, PRESSE, SECOND, STAFF, Room, contact, room
from tests.support.house import until

META = {"meta": ["facebook", "instagram"]}
ROTA = replace(STAFF, levels=(Level(after=timedelta(), notify=("bereitschaft",)), LEVELS[1]))
LAST_DAY = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""No clock of a city reaches it, so nobody can put it into words."""


def only_new(staff: Room) -> None:
    """Let new rules name one other contact."""
    rules = replace(staff.board.rules.staff, contacts={"neu": contact("neu")})
    staff.board.rules = replace(staff.board.rules, staff=rules)


async def test_new_rules_in_the_middle_of_a_look_do_not_end_it(tmp_path: Path) -> None:
    rooms: list[Room] = []

    def duty(_rota: str, _at: datetime) -> list[str]:
        only_new(rooms[0])
        return ["presse"]

    async with room(tmp_path, META, staff=ROTA, on_call=duty) as staff:
        rooms.append(staff)
        await staff.fails("facebook")

        assert [name for name, _ in await staff.look(5 * SECOND)] == ["presse"]


async def test_news_for_whom_new_rules_take_away_meanwhile_go_to_who_is_called_first(
    tmp_path: Path,
) -> None:
    rooms: list[Room] = []

    def duty(_rota: str, _at: datetime) -> list[str]:
        only_new(rooms[0])
        return ["presse"]

    async with room(tmp_path, META, staff=ROTA, on_call=duty) as staff:
        rooms.append(staff)
        await staff.note("message.rerouted", number=1, channel="x", why="off", onto=["brett"])

        assert [name for name, _ in await staff.look()] == ["neu"]


async def test_what_cannot_be_worded_is_told_in_few_words_and_blocks_nothing(
    tmp_path: Path,
) -> None:
    async with room(tmp_path, META) as staff:
        await staff.fails("facebook")
        [outage] = await staff.outages()
        async with staff.storage.write() as unit:
            await unit.save_outage(replace(outage, opened_at=LAST_DAY))
        [letter] = await staff.letters(5 * SECOND)
        later = await staff.look(5 * MINUTE)

    assert letter.contact == "presse"
    assert "nicht in Worte fassen" in letter.subject
    assert "/a/" in letter.text
    assert [name for name, _ in later] == ["amtsleitung"]


async def test_a_notifier_that_crashes_goes_on_and_gives_no_sign_of_life_until_it_works(
    tmp_path: Path,
) -> None:
    beats: list[datetime | None] = []
    rooms: list[Room] = []

    def duty(_rota: str, _at: datetime) -> list[str]:
        beats.append(rooms[0].notifier.beat)
        if len(beats) == 1:
            raise LookupError("a calendar that nobody thought of")
        return ["presse"]

    async with room(tmp_path, META, staff=ROTA, on_call=duty) as staff:
        rooms.append(staff)
        stop = asyncio.Event()
        await staff.note("message.rerouted", number=1, channel="x", why="off", onto=["brett"])

        async def beats_again() -> bool:
            return staff.notifier.beat is not None

        async with asyncio.timeout(20), asyncio.TaskGroup() as running:
            running.create_task(staff.notifier.run_until(stop))
            await until(beats_again, 15, "a sign of life")
            stop.set()

    assert beats[:2] == [None, None]


async def test_a_link_takes_on_only_what_its_holder_was_told_of(tmp_path: Path) -> None:
    async with room(tmp_path, {"meta": ["facebook"], "x": ["x"]}) as staff:
        await staff.fails("facebook", "x")
        await staff.look(5 * SECOND)
        mine, other = await staff.climbs()
        async with staff.storage.write() as unit:
            await unit.save_escalations([replace(other, told=("amtsleitung",))])
        await acknowledge(
            staff.storage,
            staff.board,
            escalation_id=mine.id,
            actor=PRESSE,
            holder=Holder(contact="presse", told_at=staff.at),
        )
        owners = {one.id: one.acknowledged_by for one in await staff.climbs()}

    assert owners == {mine.id: "presse", other.id: None}


async def test_a_link_does_not_take_on_what_began_after_it_was_sent(tmp_path: Path) -> None:
    async with room(tmp_path, {"meta": ["facebook"], "x": ["x"]}) as staff:
        await staff.fails("facebook", "x")
        await staff.look(5 * SECOND)
        mine, other = await staff.climbs()
        async with staff.storage.write() as unit:
            await unit.save_escalations([replace(other, begun_at=staff.at + MINUTE)])
        await acknowledge(
            staff.storage,
            staff.board,
            escalation_id=mine.id,
            actor=PRESSE,
            holder=Holder(contact="presse", told_at=staff.at),
        )
        owners = {one.id: one.acknowledged_by for one in await staff.climbs()}

    assert owners == {mine.id: "presse", other.id: None}


async def test_what_came_after_the_page_was_opened_calls_again(tmp_path: Path) -> None:
    async with room(tmp_path, META) as staff:
        await staff.fails("facebook")
        await staff.look(5 * SECOND)
        [shown] = await staff.outages()
        await staff.fails("instagram")
        await staff.notifier.read()
        [climb] = await staff.climbs()
        await acknowledge(
            staff.storage, staff.board, escalation_id=climb.id, actor=PRESSE, seen=shown.entry
        )
        told = await staff.look(5 * SECOND)
        again = await staff.look(5 * SECOND)

    assert [name for name, _ in told + again] == ["presse"]
    assert climb.acknowledged_at is None


async def test_a_page_on_which_nothing_stands_any_more_takes_nothing_on(tmp_path: Path) -> None:
    async with room(tmp_path, META) as staff:
        await staff.fails("facebook")
        await staff.look(5 * SECOND)
        [climb] = await staff.climbs()

        with pytest.raises(InputError):
            await acknowledge(
                staff.storage, staff.board, escalation_id=climb.id, actor=PRESSE, seen=0
            )


@pytest.mark.parametrize(("grave", "waits"), [(True, 0), (False, 60)])
async def test_that_somebody_has_a_grave_matter_waits_for_no_quiet_hours(
    tmp_path: Path,
    grave: bool,  # noqa: FBT001 - a value of the table
    waits: int,
) -> None:
    both = (Level(after=timedelta(), notify=("presse", "amtsleitung")),)
    async with room(tmp_path, META, staff=replace(STAFF, levels=both)) as staff:
        await (staff.strands("m1", 7) if grave else staff.fails("facebook"))
        await staff.look(5 * SECOND)
        quiet = QuietHours(start=time(12), end=time(14))  # 13:00 by now
        asleep = replace(staff.board.rules.staff, quiet_hours=quiet)
        staff.board.rules = replace(staff.board.rules, staff=asleep)
        await staff.owns((await staff.climbs())[0])
        [letter] = await staff.letters()

    assert letter.contact == "amtsleitung"
    assert round((letter.due_at - staff.at) / MINUTE) == waits
