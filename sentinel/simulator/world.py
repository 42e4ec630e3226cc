"""What the simulated platforms keep: posts, arrivals, and how much of each limit is used."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sentinel.simulator.faults import Fault
from sentinel.simulator.kinds import Kind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Post:
    """Something that a platform took. It may be hidden, cut or gone since."""

    id: str
    text: str  # as it stands on the platform: cut, if the platform cut it
    sent: str  # as it arrived
    at: datetime
    key: str | None  # what the sender called it: idempotency key, record key, container, Message-ID
    visible_from: datetime | None  # None: accepted, and never shown
    arrivals: int = 1  # how often it was sent with this key
    deleted_at: datetime | None = None
    to: tuple[str, ...] = ()  # recipients, where a platform has such
    detail: dict[str, Any] = field(default_factory=dict)  # what only its face understands

    def visible(self, at: datetime) -> bool:
        """Can a reader find it at `at`?"""
        return self.deleted_at is None and self.visible_from is not None and at >= self.visible_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One request to publish, whatever was answered."""

    platform: str
    account: str
    at: datetime
    text: str
    key: str | None
    status: int | None  # None: no answer was given
    id: str | None  # the post that it became or was, if any


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How a limit stands after a request was counted."""

    limit: int
    remaining: int
    period: timedelta
    resets_at: datetime
    over: bool = False  # this request was one too many

    @property
    def reset_epoch(self) -> int:
        """When it is full again, in epoch seconds, rounded up."""
        return math.ceil(self.resets_at.timestamp())


class Meter:
    """Counts requests against limits, in windows that are `pace` times shorter than documented."""

    def __init__(self, pace: float) -> None:
        self._pace = pace
        self._used: dict[str, tuple[datetime, int]] = {}

    def take(  # a limit has this many sides
        self,
        name: str,
        limit: int,
        period: timedelta,
        at: datetime,
        *,
        cost: int = 1,
        aligned: bool = False,
    ) -> Window:
        """Count `cost`; windows start with the first request, or at multiples of the period."""
        period = max(period / self._pace, timedelta(seconds=1))
        start, used = self._used.get(name, (at, 0))
        if aligned:
            current = _EPOCH + math.floor((at - _EPOCH) / period) * period
            used, start = (used, start) if start == current else (0, current)
        elif at >= start + period:
            used, start = 0, at
        over = used + cost > limit
        used = used if over else used + cost
        self._used[name] = (start, used)
        return Window(
            limit=limit,
            remaining=limit - used,
            period=period,
            resets_at=start + period,
            over=over,
        )


class Account:
    """One account on one platform: its posts and its limits."""

    def __init__(self, platform: str, name: str, serial: Callable[[], int], pace: float) -> None:
        self.platform = platform
        self.name = name
        self.posts: list[Post] = []
        self.known_as: set[str] = set()  # the names that it was logged in with
        self.meter = Meter(pace)
        self.serial = serial  # the next number of this simulator, never given twice

    def add(
        self,
        *,
        id: str,  # noqa: A002 - the platform's own word for it
        text: str,
        key: str | None,
        at: datetime,
        faults: Mapping[Kind, Fault],
        to: tuple[str, ...] = (),
        detail: dict[str, Any] | None = None,
    ) -> Post:
        """Keep a post, with what the faults do to it, and return it."""
        visible_from: datetime | None = at
        if Kind.ACCEPTED_NOT_LIVE in faults:
            visible_from = None
        elif late := faults.get(Kind.LATE_VISIBLE):
            visible_from = at + late.seconds
        post = Post(
            id=id,
            text=text[: len(text) * 2 // 3] if Kind.TRUNCATED in faults else text,
            sent=text,
            at=at,
            key=key,
            visible_from=visible_from,
            to=to,
            detail=detail or {},
        )
        self.posts.append(post)
        return post

    def live(self, at: datetime) -> Sequence[Post]:
        """Return what a reader finds at `at`, newest first."""
        return [post for post in reversed(self.posts) if post.visible(at)]

    def find(self, post_id: str) -> Post | None:
        """Return the post that is not deleted, seen by readers or not."""
        return next((p for p in self.posts if p.id == post_id and p.deleted_at is None), None)

    def deletions(self, since: datetime) -> int:
        """Return how many posts were deleted later than `since`."""
        gone = [post.deleted_at for post in self.posts if post.deleted_at is not None]
        return sum(1 for at in gone if at > since)

    def seen(self, post_id: str, at: datetime) -> Post | None:
        """Return the post if a reader finds it at `at`."""
        post = self.find(post_id)
        return post if post is not None and post.visible(at) else None


class World:
    """Every account that was ever asked for, and every arrival."""

    def __init__(self, pace: float) -> None:
        self._pace = pace
        self._numbers = count(1)
        self._accounts: dict[tuple[str, str], Account] = {}
        self.arrivals: list[Arrival] = []

    def account(self, platform: str, name: str) -> Account:
        """Return the account; one that was never asked for begins empty."""
        key = (platform, name)
        if key not in self._accounts:
            self._accounts[key] = Account(platform, name, self._next, self._pace)
        return self._accounts[key]

    def _next(self) -> int:
        return next(self._numbers)

    def posts(
        self, platform: str | None, account: str | None, at: datetime
    ) -> list[dict[str, Any]]:
        """Return what was posted, oldest first, as the control endpoint prints it."""
        kept = [
            (owner, post)
            for owner in self._accounts.values()
            for post in owner.posts
            if platform in {None, owner.platform} and account in {None, owner.name}
        ]
        return [
            {
                "platform": owner.platform,
                "account": owner.name,
                "id": post.id,
                "text": post.text,
                "at": post.at.isoformat(),
                "key": post.key,
                "visible": post.visible(at),
                "deleted": post.deleted_at is not None,
                "arrivals": post.arrivals,
                "to": list(post.to),
            }
            for owner, post in sorted(kept, key=lambda pair: pair[1].at)
        ]

    def arrived(self, platform: str | None, account: str | None) -> list[dict[str, Any]]:
        """Return every request to publish, refused ones too, as the control endpoint prints it."""
        return [
            {
                "platform": arrival.platform,
                "account": arrival.account,
                "at": arrival.at.isoformat(),
                "text": arrival.text,
                "key": arrival.key,
                "status": arrival.status,
                "id": arrival.id,
            }
            for arrival in self.arrivals
            if platform in {None, arrival.platform} and account in {None, arrival.account}
        ]
