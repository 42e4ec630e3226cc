"""People who may log in: added and given passwords, by whoever may administrate.

All of it needs the storage alone, because the first person is added before the
daemon first runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sentinel.errors import InputError, Phrase
from sentinel.service.passwords import checked, hashed, name_key
from sentinel.service.shapes import stamp
from sentinel.storage.actor import Actor
from sentinel.storage.storage import Storage
from sentinel.storage.users import User

Shape = dict[str, Any]


def user_shape(user: User) -> Shape:
    """Return what may be shown of somebody: never the password's hash."""
    return {
        "id": user.id,
        "name": user.name,
        "may": list(user.may),
        "created_at": stamp(user.created_at),
        "created_by": user.created_by,
        "password_set_at": stamp(user.changed_at),
    }


async def add_user(
    storage: Storage,
    *,
    user_id: str,
    name: str,
    may: Sequence[str],
    password: str,
    actor: Actor,
    at: datetime,
) -> Shape:
    """Let somebody log in from now on; return their shape.

    Raises:
        InputError: 409, the name is taken; 422, the password cannot be one.
    """
    kept = await asyncio.to_thread(hashed, checked(password, name))
    user = User(
        id=user_id,
        name=name.strip(),
        key=name_key(name),
        password=kept,
        may=tuple(may),
        created_at=at,
        created_by=actor.word,
        changed_at=at,
    )
    async with storage.write() as unit:
        if await unit.user_by_key(user.key) is not None:
            raise InputError(
                Phrase(de="Diesen Namen gibt es schon", en="this name is taken"),
                field="name",
                status=409,
            )
        await unit.add_user(user)
        await unit.name_person(user.id, user.name)
        unit.note("user.added", actor=actor, subject=user.id, payload={"may": list(user.may)})
    return user_shape(user)


async def set_password(
    storage: Storage, *, name: str, password: str, actor: Actor, at: datetime
) -> Shape:
    """Give somebody another password, which ends all their logins; return their shape.

    Raises:
        InputError: 404, there is nobody of this name; 422, the password cannot be one.
    """
    kept = await asyncio.to_thread(hashed, checked(password, name))
    async with storage.write() as unit:
        user = await unit.user_by_key(name_key(name))
        if user is None:
            raise InputError(
                Phrase(de="Diesen Namen gibt es nicht", en="there is nobody of this name"),
                field="name",
                status=404,
            )
        await unit.set_password(user.id, kept, at)
        unit.note("password.changed", actor=actor, subject=user.id, payload={})
    return {**user_shape(user), "password_set_at": stamp(at)}
