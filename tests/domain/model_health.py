"""A second reading of how health is judged: told anew from the papers, as naively as can be.

Nothing of `sentinel.domain` that judges is used here. Where the domain counts,
this looks back over everything that was ever seen, each time from the beginning;
it is slow, and it can be checked against the papers line by line.

`Story` is one ability seen from one place. Of several places, and of families,
the machines in `test_health_machine` know the truth that they play, and need no
second reading.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

GOOD = "good"
SLOW = "slow"  # degraded, counted
UNREACHABLE = "unreachable"  # down, counted
REFUSED = "permission_missing"  # down at once
LIMITED = "rate_limited"  # down at once, until the reset
UPLINK_LOST = "uplink_lost"  # says nothing of the platform

ALL = frozenset({GOOD, SLOW, UNREACHABLE, REFUSED, LIMITED})

GRAVITY = {
    SLOW: 5,
    LIMITED: 20,
    UNREACHABLE: 50,
    REFUSED: 65,
    "stale": 20,
    UPLINK_LOST: 30,
    GOOD: 0,
}
BADNESS = {"up": 0, "unknown": 1, "degraded": 2, "down": 3}

Said = tuple[str, str | None]
"""State and cause."""


@dataclass(frozen=True)
class Look:
    """One finding of one probe."""

    at: datetime
    kind: str
    until: datetime | None = None


@dataclass(frozen=True)
class Rule:
    """The numbers of the rules file."""

    fall: int
    rise: int
    fresh: timedelta  # three intervals
    changes: int
    within: timedelta
    calm_for: timedelta


@dataclass
class Story:
    """Everything that was seen of one ability, and what was said of it at each step."""

    rule: Rule
    looks: dict[str, list[Look]] = field(default_factory=dict)
    cut: bool = False
    shown: Said = ("unknown", "not_observed")
    known: str | None = None  # the last state shown that was no doubt
    turns: list[datetime] = field(default_factory=list)

    def see(self, probe: str, look: Look) -> None:
        """Add one finding."""
        self.looks.setdefault(probe, [])
        if look.kind == UPLINK_LOST:
            self.cut = True
        else:
            self.cut = False
            self.looks[probe].append(look)

    def show(self, at: datetime) -> Said:
        """Return what is shown at `at`: what is said, unless it flaps."""
        said = self.said(at)
        was_bad = self.known in {"down", "degraded"}
        calm = self._calm_at(at)
        if said[0] == "up" and was_bad and calm and at < calm:
            if self.shown[1] == UPLINK_LOST:  # it is back, and what was bad before is in doubt
                self.shown = ("unknown", "stale")
            return self.shown
        if said[0] != "unknown":
            if self.known is not None and (self.known == "up") != (said[0] == "up"):
                self.turns.append(at)
            self.known = said[0]
        self.shown = said
        return said

    def said(self, at: datetime) -> Said:
        """Return the worst that any probe says."""
        told = {probe: retold(looks, self.rule, at) for probe, looks in self.looks.items()}
        voices = [voice for probe in told if (voice := voice_of(probe, told[probe]))]
        if self.cut:
            voices = [v for v in voices if v[1] not in {None, SLOW, UNREACHABLE}]
            voices.append(("unknown", UPLINK_LOST))
        if voices:
            return max(voices, key=lambda v: (BADNESS[v[0]], GRAVITY[v[1] or GOOD]))
        old = any(told[probe].cause == "stale" for probe in told if probe != "reachability")
        return ("unknown", "stale" if old else "not_observed")

    def _calm_at(self, at: datetime) -> datetime | None:
        """Return when a flapping ability may come back; None: it does not flap."""
        lately = [turn for turn in self.turns if turn > at - self.rule.within]
        failures = [look.at for looks in self.looks.values() for look in looks if look.kind != GOOD]
        if len(lately) <= self.rule.changes or not failures:
            return None
        slides = lately[-self.rule.changes - 1] + self.rule.within
        return min(max(failures) + self.rule.calm_for, slides)


def voice_of(probe: str, told: "Told") -> Said | None:
    """Return what a probe says now. That an address answers proves nothing good."""
    if told.state in {"down", "degraded"}:
        return (told.state, told.cause)
    if told.state == "unknown" and told.fell:
        return ("unknown", "stale")
    return ("up", None) if told.state == "up" and probe != "reachability" else None


def retold(looks: Sequence[Look], rule: Rule, at: datetime) -> "Told":
    """Tell one probe's story from its beginning."""
    told = Told(rule)
    for look, after in pairwise([*looks, None]):
        if look is not None:
            told.take(look)
            told.let_pass(look, after.at if after else at)
    return told


@dataclass
class Told:
    """One probe's story as far as it was told."""

    rule: Rule
    state: str = "unknown"
    cause: str | None = "not_observed"
    until: datetime | None = None
    fell: bool = False
    run: list[str] = field(default_factory=list)  # seen since the count last began anew
    lately: list[str] = field(default_factory=list)  # seen since then, or since it went stale

    def take(self, look: Look) -> None:
        """Tell one look."""
        self.run.append(look.kind)
        self.lately.append(look.kind)
        refused = self.fell and self.state == "down" and self.cause == REFUSED
        limited = self.fell and self.cause == LIMITED
        match look.kind:
            case "permission_missing":
                self.falls("down", REFUSED)
            case "rate_limited" if not refused:
                ahead = look.until if look.until and look.until > look.at else None
                self.falls("down", LIMITED, ahead or (self.until if limited else None))
            case "unreachable" if not refused and not limited:
                if all_of(self.run, self.rule.fall, {UNREACHABLE, REFUSED, LIMITED}):
                    self.falls("down", UNREACHABLE)
            case "good" | "slow" if not (limited and self.until and look.at < self.until):
                self.mends(look.kind)

    def falls(self, state: str, cause: str, until: datetime | None = None) -> None:
        self.state, self.cause, self.until, self.fell = state, cause, until, True

    def mends(self, kind: str) -> None:
        """Tell a good or a slow look at what no reset holds down."""
        rise = self.rule.rise
        answered = all_of(self.lately, rise, {GOOD, SLOW})
        slow = kind == SLOW and all_of(self.run, self.rule.fall, ALL - {GOOD})
        if slow and (self.state != "down" or answered):
            self.falls("degraded", SLOW)
            return
        well = all_of(self.lately, rise, {GOOD}) if self.state == "degraded" else answered
        if well or not self.fell:
            self.state, self.cause, self.until, self.fell = "up", None, None, False

    def let_pass(self, last: Look, now: datetime) -> None:
        """Tell what time alone ends: a reset that comes, and what grows stale after it."""
        if self.fell and self.cause == LIMITED and self.until is not None:
            if self.until > now:
                return
            well = last.kind == GOOD
            self.state, self.cause = ("up", None) if well else ("unknown", "stale")
            self.until, self.fell = None, False
            if not well:
                self.run, self.lately = [], []
                return
        if last.at + self.rule.fresh <= now:
            self.state, self.cause, self.until = "unknown", "stale", None
            self.lately = []


def all_of(seen: Sequence[str], last: int, kinds: AbstractSet[str]) -> bool:
    """Return whether the last so many looks are all of these kinds."""
    return len(seen) >= last and set(seen[-last:]) <= kinds
