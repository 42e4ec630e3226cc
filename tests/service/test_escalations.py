"""Nobody answers, somebody does, it comes back, it falls again: who of the staff hears what."""

from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.quiet import Maintenance, QuietHours
from sentinel.domain.rules import Level, Route
from sentinel.errors import InputError
from sentinel.service.acknowledge import acknowledge
from sentinel.service.notify import READER
from sentinel.service.silencing import Wanted, end_silence, plan_silence
from sentinel.storage.actor import Actor
from tests.service.staffroom import HOUR, LEVELS, MINUTE, SECOND, STAFF, contact, room

META = {"meta": ["facebook", "instagram", "threads"]}
PERSON = Actor(kind="person", id="uid:1")


async def test_when_nobody_answers_every_level_is_told_in_order_and_on_time(
    tmp_path: Path,
) -> None:
    async with room(tmp_path, META) as staff:
        await staff.fails("facebook")
        told = await staff.course(40 * MINUTE, 5 * SECOND)

    assert told == [
        (5 / 60, "presse"),
        (5, "amtsleitung"),
        (20, "amtsleitung"),
        (20, "presse"),
        (35, "amtsleitung"),
        (35, "presse"),
    ]


async def test_what_one_operator_has_for_one_cause_is_told_as_one(tmp_path: Path) -> None:
    async with room(tmp_path, META) as staff:
        await staff.fails("facebook", "instagram")
        assert await staff.look(SECOND) == []
        await staff.fails("threads")
        [letter] = await staff.letters(4 * SECOND)
        outages = await staff.outages()

    assert "3 Kanäle von Meta" in letter.subject
    assert len({outage.escalation_id for outage in outages}) == 1


async def test_five_hundred_at_once_of_five_hundred_operators_are_one_letter_each(
    tmp_path: Path,
) -> None:
    many = {f"betreiber-{n}": [f"kanal-{n}"] for n in range(500)}
    async with room(tmp_path, many) as staff:
        await staff.fails(*(f"kanal-{n}" for n in range(500)))
        told = [await staff.letters(SECOND) for _ in range(8)]
        climbs = await staff.climbs()

    [letter] = [one for some in told for one in some]
    assert "500 Kanäle" in letter.subject
    assert len(letter.text) < 4_000
    assert len(climbs) == 500


async def test_who_opens_the_link_of_a_letter_takes_on_all_of_it(tmp_path: Path) -> None:
    async with room(tmp_path, {"meta": ["facebook"], "x": ["x"]}) as staff:
        await staff.fails("facebook", "x")
        await staff.look(5 * SECOND)
        await staff.owns((await staff.climbs())[0])
        told = await staff.course(2 * HOUR, MINUTE)
        climbs = await staff.climbs()

    assert told == []
    assert [one.acknowledged_by for one in climbs] == ["presse", "presse"]


async def test_a_stranded_message_waits_for_nothing(tmp_path: Path) -> None:
    async with room(tmp_path, META) as staff:
        await staff.strands("m1", 7)
        [letter] = await staff.letters()

    assert letter.subject == "ALARM: Meldung Nr. 7 steckt fest"
    assert letter.grave
    assert "/a/" in letter.text


async def test_what_leaves_a_route_without_a_channel_waits_for_nothing(tmp_path: Path) -> None:
    async with room(tmp_path, META) as staff:
        route = Route(name="nur-facebook", priority=("facebook",))
        staff.board.rules = replace(staff.board.rules, routes=(route,))
        await staff.fails("facebook")

        assert [name for name, _ in await staff.look()] == ["presse"]


@pytest.mark.parametrize("level", [0, 1])
async def test_acknowledged_at_each_level_nobody_else_is_called(tmp_path: Path, level: int) -> None:
    async with room(tmp_path, META) as staff:
        await staff.fails("facebook")
        await staff.course((6 * MINUTE) * level + 10 * SECOND, 5 * SECOND)
        await staff.owns((await staff.climbs())[0])
        told = await staff.course(2 * HOUR, MINUTE)
        [outage] = await staff.outages()

    others = [(1, "amtsleitung")] if level else []  # hears that somebody has it
    assert told == others
    assert outage.acknowledged_by == "presse"
    assert outage.comment == "Kümmere mich"


