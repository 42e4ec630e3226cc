"""A platform that refuses a login is not asked by every probe in turn: logins are counted."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.cause import Cause
from sentinel.service.refusals import FREE, LONGEST, Refusals
from sentinel.simulator.server import Simulator
from sentinel.wire import RenewalFailed
from tests.support.house import House, route, rules_for

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
NO = RenewalFailed(Cause.CREDENTIAL_REJECTED, "401")


def refused(times: int, at: datetime = NOON) -> Refusals:
    refusals = Refusals()
    for _ in range(times):
        refusals.add("stadt", "d1", NO, at)
    return refusals


def test_a_glitch_of_seconds_costs_no_waiting() -> None:
    assert refused(FREE - 1).standing("stadt", "d1", NOON) is None


def test_after_a_few_refusals_the_platforms_word_stands_for_a_minute() -> None:
    refusals = refused(FREE)

    assert refusals.standing("stadt", "d1", NOON + 59 * SECOND) is NO
    assert refusals.standing("stadt", "d1", NOON + 60 * SECOND) is None
    assert refusals.standing("feuerwehr", "d1", NOON) is None


def test_a_new_credential_is_asked_for_at_once_and_begins_anew() -> None:
    refusals = refused(FREE + 5)

    assert refusals.standing("stadt", "d2", NOON) is None
    refusals.add("stadt", "d2", NO, NOON)
    assert refusals.standing("stadt", "d2", NOON) is None


def test_once_there_is_a_session_nothing_is_remembered() -> None:
    refusals = refused(FREE + 5)

    refusals.clear("stadt")

    assert refusals.standing("stadt", "d1", NOON) is None


def test_a_clock_that_was_set_back_does_not_lock_us_out() -> None:
    assert refused(FREE + 5).standing("stadt", "d1", NOON - DAY) is None


@given(st.lists(st.timedeltas(SECOND, 10 * MINUTE), min_size=50, max_size=400))
def test_however_often_it_is_asked_no_day_sees_more_than_a_hundred_or_so_logins(
    pauses: list[timedelta],
) -> None:
    refusals, at, asked = Refusals(), NOON, 0
    for pause in pauses:
        at += pause
        if at < NOON + DAY and refusals.standing("stadt", "d1", at) is None:
            refusals.add("stadt", "d1", NO, at)
            asked += 1

    assert asked <= FREE + 4 + DAY // LONGEST


async def test_one_login_serves_every_probe_and_the_next_start(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_for(sim, tmp_path, [route("bluesky-stadt")], only=("bluesky-stadt",))

    async def session(house: House) -> dict[str, str]:
        account = await house.parts.watcher.looks.accounts.account("bluesky-stadt")
        return dict(account.session)

    async with House(file) as house:
        await house.judged("bluesky-stadt", "publish", "up", None)
        first = await session(house)
        for _ in range(2):
            await house.parts.watcher.check_now(["bluesky-stadt"])
        later = await session(house)
    async with House(file) as house:
        await house.parts.watcher.check_now(["bluesky-stadt"])
        again = await session(house)

    assert first["accessJwt"]
    assert later == first
    assert again == first
