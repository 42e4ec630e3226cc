"""When things run: on time, one at a time, and never dead because one of them crashed."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sentinel.service.schedule import Schedule
from tests.support.house import until, utc_now

FAST = timedelta(milliseconds=40)


async def test_a_job_runs_again_and_again_until_it_is_dropped() -> None:
    runs: list[object] = []

    async def run() -> None:
        runs.append(utc_now())

    async with Schedule(utc_now) as schedule:
        schedule.every("count", FAST, run, first=utc_now())
        await until(lambda: _has(runs, 3), 3, "three runs")
        schedule.drop("count")
        schedule.drop("count")
        known = len(runs)
        await asyncio.sleep(0.15)
        names = schedule.names()

    assert len(runs) <= known + 1
    assert names == frozenset()


async def test_a_crash_ends_that_run_and_nothing_else() -> None:
    runs: list[object] = []

    async def run() -> None:
        runs.append(1)
        raise ZeroDivisionError

    async with Schedule(utc_now) as schedule:
        schedule.every("crash", FAST, run, first=utc_now())
        await until(lambda: _has(runs, 3), 3, "three runs")
        assert schedule.running


async def test_a_job_that_hangs_is_not_joined_by_a_second_and_delays_no_other() -> None:
    hanging: list[object] = []
    others: list[object] = []

    async def hang() -> None:
        hanging.append(1)
        await asyncio.sleep(60)

    async def run() -> None:
        others.append(1)

    async with asyncio.timeout(5):
        async with Schedule(utc_now) as schedule:
            schedule.every("hang", FAST, hang, first=utc_now())
            schedule.every("run", FAST, run, first=utc_now())
            await until(lambda: _has(others, 5), 3, "five runs")

    assert len(hanging) == 1


async def test_what_is_wanted_soon_is_not_put_off_by_wanting_it_again() -> None:
    runs: list[datetime] = []

    async def run() -> None:
        runs.append(utc_now())

    began = utc_now()
    async with Schedule(utc_now) as schedule:
        for _ in range(10):  # longer, all in all, than the time that is waited for
            schedule.once("soon", timedelta(milliseconds=100), run)
            await asyncio.sleep(0.03)
        await until(lambda: _has(runs, 1), 3, "a run")

    assert runs[0] - began < timedelta(milliseconds=250)


async def test_what_is_wanted_earlier_comes_earlier() -> None:
    runs: list[object] = []

    async def run() -> None:
        runs.append(1)

    async with Schedule(utc_now) as schedule:
        schedule.once("soon", timedelta(seconds=60), run)
        schedule.once("soon", timedelta(milliseconds=20), run)
        await until(lambda: _has(runs, 1), 3, "a run")


async def test_the_end_waits_until_what_was_running_has_let_go() -> None:
    let_go: list[object] = []

    async def run() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            let_go.append(1)

    async with Schedule(utc_now) as schedule:
        schedule.once("run", timedelta(), run)
        await asyncio.sleep(0.1)

    assert let_go == [1]


async def test_a_pace_is_kept_on_average_and_never_stretched_by_more_than_a_twentieth() -> None:
    pace, runs = timedelta(milliseconds=20), list[datetime]()

    async with Schedule(utc_now) as schedule:
        schedule.began = lambda _, planned: runs.append(planned)
        schedule.every("beat", pace, _nothing, first=utc_now())
        await until(lambda: _has(runs, 40), 5, "forty runs")

    pauses = [after - before for before, after in pairwise(runs)]
    usual = sorted(pauses)[: len(pauses) * 3 // 4]  # a busy machine makes some longer
    assert min(pauses) >= pace * 0.94
    assert max(usual) <= pace * 1.06
    assert any(pause < pace for pause in pauses)


async def test_what_began_together_does_not_go_on_together() -> None:
    pace, runs = timedelta(seconds=1), dict[str, list[datetime]]()

    def began(name: str, planned: datetime) -> None:
        runs.setdefault(name, []).append(planned)

    async with Schedule(utc_now) as schedule:
        schedule.began = began
        at = utc_now()
        for number in range(60):
            schedule.every(f"{number}", pace, _nothing, first=at, scatter=True)
        await until(lambda: _all_have(runs, 60, 2), 5, "everybody's second run")

    after = [second - first for first, second, *_ in runs.values()]
    assert {first for first, *_ in runs.values()} == {at}
    assert max(after) < 2 * pace  # late in being handed out, a run is planned from then on
    quarters = [sum(part <= pause / pace * 4 < part + 1 for pause in after) for part in range(4)]
    assert min(quarters) > 2


async def test_a_late_run_says_how_late_it_is_and_stays_one_run() -> None:
    told: list[timedelta] = []

    async with Schedule(utc_now) as schedule:
        schedule.began = lambda _, planned: told.append(utc_now() - planned)
        schedule.every("beat", FAST, _nothing, first=utc_now())
        await until(lambda: _has(told, 2), 3, "two runs")
        known = len(told)
        time.sleep(0.3)  # noqa: ASYNC251 - the loop itself hangs: seven beats pass
        await asyncio.sleep(0.02)

    assert len(told) == known + 1
    assert timedelta(milliseconds=200) < told[-1] < timedelta(milliseconds=1000)


async def _nothing() -> None:
    return


async def _all_have(runs: dict[str, list[datetime]], names: int, many: int) -> bool:
    return len(runs) == names and all(len(times) >= many for times in runs.values())


async def _has(runs: Sequence[object], many: int) -> bool:
    return len(runs) >= many


async def test_a_run_that_does_not_end_makes_the_next_one_late_and_one_on_time_is_not() -> None:
    begun = asyncio.Event()

    async def hang() -> None:
        begun.set()
        await asyncio.sleep(60)

    async def run() -> None:
        """End at once."""

    async with Schedule(utc_now) as schedule:
        schedule.every("check hangs", FAST, hang, first=utc_now())
        schedule.every("check ends", timedelta(seconds=30), run, first=utc_now())
        await begun.wait()
        later = utc_now() + timedelta(seconds=1)
        late = schedule.late(later, ("check ",))
        others = schedule.late(later, ("uplink ",))
        schedule.shift(timedelta(hours=1))
        shifted = schedule.late(later + timedelta(hours=1), ("check ",))

    assert [every for _, every in late] == [FAST]
    assert late[0][0] > timedelta(seconds=0.9)
    assert shifted == late
    assert others == []
