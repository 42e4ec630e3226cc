"""How long each ability was what, over years: pure sums of whole milliseconds.

Whatever happens, the parts of a period sum to the period, nothing is counted
twice, and what nobody observed is `unknown`: it counts neither for nor against.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sentinel.domain.cause import State

MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Grain(StrEnum):
    """How long a period is; both begin on the full hour or day in UTC."""

    HOUR = "hour"
    DAY = "day"

    @property
    def length(self) -> timedelta:
        """The length of one period."""
        return timedelta(hours=1) if self is Grain.HOUR else timedelta(days=1)

    def start(self, at: datetime) -> datetime:
        """Return the beginning of the period that `at` lies in."""
        return at - (at - _EPOCH) % self.length


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was counted. Times are whole milliseconds; `took_ms` is the sum over all checks."""

    up_ms: int = 0
    degraded_ms: int = 0
    down_ms: int = 0
    unknown_ms: int = 0
    checks: int = 0
    failures: int = 0
    took_ms: int = 0
    slowest_ms: int = 0

    @property
    def total_ms(self) -> int:
        """How long it was counted for, known or not."""
        return self.known_ms + self.unknown_ms

    @property
    def known_ms(self) -> int:
        """How long the state was known."""
        return self.up_ms + self.degraded_ms + self.down_ms

    @property
    def share(self) -> float | None:
        """Which share of the known time it was not down, from 0 to 1; None: never known.

        Exactly 1 only if it was never down, however long it was up.
        """
        return _share(self.up_ms + self.degraded_ms, self.known_ms)

    @property
    def known(self) -> float | None:
        """Which share of the time the state was known at all; None: no time has passed."""
        return _share(self.known_ms, self.total_ms)

    @property
    def mean_ms(self) -> float | None:
        """How long a check took on average; None: there was none."""
        return self.took_ms / self.checks if self.checks else None

    def __add__(self, other: Figures) -> Figures:
        """Return both together."""
        return Figures(
            up_ms=self.up_ms + other.up_ms,
            degraded_ms=self.degraded_ms + other.degraded_ms,
            down_ms=self.down_ms + other.down_ms,
            unknown_ms=self.unknown_ms + other.unknown_ms,
            checks=self.checks + other.checks,
            failures=self.failures + other.failures,
            took_ms=self.took_ms + other.took_ms,
            slowest_ms=max(self.slowest_ms, other.slowest_ms),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Up to when an ability is accounted for, what it was then, and which news were read."""

    state: State
    until: datetime
    number: int = 0  # of the journal's entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From `at` on it was `state`."""

    at: datetime
    state: State
    number: int = 0


def whole(at: datetime) -> datetime:
    """Return `at` cut to the millisecond, so that sums stay whole."""
    return at - (at - _EPOCH) % MILLISECOND


def account(
    mark: Mark, changes: Sequence[Change], at: datetime, *, unwatched_after: timedelta
) -> tuple[Mark, dict[datetime, Figures]]:
    """Account for the time from `mark` to `at`: the new mark, and what to add to each hour.

    A gap longer than `unwatched_after` was watched by nobody: the daemon did
    not run, or could not write. It is `unknown`, whatever the state was before
    and is after it. With `at` before the mark (the clock was set back) nothing
    is added, so that no moment is counted twice.

    Args:
        mark: How far it was accounted for.
        changes: What was told since, in the journal's order.
        at: Until when to account.
        unwatched_after: The longest pause that somebody who watches makes.
    """
    end = max(whole(at), mark.until)
    state = changes[-1].state if changes else mark.state
    after = Mark(state=state, until=end, number=max([mark.number, *(c.number for c in changes)]))
    if end - mark.until > unwatched_after:
        return after, _hours([(mark.until, end, State.UNKNOWN)])
    spans, begun, state = [], mark.until, mark.state
    for change in changes:
        moment = min(max(whole(change.at), begun), end)
        spans.append((begun, moment, state))
        begun, state = moment, change.state
    return after, _hours([*spans, (begun, end, state)])


def checked(ms: float, *, failed: bool) -> Figures:
    """Return the figures of one check that took `ms` milliseconds."""
    took = max(0, round(ms))
    return Figures(checks=1, failures=int(failed), took_ms=took, slowest_ms=took)


def together(figures: Iterable[Figures]) -> Figures:
    """Return the sum."""
    return sum(figures, start=Figures())


def _hours(spans: Iterable[tuple[datetime, datetime, State]]) -> dict[datetime, Figures]:
    found: dict[datetime, Figures] = {}
    for begin, end, state in spans:
        for hour, lasts in _cut(begin, end):
            found[hour] = found.get(hour, Figures()) + _time(state, lasts // MILLISECOND)
    return found


def _cut(begin: datetime, end: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """Yield each hour that lies between, and how much of it does."""
    while begin < end:
        hour = Grain.HOUR.start(begin)
        until = min(end, hour + Grain.HOUR.length)
        yield hour, until - begin
        begin = until


def _time(state: State, ms: int) -> Figures:
    match state:
        case State.UP:
            return Figures(up_ms=ms)
        case State.DEGRADED:
            return Figures(degraded_ms=ms)
        case State.DOWN:
            return Figures(down_ms=ms)
        case State.UNKNOWN:
            return Figures(unknown_ms=ms)


def _share(part: int, of: int) -> float | None:
    if not of:
        return None
    found = part / of
    # Over years one bad second in a float's last place must not round to a perfect record.
    return found if part == of else min(found, 1 - 1e-9)
