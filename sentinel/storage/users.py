"""People who may log in, and their logins; passwords and cookies are kept only as hashes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select, update

from sentinel.storage.access_tables import LOGINS, USERS
from sentinel.storage.unit import Reader, Writer, read, written


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may log in."""

    id: str
    name: str
    key: str  # the name without case, by which it is found
    password: str = field(repr=False)  # hashed
    may: tuple[str, ...]
    created_at: datetime
    created_by: str  # who added them, as KIND:ID
    changed_at: datetime  # when the password was last set


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One browser in which somebody is logged in."""

    hash: str = field(repr=False)
    user_id: str
    created_at: datetime
    expires_at: datetime


class UserReader(Reader):
    """What may be asked about users."""

    async def has_users(self) -> bool:
        """Return whether anybody may log in at all."""
        return await self._one(select(USERS.c.id).limit(1)) is not None

    async def users(self) -> list[User]:
        """Return everybody who may log in, who came first first."""
        rows = await self._all(select(USERS).order_by(USERS.c.created_at, USERS.c.id))
        return [read(User, row) for row in rows]

    async def user_by_key(self, key: str) -> User | None:
        """Return who has this name, given without case."""
        row = await self._first(select(USERS).where(USERS.c.key == key))
        return read(User, row) if row else None

    async def user_of_login(self, hash_: str, at: datetime) -> User | None:
        """Return who is logged in with the cookie of this hash, unless that has ended."""
        mine = (LOGINS.c.hash == hash_) & (LOGINS.c.expires_at > at)
        query = select(USERS).join(LOGINS, LOGINS.c.user_id == USERS.c.id).where(mine)
        row = await self._first(query)
        return read(User, row) if row else None


class UserWriter(UserReader, Writer):
    """What may be done about users."""

    async def add_user(self, user: User) -> None:
        """Keep somebody new."""
        await self._add(USERS, written(user))

    async def set_password(self, user_id: str, password: str, at: datetime) -> None:
        """Keep another hash, and end all logins that the old password began."""
        mine = update(USERS).where(USERS.c.id == user_id)
        await self._do(mine.values(password=password, changed_at=at))
        await self._do(delete(LOGINS).where(LOGINS.c.user_id == user_id))

    async def add_login(self, login: Login) -> None:
        """Keep a new login, and forget those that have ended by now."""
        await self._do(delete(LOGINS).where(LOGINS.c.expires_at <= login.created_at))
        await self._add(LOGINS, written(login))

    async def end_login(self, hash_: str) -> bool:
        """Forget a login; False if there is none."""
        return bool(await self._do(delete(LOGINS).where(LOGINS.c.hash == hash_)))
