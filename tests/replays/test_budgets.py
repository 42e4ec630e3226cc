"""Budgets that the disaster itself uses up, replayed over 24 hours with the daemon's own parts.

Japan, 1 January 2024: two hours after the Noto earthquake a warning service was
cut off by its posting limit, with tsunami warnings in force, for two to three
hours. United States, April 2023: weather services got fifty automated posts a
day, and could not know which of their warnings would still go out; others were
refused altogether from one minute to the next, with good credentials.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sentinel.domain.cause import Ability, Cause, Severity, State
from sentinel.domain.message import MessageState
from sentinel.storage.journal import Entry
from tests.replays.day import Day, day, memory, play

GRAVE = {"extreme", "severe"}
CALM = 0.25  # hours before a story begins, in which every channel is seen to be well
QUARTER = timedelta(minutes=15)

Script = list[tuple[float, Severity]]


@pytest.fixture
def folder() -> Iterator[Path]:
    with memory() as found:
        yield found


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of a day."""

    grave: int  # messages
    on: Counter[str]  # grave messages, by the channel that carried them
    routine_on: Counter[str]
    slowest_s: float  # from accepted to posted, of grave messages
    refused: int  # attempts for grave messages that the platform refused
    states: Counter[str]  # of grave messages at the end
    warned: datetime | None  # of the day's window
    used_up: datetime | None  # as staff were told: nothing, or only the reserve, was left
    naive: datetime  # when the cap would have been used up by whoever posts all of it
    windows: list[tuple[str, str]]  # of which they were warned, and of what end
    notes: list[str]

    def show(self, what: str) -> None:
        """Say it to whoever runs the tests with -s."""
        at = f"{self.warned:%H:%M}" if self.warned else "never"
        end = f"{self.used_up:%H:%M}" if self.used_up else "never"
        print(
            f"\n{what}: {self.grave} extreme and severe messages, {self.states}; on {self.on}; "
            f"slowest {self.slowest_s:.1f} s; {self.refused} attempts refused. "
            f"Routine on {self.routine_on}. Posting everything there would have used the cap up "
            f"at {self.naive:%H:%M}; warned at {at} (in all "
            f"{self.windows}), for routine over at {end} (UTC)."
        )


def storm(
    rates: list[tuple[float, float, float]], grave: list[tuple[float, Severity]], seed: int
) -> Script:
    """Return routine messages at (from, to, an hour), in hours, and the grave ones among them."""
    random, script = Random(seed), list(grave)  # noqa: S311 - a storm, not a secret
    for begin, end, per_hour in rates:
        at = begin
        while (at := at + random.expovariate(per_hour)) < end:
            script.append((at, random.choice([Severity.MODERATE, Severity.MINOR])))
    return sorted(script, key=lambda one: one[0])


async def live(there: Day, script: Script, ids: dict[str, str], until: float = 24) -> None:
    """Send a script, each message at its time; `ids` takes their severity."""
    for number, (hours, severity) in enumerate(script):
        await there.until(CALM + hours)
        message = await there.send(f"Nr. {number}: {severity}", severity)
        ids[message.id] = severity
    await there.until(CALM + until)


async def judge(there: Day, ids: dict[str, str], script: Script, cap: int) -> Told:
    """Gather what came of it."""
    async with there.parts.storage.read() as view:
        found = await view.deliveries_of_many(list(ids))
        states = await view.message_states(list(ids))
        accepted = {i: (await view.message(i)).accepted_at for i in ids}  # type: ignore[union-attr]
    on, routine, waits = Counter[str](), Counter[str](), list[float]()
    for message, deliveries in found.items():
        for delivery in deliveries:
            if delivery.posted_at is None:
                continue
            (on if ids[message] in GRAVE else routine)[delivery.channel] += 1
            if ids[message] in GRAVE:
                waits.append((delivery.posted_at - accepted[message]).total_seconds())
    throttled = await there.journal("delivery.throttled", "delivery.refused")
    told = [e for e in await there.journal("quota.endangered") if e.subject == "x-stadt"]
    low = [e for e in await there.journal("verdict.changed") if _kept_back(e)]
    nth = sorted(at for at, _ in script)[cap - 1]
    return Told(
        grave=sum(severity in GRAVE for severity in ids.values()),
        on=on,
        routine_on=routine,
        slowest_s=max(waits),
        refused=sum(ids.get(str((e.payload or {})["message"])) in GRAVE for e in throttled),
        states=Counter(str(states[i]) for i, severity in ids.items() if severity in GRAVE),
        warned=next((e.at for e in told if (e.payload or {})["window"] == "posts/24h"), None),
        used_up=low[0].at if low else None,
        naive=there.began + timedelta(hours=CALM + nth),
        windows=[((e.payload or {})["window"], (e.payload or {})["stage"]) for e in told],
        notes=[subject for _, subject, _ in there.told],
    )


def _kept_back(entry: Entry) -> bool:
    spent = {Cause.QUOTA_LOW, Cause.QUOTA_EXHAUSTED, Cause.RATE_LIMITED}
    return entry.subject == "x-stadt" and (entry.payload or {})["cause"] in spent


def a_day(
    folder: Path,
    began: datetime,
    script: Script,
    *,
    cap: int,
    quota: dict[str, Any],
    hours: float = 24,
) -> tuple[Told, int]:
    """Live through a day; return what came of it, and how often the platform had to refuse."""

    async def story(patch: pytest.MonkeyPatch) -> tuple[Told, int]:
        ids: dict[str, str] = {}
        async with day(folder, began, cap, quota, patch) as there:
            await live(there, script, ids, hours)
            return await judge(there, ids, script, cap), len(there.cap.refused)

    return play(story)


