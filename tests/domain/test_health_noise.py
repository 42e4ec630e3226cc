"""Thirty days of noise, and thirty days with forty outages in them.

Virtual time, the real probe schedules, and the real rule: three in a row, again
after two seconds. One look in a hundred times out, one in five hundred is slow,
and now and then a single answer is an error page. None of it may move a
message; and of the forty outages none may be missed.

Three random failures in a row do happen: at one in a hundred, once in a million
looks, so to one channel about twice a year. Such a verdict is told here and not
hidden, and it is over with the next two looks, a few seconds later.
"""

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sentinel.domain.cause import Ability, Cause, Severity, State
from sentinel.domain.health import ChannelHealth, Verdict, blank, observe, track_of, unusable
from sentinel.domain.observation import Finding, Observation
from sentinel.domain.rules import FailOverWhen, Probing
from sentinel.domain.track import again_after
from tests.domain.course import MINUTE, NOON, SECOND

DAYS = 30
TIMED_OUT, SPIKE, ERROR_PAGE = 1 / 100, 1 / 500, 1 / 1000
TIMEOUT, JITTER = 8 * SECOND, 0.1
RULE = Probing()
SEED = 2023_07_05
LATER = 15 * MINUTE  # a verdict may change its cause as an outage ends

ASKS: Mapping[str, tuple[timedelta, tuple[Ability, ...]]] = {
    "reachability": (30 * SECOND, (Ability.PUBLISH,)),
    "credentials": (5 * MINUTE, (Ability.PUBLISH,)),
    "write_path": (5 * MINUTE, (Ability.PUBLISH,)),
    "read_back": (2 * MINUTE, (Ability.READ_BACK,)),
    "visibility": (2 * MINUTE, (Ability.PUBLIC,)),
    "listening": (5 * MINUTE, (Ability.LISTEN,)),
}
"""Each probe's default interval and what it speaks of (docs/probes.md)."""

PLAYED = (
    (Cause.UNREACHABLE, tuple(ASKS)),
    (Cause.PLATFORM_FAULT, tuple(ASKS)),
    (Cause.NAME_RESOLUTION, tuple(ASKS)),
    (Cause.CREDENTIAL_REJECTED, ("credentials", "write_path")),
    (Cause.PLAN_REFUSED, ("write_path",)),
    (Cause.PLATFORM_DEFENDING, ("write_path", "read_back", "listening")),
    (Cause.READER_RESTRICTED, ("visibility",)),
    (Cause.SLOW, tuple(ASKS)),
)
"""What an outage looks like, and to which probes."""


@dataclass(frozen=True)
class Outage:
    """Something that is really wrong for a while."""

    cause: Cause
    probes: tuple[str, ...]
    begins: datetime
    ends: datetime


@dataclass
class Wrong:
    """A verdict that sends messages away."""

    ability: Ability
    cause: Cause | None
    since: datetime
    until: datetime | None = None


