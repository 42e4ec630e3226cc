"""Figures over years: added up exactly, in hours and then in days; and operators' words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sentinel.domain.availability import Figures, Grain, Mark
from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.observation import Finding, Observation
from sentinel.domain.operator_word import OperatorWord, Says
from sentinel.storage.storage import Storage
from tests.storage.values import MINUTE, NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = Grain.DAY.start(NOON)
PUBLISH, PUBLIC = Ability.PUBLISH, Ability.PUBLIC
FAR = NOON + 9 * DAY


def seen(cause: Cause | None, ms: float, at: datetime = NOON, *, check: bool = True) -> Observation:
    return Observation(
        channel="x",
        probe="quota",
        finding=Finding(ability=PUBLISH, cause=cause),
        at=at,
        vantage="a",
        duration_ms=ms,
        fresh_until=at + MINUTE if check else None,
    )


async def kept(storage: Storage, channel: str | None = None) -> dict[tuple[str, datetime], Figures]:
    async with storage.read() as view:
        found = await view.rollups(TODAY - 99 * DAY, FAR, channel)
    return {(one.grain, one.start): one.figures for one in found}


async def test_what_is_added_to_an_hour_adds_up_and_the_slowest_stays(storage: Storage) -> None:
    one = Figures(up_ms=5, unknown_ms=1, checks=2, took_ms=30, slowest_ms=20)
    two = Figures(up_ms=6, down_ms=2, failures=1, slowest_ms=9)

    for figures in (one, two):
        async with storage.write() as unit:
            await unit.add_figures({("x", PUBLISH, NOON): figures})

    assert await kept(storage) == {("hour", NOON): one + two}


async def test_each_check_is_counted_with_the_observation_that_it_made(storage: Storage) -> None:
    batch = [
        seen(None, 10),
        seen(Cause.PLATFORM_FAULT, 30),
        seen(Cause.UPLINK_LOST, 5),
        seen(None, 7, NOON + HOUR),
        seen(Cause.CONTENT_REJECTED, 0, check=False),  # a real post
    ]

    async with storage.write() as unit:
        await unit.add_observations(batch)
        await unit.add_checks(batch)

    assert await kept(storage) == {
        ("hour", NOON): Figures(checks=3, failures=1, took_ms=45, slowest_ms=30),
        ("hour", NOON + HOUR): Figures(checks=1, took_ms=7, slowest_ms=7),
    }


async def test_old_hours_become_days_and_lose_nothing(storage: Storage) -> None:
    yesterday = TODAY - DAY
    full = Figures(up_ms=3_600_000, checks=120, took_ms=1200, slowest_ms=40)
    slow = replace(full, down_ms=1, slowest_ms=900)
    hours = {("x", PUBLISH, yesterday + n * HOUR): full for n in range(23)}
    hours |= {("x", PUBLISH, yesterday + 23 * HOUR): slow, ("x", PUBLISH, TODAY): full}

    async with storage.write() as unit:
        await unit.add_figures(hours)
    for days in (1, 0):  # a second round finds nothing to do
        async with storage.write() as unit:
            assert await unit.days_of_hours(TODAY) == days

    assert await kept(storage) == {
        ("day", yesterday): Figures(
            up_ms=86_400_000, down_ms=1, checks=2880, took_ms=28_800, slowest_ms=900
        ),
        ("hour", TODAY): full,
    }


async def test_days_of_several_channels_and_abilities_are_kept_apart(storage: Storage) -> None:
    one = Figures(up_ms=1)
    keys = [("x", PUBLISH), ("x", PUBLIC), ("y", PUBLISH)]
    hours = {
        (channel, ability, TODAY - days * DAY): one
        for channel, ability in keys
        for days in (1, 2, 5)
    }

    async with storage.write() as unit:
        await unit.add_figures(hours)
        assert await unit.days_of_hours(TODAY) == 3
        assert await unit.drop_rollups(TODAY - 4 * DAY) == 3
    async with storage.read() as view:
        found = await view.rollups(TODAY - 99 * DAY, FAR)

    assert [(r.channel, r.ability, r.grain, r.figures) for r in found[:3]] == [
        ("x", PUBLIC, Grain.DAY, one),
        ("x", PUBLISH, Grain.DAY, one),
        ("y", PUBLISH, Grain.DAY, one),
    ]
    assert len(found) == 6
    assert set(await kept(storage, "y")) == {("day", TODAY - DAY), ("day", TODAY - 2 * DAY)}


async def test_marks_come_back_and_are_dropped_by_channel(storage: Storage) -> None:
    mark = Mark(state=State.DEGRADED, until=NOON, number=17)

    async with storage.write() as unit:
        await unit.save_marks({("x", PUBLISH): mark, ("y", PUBLISH): mark})
        await unit.save_marks({("x", PUBLISH): replace(mark, number=18)})
        await unit.drop_marks(["y"])
    async with storage.read() as view:
        assert await view.marks() == {("x", PUBLISH): replace(mark, number=18)}
        assert await view.marks(["y"]) == {}


async def test_the_last_word_of_an_operator_comes_back_as_it_was(storage: Storage) -> None:
    word = OperatorWord(
        says=Says.TROUBLE, text="Störung", source="status.example", at=NOON, fresh_until=FAR
    )

    async with storage.write() as unit:
        await unit.save_operator_word("x", replace(word, says=Says.FINE))
        await unit.save_operator_word("x", word)
        await unit.save_check("x", "status_page", NOON)
    async with storage.read() as view:
        assert await view.operator_words() == {"x": word}
        assert await view.operator_word("x") == word
        assert await view.operator_word("y") is None
        assert await view.last_checks() == {("x", "status_page"): NOON}