async def test_what_grows_worse_after_that_calls_the_first_again(tmp_path: Path) -> None:
    async with room(tmp_path, META) as staff:
        await staff.fails("facebook")
        await staff.look(5 * SECOND)
        await staff.owns((await staff.climbs())[0])
        await staff.fails("facebook", cause=Cause.ACCOUNT_LOCKED)
        told = await staff.course(MINUTE, 5 * SECOND)
        [climb], [outage] = await staff.climbs(), await staff.outages()

    assert told == [(10 / 60, "presse")]
    assert climb.acknowledged_by is None
    assert outage.acknowledged_by is None


async def test_whoever_was_told_hears_once_that_it_is_over(tmp_path: Path) -> None:
    async with room(tmp_path, META) as staff:
        await staff.fails("facebook", "threads")
        await staff.look(5 * SECOND)
        await staff.look(5 * MINUTE)
        await staff.works("facebook")
        first = await staff.look(10 * SECOND)
        await staff.works("threads")
        last = await staff.look()
        later = await staff.course(HOUR, MINUTE)
        climbs = await staff.climbs()

    assert first == []
    assert [name for name, _ in last] == ["amtsleitung", "presse"]
    assert all("Wieder in Ordnung: 2 Kanäle von Meta" in subject for _, subject in last)
    assert later == []
    assert climbs == []


async def test_what_was_over_before_anybody_was_told_alarms_nobody(tmp_path: Path) -> None:
    async with room(tmp_path, META) as staff:
        await staff.fails("facebook")
        await staff.look()
        await staff.works("facebook")
        told = await staff.course(HOUR, MINUTE)
        climbs = await staff.climbs()

    assert told == []
    assert climbs == []


async def test_a_platform_that_comes_and_goes_is_one_outage_in_waves(tmp_path: Path) -> None:
    async with room(tmp_path, META) as staff:
        told = []
        for _ in range(10):
            await staff.fails("facebook")
            told += await staff.course(2 * MINUTE, 5 * SECOND)
            await staff.works("facebook")
            told += await staff.course(2 * MINUTE, 5 * SECOND)
        told += await staff.course(20 * MINUTE, 30 * SECOND)
        [outage] = await staff.outages()

    assert outage.waves == 10
    assert outage.closed_at is not None
    assert len(told) <= 8  # and not forty


async def test_a_message_that_is_tried_again_and_strands_again_is_one_alarm(
    tmp_path: Path,
) -> None:
    async with room(tmp_path, META) as staff:
        told = []
        for _ in range(4):
            await staff.strands("m1", 7)
            told += await staff.look(5 * SECOND)
            await staff.tries_again("m1")
            told += await staff.look(30 * SECOND)
        await staff.carries("m1", 7)
        over = await staff.look()

    assert [name for name, _ in told] == ["presse"]
    assert over == [("presse", "Meldung Nr. 7 steckt nicht mehr fest")]


async def test_in_quiet_hours_nobody_is_woken_for_what_can_wait(tmp_path: Path) -> None:
    quiet = replace(STAFF, quiet_hours=QuietHours(start=time(12), end=time(14)))  # 13:00 by now
    async with room(tmp_path, META, staff=quiet) as staff:
        await staff.fails("facebook")
        await staff.note("message.rerouted", number=1, channel="x", why="off", onto=["brett"])
        night = await staff.letters(5 * SECOND)
        await staff.strands("m1", 7)
        alarm = await staff.letters()
        morning = await staff.letters(HOUR)

    assert [one.due_at - staff.at for one in night] == [-5 * SECOND]  # the reroute: at two
    assert [one.subject for one in alarm] == ["ALARM: Meldung Nr. 7 steckt fest"]
    assert any("facebook" in one.subject for one in morning)