def earthquake() -> Script:
    """Two reports a minute for three hours, then ever fewer; warnings and their updates."""
    first = [(n / 6, Severity.EXTREME if n < 4 else Severity.SEVERE) for n in range(18)]
    later = [(3 + n, Severity.SEVERE) for n in range(20)]
    return storm([(0, 3, 120), (3, 8, 30), (8, 23.9, 6)], [*first, *later], seed=1)


def test_a_warning_service_is_not_cut_off_in_the_middle_of_a_tsunami_warning(
    folder: Path,
) -> None:
    """Of 300 posts a day the headers tell; the rules keep 60 of them for the gravest."""
    began = datetime(2024, 1, 1, 6, 55, tzinfo=UTC)

    told, refusals = a_day(folder, began, earthquake(), cap=300, quota={"reserve": 60})

    told.show("Noto, 1 January 2024")
    assert told.states == Counter({str(MessageState.LIVE): told.grave})
    assert told.on == Counter({"x-stadt": told.grave})
    assert (told.refused, refusals) == (0, 0)
    assert told.slowest_s < 5
    assert told.naive - began < timedelta(hours=3)
    assert told.warned
    assert told.used_up
    assert told.used_up - told.warned >= QUARTER
    assert len(set(told.windows)) == len(told.windows)  # of each window once
    assert any(note.startswith("Kontingent wird knapp: x-stadt") for note in told.notes)


def thunderstorms() -> Script:
    """Twelve reports an hour for half a day, then two; a grave warning each hour."""
    grave = [(0.5 + n, Severity.SEVERE) for n in range(23)]
    return storm([(0, 12, 12), (12, 23.9, 2)], grave, seed=2)


def test_of_fifty_posts_a_day_the_gravest_all_go_out(folder: Path) -> None:
    """Here no header tells of it before: the rules state what the plan allows."""
    began = datetime(2023, 4, 15, 12, 0, tzinfo=UTC)
    quota = {"limit": 50, "per": "24h", "reserve": 25}

    told, refusals = a_day(folder, began, thunderstorms(), cap=50, quota=quota)

    told.show("Weather service, April 2023")
    assert told.states == Counter({str(MessageState.LIVE): told.grave})
    assert told.on == Counter({"x-stadt": told.grave})
    assert (told.refused, refusals) == (0, 0)
    assert told.slowest_s < 5
    assert told.warned
    assert told.used_up
    assert told.used_up - told.warned >= QUARTER


def test_without_a_reserve_the_gravest_still_go_out_on_the_next_channel(folder: Path) -> None:
    began = datetime(2023, 4, 15, 12, 0, tzinfo=UTC)
    quota = {"limit": 50, "per": "24h"}

    first = [one for one in thunderstorms() if one[0] < 7]

    told, refusals = a_day(folder, began, first, cap=50, quota=quota, hours=7)

    told.show("The same without a reserve")
    assert told.states == Counter({str(MessageState.LIVE): told.grave})
    assert 0 < told.on["x-stadt"] < told.grave
    assert (told.refused, refusals) == (0, 0)
    assert told.used_up
    assert told.warned
    assert told.used_up - told.warned >= QUARTER


@pytest.mark.parametrize(
    ("fault", "cause"),
    [("plan_refused", Cause.PLAN_REFUSED), ("payment_required", Cause.PAYMENT_REQUIRED)],
)
def test_a_plan_that_ends_in_the_middle_of_it_is_known_for_what_it_is(
    folder: Path, fault: str, cause: Cause
) -> None:
    """From one minute to the next all writes are refused; nobody calls the token revoked."""
    began = datetime(2023, 4, 14, 12, 0, tzinfo=UTC)

    async def story(patch: pytest.MonkeyPatch) -> tuple[Told, list[Any], State]:
        ids: dict[str, str] = {}
        script: Script = [(n / 2, Severity.SEVERE) for n in range(8)]
        async with day(folder, began, 300, {"reserve": 20}, patch) as there:
            await live_until(there, script[:4], ids, 1.9)
            there.street.faults.put("x", fault)
            await live_until(there, script[4:], ids, 4)
            verdict = there.parts.board.health("x-stadt").verdicts[Ability.PUBLISH]
            causes = [
                (e.payload or {})["cause"]
                for e in await there.journal("verdict.changed")
                if e.subject == "x-stadt"
            ]
            assert verdict.cause is cause
            return await judge(there, ids, script, 4), causes, verdict.state

    told, causes, state = play(story)

    told.show(f"{fault}, 14 April 2023")
    assert state is State.DOWN
    assert set(causes) == {None, cause}
    assert told.on == Counter({"x-stadt": 4, "mastodon-stadt": 4})
    assert told.states == Counter({str(MessageState.LIVE): 8})
    assert told.slowest_s < 5


async def live_until(there: Day, script: Script, ids: dict[str, str], hours: float) -> None:
    """Send a part of a script, and let time pass."""
    for number, (at, severity) in enumerate(script):
        await there.until(CALM + at)
        message = await there.send(f"Nr. {number} um {at}: {severity}", severity)
        ids[message.id] = severity
    await there.until(CALM + hours)
