"""How much of a rate limit is left: the smallest of what anybody says.

Three sources speak of one quota: the platform's headers or quota endpoint
(`Reading`), the platform's documentation, and the city's own rules. What the
last two say is compared with our own count of posts. The one with the least
left wins. `reserve` is kept for extreme and severe messages.

A limit has its own unit (posts, points, percent, euros), and one post takes
`cost` of it. So what is left is also told in posts, `uses`; the reserve is.
Whose doing a refusal is stands in `sentinel.domain.defence`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Finding, Owner, Window, reset_of
from sentinel.domain.rules import QuotaRule

SAME = timedelta(seconds=1)
"""A post written down so soon after a reading is in it: its own answer stated the window."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Kind(StrEnum):
    """How what was used comes back."""

    FIXED = "fixed"  # all of it at the reset
    ROLLING = "rolling"  # each use by itself, when it is old enough
    CREDIT = "credit"  # never by itself: somebody has to pay


class Source(StrEnum):
    """Who says so."""

    HEADERS = "headers"  # the platform, in an answer
    RULES = "rules"
    DOCUMENTATION = "documentation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What somebody says without being asked: the documentation, or the city's rules.

    `midnight` and `aligned` tell when all of it is full again: at midnight in
    that zone, or at multiples of `per` since 1970. With neither, each use comes
    back by itself after `per`.
    """

    limit: float
    per: timedelta = timedelta(hours=24)
    cost: float = 1.0  # what one post takes from it
    scope: Owner = Owner.ACCOUNT
    midnight: tzinfo | None = None
    aligned: bool = False

    def began(self, at: datetime) -> datetime | None:
        """Return when the window of `at` began; None: it slides."""
        if self.midnight is not None:
            here = at.astimezone(self.midnight)
            return here.replace(hour=0, minute=0, second=0, microsecond=0)
        return at - (at - _EPOCH) % self.per if self.aligned else None

    def ends(self, began: datetime) -> datetime:
        """Return when the window that began then is full again."""
        if self.midnight is None:
            return began + self.per
        # By the calendar: a day on which the clocks change is no 24 hours long.
        return (began + timedelta(hours=36)).replace(hour=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A window as the platform stated it at `at`; `answered`: in an answer to what we asked."""

    window: Window
    at: datetime
    answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much is left of one window of a quota, in the window's own unit; `reserve` in uses."""

    limit: float
    remaining: float
    reserve: float
    resets_at: datetime | None
    source: Source
    name: str = ""  # of the window ("posts/24h")
    kind: Kind = Kind.FIXED
    per: timedelta | None = None
    cost: float = 1.0  # what one use takes
    scope: Owner = Owner.ACCOUNT

    @property
    def uses(self) -> float:
        """How many more posts it suffices for."""
        return self.remaining / self.cost if self.cost else self.remaining


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """When we posted: on the account itself, and through its app on whatever account."""

    own: Sequence[datetime] = ()
    app: Sequence[datetime] | None = None  # None: nobody else uses the app

    def of(self, scope: Owner) -> Sequence[datetime]:
        """Return the posts that count against a limit of this scope."""
        return self.own if scope is Owner.ACCOUNT or self.app is None else self.app


def room(
    name: str,
    *,
    readings: Iterable[Reading] = (),
    posts: Sequence[datetime] | Uses = (),
    rule: QuotaRule | None = None,
    documented: Iterable[Limit] = (),
    at: datetime,
) -> Room | None:
    """Return what is left of the quota `name` at `at`, or None if nobody limits it.

    Of several windows the one with the least left wins (`rooms` for all of them).
    """
    known = rooms(name, readings=readings, posts=posts, rule=rule, documented=documented, at=at)
    return tightest(known)


def tightest(known: Iterable[Room]) -> Room | None:
    """Return the window that suffices for the fewest posts before the reserve; None of none."""
    return min(known, key=lambda some: (some.uses - some.reserve, some.limit), default=None)


def rooms(
    name: str,
    *,
    readings: Iterable[Reading] = (),
    posts: Sequence[datetime] | Uses = (),
    rule: QuotaRule | None = None,
    documented: Iterable[Limit] = (),
    at: datetime,
) -> tuple[Room, ...]:
    """Return what is left of every window of the quota `name` at `at`.

    Args:
        name: posts, replies, reads or calls. A reading named `posts/24h` is of `posts`.
        readings: The last reading of each window.
        posts: When we used it, at least within the longest window: on the account, or
            `Uses` where others post through the same app.
        rule: What the city's rules say.
        documented: What the platform's documentation says.
        at: Now.
    """
    used = posts if isinstance(posts, Uses) else Uses(own=posts)
    kept = _Reserve(rule)
    found = [
        _by_headers(reading, used, kept, at)
        for reading in readings
        if reading.window.name.partition("/")[0] == name
    ]
    said = [(one, Source.DOCUMENTATION) for one in documented]
    if rule is not None and rule.limit is not None:
        said.append((Limit(limit=rule.limit, per=rule.per), Source.RULES))
    found += [_by_count(one, by, used, at, name=name, kept=kept) for one, by in said]
    return tuple(some for some in found if some)


