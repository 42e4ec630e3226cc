"""The door: who may come in with name and password, and how often that may be tried.

A wrong name takes as long as a wrong password and is answered alike. Tries are
counted in memory, per name and per address; a restart forgets them.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Final, TypeAlias

from sentinel.domain.throttle import Bucket, Pace, given_back, tried, wait_for
from sentinel.service.outages import DAEMON
from sentinel.service.passwords import LONGEST, is_right, name_key
from sentinel.storage.actor import Actor
from sentinel.storage.storage import Storage
from sentinel.storage.users import Login, User
from sentinel.storage.view import Unit

Address: TypeAlias = IPv4Address | IPv6Address | None

LASTS: Final = timedelta(hours=12)
"""How long a login holds: a long shift."""

PER_NAME: Final = Pace(tries=5, every=timedelta(seconds=30))
PER_ADDRESS: Final = Pace(tries=20, every=timedelta(seconds=10))
_AT_ONCE: Final = 2  # passwords looked at side by side, of 64 MiB each
_QUEUE: Final = 20  # tries that may be under way; more are turned away
_MOST: Final = 10_000  # names and addresses remembered
_NOTED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Somebody is in; `cookie` is what their browser shows from now on, kept only as a hash."""

    user: User
    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Name or password is wrong; which of them is not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    """Too many tries: nothing was looked at."""

    wait: timedelta


def cookie_hash(cookie: str) -> str:
    """Return what is kept of a login's cookie. It holds 256 random bits: one round is enough."""
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()


class Door:
    """Looks at names and passwords, and counts."""

    def __init__(self, storage: Storage, now: Callable[[], datetime]) -> None:
        self._storage = storage
        self._now = now
        self._names = _Tries(PER_NAME)
        self._addresses = _Tries(PER_ADDRESS)
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._under_way = 0
        self._unnoted: Counter[str] = Counter()  # refused, by the user's id; "": of nobody
        self._throttled = 0
        self._noted_at: datetime | None = None

    async def enter(
        self, *, name: str, password: str, address: Address, old: str | None
    ) -> Entered | Refused | Throttled:
        """Let somebody in, or not. A login that their browser had (`old`) ends: none is taken over.

        Raises:
            StorageError: It cannot be written down; nobody is let in.
        """
        now, key, place = self._now(), name_key(name[:LONGEST]), _place(address)
        wait = max(self._names.wait(key, now), self._addresses.wait(place, now))
        if self._under_way >= _QUEUE:
            wait = max(wait, timedelta(seconds=1))
        if wait:
            self._throttled += 1
            await self._note_refusals(now)
            return Throttled(wait=wait)
        # Counted before it is looked at: else a hundred at once would count as one.
        self._names.count(key, now)
        self._addresses.count(place, now)
        self._under_way += 1
        try:
            user, right = await self._looked_at(key, password)
        finally:
            self._under_way -= 1
        if user is None or not right:
            self._unnoted[user.id if user else ""] += 1
            await self._note_refusals(now)
            return Refused()
        self._names.forget(key)
        self._addresses.give_back(place)
        return await self._let_in(user, old)

    async def leave(self, cookie: str) -> None:
        """End a login; one that ended before stays so."""
        hash_, now = cookie_hash(cookie), self._now()
        async with self._storage.write() as unit:
            user = await unit.user_of_login(hash_, now)
            if await unit.end_login(hash_) and user is not None:
                unit.note("login.ended", actor=_person(user), subject=user.id, payload={})

    async def _looked_at(self, key: str, password: str) -> tuple[User | None, bool]:
        async with self._storage.read() as view:
            user = await view.user_by_key(key)
        if len(password) > LONGEST:  # nobody has one so long, whoever it is
            password = ""
        async with self._turn:
            kept = user.password if user else None
            return user, await asyncio.to_thread(is_right, password, kept)

    async def _let_in(self, user: User, old: str | None) -> Entered | Refused:
        cookie, now = secrets.token_urlsafe(32), self._now()
        login = Login(
            hash=cookie_hash(cookie), user_id=user.id, created_at=now, expires_at=now + LASTS
        )
        async with self._storage.write() as unit:
            same = await unit.user_by_key(user.key)
            if same is None or same.password != user.password:
                return Refused()  # it was changed while we looked
            if old is not None:
                await unit.end_login(cookie_hash(old))
            await unit.add_login(login)
            self._note(unit, now)
            unit.note("login.accepted", actor=_person(user), subject=user.id, payload={})
        return Entered(user=user, cookie=cookie)

    async def _note_refusals(self, now: datetime) -> None:
        """Journal what was refused, once a minute: strangers must not be able to fill the disk.

        When depends on no name, or how long an answer takes would tell which names there are.
        """
        due = self._noted_at is None or abs(now - self._noted_at) >= _NOTED_EVERY
        if due:
            async with self._storage.write() as unit:
                self._note(unit, now)

    def _note(self, unit: Unit, now: datetime) -> None:
        refused, self._unnoted = self._unnoted, Counter()
        throttled, self._throttled = self._throttled, 0
        if throttled and not refused:
            refused[""] = 0
        for subject, tries in refused.items():
            counted = {"tries": tries, "throttled": 0 if subject else throttled}
            unit.note("login.refused", actor=DAEMON, subject=subject, payload=counted)
        if refused:
            self._noted_at = now


class _Tries:
    """Buckets by name or address; of too many, the one longest untouched is forgotten."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._buckets: dict[str, Bucket] = {}

    def wait(self, key: str, now: datetime) -> timedelta:
        return wait_for(self._buckets.get(key), self._pace, now)

    def count(self, key: str, now: datetime) -> None:
        bucket = tried(self._buckets.pop(key, None), self._pace, now)
        if len(self._buckets) >= _MOST:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[key] = bucket

    def give_back(self, key: str) -> None:
        if key in self._buckets:
            self._buckets[key] = given_back(self._buckets[key])

    def forget(self, key: str) -> None:
        self._buckets.pop(key, None)


def _place(address: Address) -> str:
    """Return what counts as one address: of IPv6 the network, for a house has all of it."""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def _person(user: User) -> Actor:
    return Actor(kind="person", id=user.id)