async def test_a_contacts_own_quiet_hours_keep_only_theirs(tmp_path: Path) -> None:
    asleep = contact("presse", quiet_hours=QuietHours(start=time(12), end=time(14)))
    both = (Level(after=timedelta(), notify=("presse", "amtsleitung")),)
    rule = replace(STAFF, contacts={**STAFF.contacts, "presse": asleep}, levels=both)
    async with room(tmp_path, META, staff=rule) as staff:
        await staff.fails("facebook")
        letters = await staff.letters(5 * SECOND)

    assert {one.contact: one.due_at - staff.at for one in letters} == {
        "amtsleitung": timedelta(),
        "presse": HOUR - 5 * SECOND,
    }


async def test_under_a_silence_outages_are_kept_and_alarm_nobody_until_its_end(
    tmp_path: Path,
) -> None:
    async with room(tmp_path, {"meta": ["facebook"], "x": ["x"]}) as staff:
        wanted = Wanted(operator="meta", ends_at=staff.at + HOUR, reason="Umzug")
        await plan_silence(staff.storage, staff.board, wanted, PERSON)
        await staff.fails("facebook", "x")
        during = await staff.course(59 * MINUTE, MINUTE)
        await staff.strands("m1", 7)
        alarm = await staff.look()
        after = await staff.look(MINUTE)
        outages = await staff.outages()

    assert {name for _, name in during} == {"presse", "amtsleitung"}  # of x
    assert ("presse", "ALARM: Meldung Nr. 7 steckt fest") in alarm
    assert any("facebook" in subject for _, subject in after)
    assert len(outages) == 3


async def test_a_silence_that_ends_early_lets_alarms_through_at_once(tmp_path: Path) -> None:
    async with room(tmp_path, META) as staff:
        wanted = Wanted(ends_at=staff.at + 10 * HOUR, reason="Umzug")
        silence = await plan_silence(staff.storage, staff.board, wanted, PERSON)
        await staff.fails("facebook")
        before = await staff.look(HOUR)
        await end_silence(staff.storage, staff.board, silence.id, PERSON)
        after = await staff.look(SECOND)
        second = await staff.look(5 * MINUTE)

    assert before == []
    assert [name for name, _ in after] == ["presse"]
    assert [name for name, _ in second] == ["amtsleitung"]


async def test_maintenance_of_the_rules_is_announced_once_and_again_at_its_begin_and_end(
    tmp_path: Path,
) -> None:
    begin = STAFF.repeat_every * 4  # an hour from now
    async with room(tmp_path, META) as staff:
        work = Maintenance(
            channels=("facebook",),
            starts_at=staff.at + begin,
            ends_at=staff.at + 2 * HOUR,
            reason="Serverumzug",
        )
        rules = replace(STAFF, maintenance=(work,))
        staff.board.rules = replace(staff.board.rules, staff=rules)
        planned = await staff.look()
        staff.restart()
        again = await staff.look(30 * MINUTE)
        begun = await staff.look(30 * MINUTE)
        await staff.fails("facebook")
        during = await staff.course(50 * MINUTE, MINUTE)
        ended = await staff.look(10 * MINUTE)

    assert planned == [("presse", "Wartung geplant: facebook")]
    assert again == []
    assert begun == [("presse", "Wartung beginnt: facebook")]
    assert during == []
    assert any("Wartung beendet" in subject for _, subject in ended)
    assert any("facebook" in subject for _, subject in ended)


async def test_a_restart_in_the_middle_goes_on_where_it_stood(tmp_path: Path) -> None:
    async with room(tmp_path, META) as staff:
        await staff.fails("facebook")
        first = await staff.look(5 * SECOND)
        staff.restart()
        between = await staff.course(4 * MINUTE, 10 * SECOND)
        staff.restart()
        second = await staff.look(55 * SECOND)

    assert [name for name, _ in first] == ["presse"]
    assert between == []
    assert [name for name, _ in second] == ["amtsleitung"]