def judge_rooms(known: Iterable[Room], at: datetime) -> Finding | None:
    """Return what the windows of a channel mean for publishing; None: nobody limits it.

    One that is used up outranks one that is low. Of several that are used up
    the last to be full again decides (X: a full quarter of an hour beside a
    spent day is no comfort).
    """
    windows = list(known)
    empty = [some for some in windows if some.uses < 1]
    if empty:
        last = max(empty, key=lambda some: (some.resets_at is None, some.resets_at or at))
        return judge_quota(last, at)
    least = tightest(windows)
    return judge_quota(least, at) if least is not None else None


def judge_quota(room: Room, at: datetime) -> Finding:
    """Return what the room means for publishing at `at`.

    It never proves that publishing works: a full quota is no open door.
    """
    evidence = f"{max(room.remaining, 0):g} of {room.limit:g} left ({room.source})"
    until = room.resets_at if room.resets_at and room.resets_at > at else None
    cause = None
    if room.uses < 1:  # not even one more
        stated = room.source is Source.HEADERS
        cause = Cause.RATE_LIMITED if stated else Cause.QUOTA_EXHAUSTED
    elif room.uses <= room.reserve:
        cause = Cause.QUOTA_LOW
    return Finding(
        ability=Ability.PUBLISH,
        cause=cause,
        evidence=evidence,
        until=until if cause else None,
        proves=False,
    )


def span(per: timedelta | None) -> str:
    """Return a window's length in a word ("15m", "24h"); nothing for none."""
    seconds = round(per.total_seconds()) if per else 0
    for size, unit in ((3600, "h"), (60, "m"), (1, "s")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return ""


@dataclass(frozen=True, slots=True)
class _Reserve:
    rule: QuotaRule | None

    def of(self, uses: float, per: timedelta | None) -> float:
        """Return how many posts of a window are kept back.

        What is meant for a day must not close a window of minutes to all but
        the gravest: of a shorter one than the rule's at most half is kept.
        """
        if self.rule is None:
            return 0
        shorter = per is not None and per < self.rule.per
        return min(self.rule.reserve, uses / 2) if shorter else self.rule.reserve


def _by_headers(reading: Reading, used: Uses, kept: _Reserve, at: datetime) -> Room | None:
    window, posts = reading.window, used.of(reading.window.scope)
    back = reset_of(window.resets_at, reading.at)
    resets = back or (reading.at + window.per if window.per else None)
    since = reading.at + (SAME if reading.answered else timedelta())
    kind = Kind.FIXED if back else Kind.ROLLING if window.per else Kind.CREDIT
    if resets and resets <= at:  # full again, but for what we used since
        remaining = window.limit - window.cost * _count(posts, resets, at)
        resets = None
    elif window.remaining is not None:
        remaining = window.remaining - window.cost * _count(posts, since, at)
    elif window.per is not None:
        remaining = window.limit - window.cost * _count(posts, at - window.per, at)
    else:
        return None
    return Room(
        limit=window.limit,
        remaining=max(remaining, 0),
        reserve=kept.of(window.limit / (window.cost or 1), window.per),
        resets_at=resets,
        source=Source.HEADERS,
        name=window.name,
        kind=kind,
        per=window.per,
        cost=window.cost,
        scope=window.scope,
    )


def _by_count(
    said: Limit, source: Source, used: Uses, at: datetime, *, name: str, kept: _Reserve
) -> Room:
    posts, began = used.of(said.scope), said.began(at)
    after = began - SAME / 10**6 if began else at - said.per  # the first instant counts
    inside = sorted(post for post in posts if after < post <= at)
    resets = said.ends(began) if began else _frees_at(inside, said)
    return Room(
        limit=said.limit,
        remaining=max(said.limit - said.cost * len(inside), 0),
        reserve=kept.of(said.limit / (said.cost or 1), said.per),
        resets_at=resets,
        source=source,
        name=_named(name, said),
        kind=Kind.FIXED if began else Kind.ROLLING,
        per=said.per,
        cost=said.cost,
        scope=said.scope,
    )


def _named(name: str, said: Limit) -> str:
    """Return a window's name as platforms form theirs: quota, length, and whose it is."""
    return f"{name}/{span(said.per)}" + ("-app" if said.scope is Owner.APP else "")


def _frees_at(inside: Sequence[datetime], said: Limit) -> datetime | None:
    """Return when the window has room again (it slides), or when it next grows."""
    fits = int(said.limit / said.cost) if said.cost else 0
    return inside[max(len(inside) - fits, 0)] + said.per if inside and fits else None


def _count(posts: Sequence[datetime], after: datetime, until: datetime) -> int:
    return sum(after < post <= until for post in posts)