@dataclass
class Days:
    """One channel, watched through thirty days as the watcher watches it."""

    seed: int
    outages: tuple[Outage, ...] = ()
    checks: int = 0
    noise: Counter[str] = field(default_factory=Counter)
    wrong: list[Wrong] = field(default_factory=list)
    diverted: list[datetime] = field(default_factory=list)

    def run(self) -> "Days":
        """Watch, and have somebody ask at random moments, five times a day, where to post."""
        dice = Random(self.seed)  # noqa: S311 - the weather, not secrets
        health = blank("x", Ability, NOON)
        end = NOON + DAYS * timedelta(days=1)
        due = [(NOON + dice.random() * every, probe) for probe, (every, _) in ASKS.items()]
        heapq.heapify(due)
        messages = sorted(NOON + dice.random() * (end - NOON) for _ in range(5 * DAYS))[::-1]
        turns = dict.fromkeys(ASKS, NOON)
        while due[0][0] < end:
            at, probe = heapq.heappop(due)
            while messages and messages[-1] < at:
                self.post(health, messages.pop())
            cause, took = self.look(probe, at, dice)
            health = self.judge(health, probe, cause, at + took)
            every = ASKS[probe][0]
            if at >= turns[probe]:
                turns[probe] = at + every * (1 + JITTER * (dice.random() - 0.5))
            again = self.again(health, probe, every)
            soon = at + took + again if again else turns[probe]
            heapq.heappush(due, (min(soon, turns[probe]), probe))
        return self

    def post(self, health: ChannelHealth, at: datetime) -> None:
        """A routine message leaves a channel sooner than a grave one: ask for that."""
        needs, when = [Ability.PUBLISH, Ability.PUBLIC], FailOverWhen.DEGRADED
        if unusable(health.verdicts, needs, when, Severity.MINOR):
            self.diverted.append(at)

    def look(self, probe: str, at: datetime, dice: Random) -> tuple[Cause | None, timedelta]:
        """Return what one look sees: what is, or a moment's noise."""
        self.checks += 1
        real = next((o.cause for o in self.now(at) if probe in o.probes), None)
        if real is not None:
            return real, TIMEOUT if real is Cause.UNREACHABLE else SECOND / 5
        roll = dice.random()
        for cause, share in (
            (Cause.UNREACHABLE, TIMED_OUT),
            (Cause.SLOW, SPIKE),
            (Cause.PLATFORM_FAULT, ERROR_PAGE),
        ):
            if roll < share:
                self.noise[cause] += 1
                return cause, TIMEOUT if cause is Cause.UNREACHABLE else SECOND
            roll -= share
        return None, SECOND / 5

    def now(self, at: datetime) -> Iterator[Outage]:
        return (outage for outage in self.outages if outage.begins <= at < outage.ends)

    def judge(
        self, health: ChannelHealth, probe: str, cause: Cause | None, at: datetime
    ) -> ChannelHealth:
        every, abilities = ASKS[probe]
        for ability in abilities:
            finding = Finding(
                ability=ability, cause=cause, evidence="seen", proves=probe != "reachability"
            )
            seen = Observation(
                channel="x",
                probe=probe,
                finding=finding,
                at=at,
                vantage="rathaus",
                fresh_until=at + 3 * every,
            )
            before = health.verdicts[ability]
            health = observe(health, seen, RULE, family_calm=True, at=at)
            after = health.verdicts[ability]
            if (before.state, before.cause) != (after.state, after.cause):
                self.note(ability, after, at)
        return health

    def note(self, ability: Ability, verdict: Verdict, at: datetime) -> None:
        for one in self.wrong[-4:]:
            if one.ability is ability and one.until is None:
                one.until = at
        if verdict.state in {State.DOWN, State.DEGRADED}:
            self.wrong.append(Wrong(ability, verdict.cause, at))

    def again(self, health: ChannelHealth, probe: str, every: timedelta) -> timedelta | None:
        pauses = []
        for ability in ASKS[probe][1]:
            track = track_of(health, ability, probe, "rathaus")
            pauses.append(again_after(track, RULE, every) if track else None)
        return min((pause for pause in pauses if pause), default=None)

    def __str__(self) -> str:
        noise = ", ".join(f"{count} {cause}" for cause, count in sorted(self.noise.items()))
        return (
            f"seed {self.seed}: {self.checks} checks in {DAYS} days; noise: {noise}; "
            f"{len(self.wrong)} verdicts, {len(self.diverted)} of {5 * DAYS} messages diverted"
        )


def forty_outages(seed: int) -> tuple[Outage, ...]:
    """Spread forty outages over the days, at random moments and of all kinds."""
    dice, gap = Random(seed), timedelta(days=DAYS) / 40  # noqa: S311 - when, not secrets
    found = []
    for number in range(40):
        cause, probes = PLAYED[number % len(PLAYED)]
        begins = NOON + number * gap + dice.random() * gap / 2
        lasts = timedelta(minutes=dice.uniform(11, 90))
        found.append(Outage(cause, probes, begins, begins + lasts))
    return tuple(found)


def test_thirty_days_of_noise_move_no_message() -> None:
    days = Days(seed=SEED).run()

    print(days)
    assert days.checks > 150_000
    assert days.noise[Cause.UNREACHABLE] > 1_000
    assert days.diverted == []
    assert all(one.until and one.until - one.since < MINUTE for one in days.wrong)
    assert len(days.wrong) <= 1


def test_forty_outages_in_the_same_noise_are_all_found() -> None:
    outages = forty_outages(SEED)
    days = Days(seed=SEED, outages=outages).run()

    found = [next((w for w in days.wrong if found_by(w, outage)), None) for outage in outages]
    took = sorted(w.since - o.begins for w, o in zip(found, outages, strict=True) if w)
    print(days)
    print(f"{len(took)} of 40 found, after {took[0]} to {took[-1]}, half after {took[20]}")
    assert len(took) == 40
    assert all(w.until is not None for w in days.wrong)
    false = [
        w for w in days.wrong if not any(o.begins <= w.since <= o.ends + LATER for o in outages)
    ]
    assert len(false) <= 1


def found_by(wrong: Wrong, outage: Outage) -> bool:
    """A verdict of the right cause, while it lasted."""
    return wrong.cause is outage.cause and outage.begins <= wrong.since <= outage.ends