async def test_where_nobody_is_on_call_the_next_level_hears_at_once(tmp_path: Path) -> None:
    rota = (Level(after=timedelta(), notify=("bereitschaft",)), LEVELS[1])
    duty: list[str] = []
    async with room(
        tmp_path, META, staff=replace(STAFF, levels=rota), on_call=lambda _, __: duty
    ) as staff:
        await staff.fails("facebook")
        gap = await staff.look(5 * SECOND)
        duty.append("presse")
        await staff.strands("m1", 7)
        filled = await staff.look()

    assert [name for name, _ in gap] == ["amtsleitung"]
    assert [name for name, _ in filled] == ["presse"]


async def test_nothing_can_be_acknowledged_that_is_not_there_or_over(tmp_path: Path) -> None:
    async with room(tmp_path, META) as staff:
        await staff.fails("facebook")
        await staff.look(5 * SECOND)
        await staff.works("facebook")
        [outage] = await staff.outages()
        storage, board = staff.storage, staff.board

        with pytest.raises(InputError) as missing:
            await acknowledge(storage, board, outage_ids=["nie"], actor=PERSON)
        with pytest.raises(InputError) as over:
            await acknowledge(storage, board, outage_ids=[outage.id], actor=PERSON)

    assert (missing.value.status, over.value.status) == (404, 409)


async def test_what_somebody_took_on_before_staff_were_told_stays_theirs(tmp_path: Path) -> None:
    async with room(tmp_path, META) as staff:
        await staff.fails("facebook")
        [outage] = await staff.outages()
        await acknowledge(staff.storage, staff.board, outage_ids=[outage.id], actor=PERSON)
        told = await staff.course(HOUR, MINUTE)
        [climb] = await staff.climbs()

    assert told == []
    assert climb.acknowledged_by == "uid:1"


@pytest.mark.parametrize(("lasted", "told"), [(1, []), (6, ["Nr. 7 steckt nicht mehr fest"])])
async def test_a_stranding_that_was_over_before_anybody_was_told_is_told_of_unless_it_was_brief(
    tmp_path: Path, lasted: int, told: list[str]
) -> None:
    async with room(tmp_path, META) as staff:
        await staff.strands("m1", 7)
        staff.clock[0] += lasted * SECOND  # the daemon was dead, say
        await staff.carries("m1", 7)

        heard = await staff.look()
        assert [subject.removeprefix("Meldung ") for _, subject in heard] == told
        assert await staff.look(HOUR) == []
        assert await staff.climbs() == []


async def test_a_stranded_message_that_expired_before_anybody_was_told_is_told_as_expired(
    tmp_path: Path,
) -> None:
    async with room(tmp_path, META) as staff:
        await staff.strands("m1", 7)
        await staff.tries_again("m1")  # its outage is closed
        await staff.note("message.expired", "m1", number=7)

        heard = await staff.look()
        assert [subject for _, subject in heard] == ["ALARM: Meldung Nr. 7 ist abgelaufen"]
        assert await staff.climbs() == []


async def test_an_outage_from_before_there_were_escalations_climbs_once_it_changes(
    tmp_path: Path,
) -> None:
    async with room(tmp_path, META) as staff:
        await staff.fails("facebook")
        async with staff.storage.write() as unit:  # as an older version left it: read, in none
            [entry] = await unit.entries()
            await unit.set_cursor(READER, entry.number)
        before = await staff.course(HOUR, MINUTE)
        await staff.fails("facebook", cause=Cause.ACCOUNT_LOCKED)
        after = await staff.course(6 * MINUTE, 5 * SECOND)

    assert before == []
    assert after == [(5 / 60, "presse"), (5, "amtsleitung")]


async def test_a_stranded_message_that_gave_way_and_expired_in_one_moment_is_told_as_expired(
    tmp_path: Path,
) -> None:
    async with room(tmp_path, META) as staff:
        await staff.strands("m1", 7)
        await staff.look()
        await staff.tries_again("m1")  # its outage is closed
        await staff.note("message.superseded", "m1", number=7)
        await staff.note("message.expired", "m1", number=7)

        heard = await staff.look()
        assert [subject for _, subject in heard] == ["ALARM: Meldung Nr. 7 ist abgelaufen"]
        assert await staff.climbs() == []
