"""A platform that refuses a login is not asked by every probe in turn: logins are counted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
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


def test_a_grave_message_gets_a_login_of_its_own_half_a_minute_after_the_last_refusal() -> None:
    refusals = refused(FREE + 5)

    assert refusals.standing("stadt", "d1", NOON + 29 * SECOND, grave=True) is NO
    assert refusals.standing("stadt", "d1", NOON + 30 * SECOND, grave=True) is None
    assert refusals.standing("stadt", "d1", NOON + 30 * SECOND) is NO


def test_a_grave_message_waits_no_longer_than_others_after_a_glitch() -> None:
    assert refused(1).standing("stadt", "d1", NOON, grave=True) is None


def test_after_too_many_logins_not_even_a_grave_message_asks_again() -> None:
    refusals = Refusals()
    for _ in range(FREE):
        refusals.add("stadt", "d1", RenewalFailed(Cause.RATE_LIMITED, "429"), NOON)

    assert refusals.standing("stadt", "d1", NOON + 30 * SECOND, grave=True) is not None


def test_the_last_ten_logins_of_a_day_are_kept_for_grave_messages() -> None:
    refusals = refused(90)
    evening = NOON + 8 * 60 * MINUTE

    assert refusals.standing("stadt", "d1", evening) is NO
    for minute in range(10):
        assert refusals.standing("stadt", "d1", evening + minute * MINUTE, grave=True) is None
        refusals.add("stadt", "d1", NO, evening + minute * MINUTE)
    assert refusals.standing("stadt", "d1", evening + 11 * MINUTE, grave=True) is NO
    assert refusals.standing("stadt", "d1", NOON + DAY) is None


async def test_a_grave_message_is_posted_though_the_probes_wait_after_refused_logins(
    sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sentinel.service.refusals.GRAVE_AFTER", timedelta())
    sim.faults.put("bluesky", "credential_revoked")
    file = await rules_for(sim, tmp_path, [route("bluesky-stadt")], only=("bluesky-stadt",))
    async with House(file) as house:
        accounts = house.parts.watcher.looks.accounts
        for _ in range(FREE):
            await house.parts.watcher.check_now(["bluesky-stadt"])
        sim.faults.clear()
        account = await accounts.account("bluesky-stadt")
        with pytest.raises(RenewalFailed):
            await accounts.renew(account)
        session = await accounts.renew(replace(account, grave=True))

    assert session["accessJwt"]


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
