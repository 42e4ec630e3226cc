"""People who may log in, and their logins: what ends, and what is forgotten."""

from datetime import timedelta

import pytest

from sentinel.errors import StorageError
from sentinel.storage.storage import Storage
from sentinel.storage.users import Login, User
from tests.storage.values import Clock


def user(clock: Clock, name: str) -> User:
    return User(
        id=f"id-of-{name}",
        name=name.title(),
        key=name,
        password=f"$argon2id$ of {name}",
        may=("read", "send"),
        created_at=clock(),
        created_by="person:uid:0",
        changed_at=clock(),
    )


def login(clock: Clock, name: str, hash_: str) -> Login:
    ends = clock() + timedelta(hours=12)
    return Login(hash=hash_, user_id=f"id-of-{name}", created_at=clock(), expires_at=ends)


async def test_a_login_is_somebodys_until_it_expires(storage: Storage, clock: Clock) -> None:
    anna, later = user(clock, "anna"), timedelta(hours=12)
    async with storage.write() as unit:
        nobody = await unit.has_users()
        await unit.add_user(anna)
        await unit.add_login(login(clock, "anna", "h1"))

    async with storage.read() as view:
        found = await view.user_by_key("anna")
        during = await view.user_of_login("h1", clock() + later - timedelta(seconds=1))
        after = await view.user_of_login("h1", clock() + later)
        unknown = await view.user_of_login("h2", clock())
        somebody, everybody = await view.has_users(), await view.users()

    assert (nobody, somebody) == (False, True)
    assert (found, during, everybody) == (anna, anna, [anna])
    assert (after, unknown) == (None, None)


async def test_a_new_password_ends_the_logins_of_one_person_only(
    storage: Storage, clock: Clock
) -> None:
    async with storage.write() as unit:
        for name in ("anna", "berta"):
            await unit.add_user(user(clock, name))
            await unit.add_login(login(clock, name, f"h-{name}"))

    async with storage.write() as unit:
        await unit.set_password("id-of-anna", "$argon2id$ another", clock())

    async with storage.read() as view:
        anna = await view.user_of_login("h-anna", clock())
        berta = await view.user_of_login("h-berta", clock())
        changed = await view.user_by_key("anna")
    assert anna is None
    assert berta is not None
    assert changed is not None
    assert changed.password == "$argon2id$ another"


async def test_a_login_ends_once(storage: Storage, clock: Clock) -> None:
    async with storage.write() as unit:
        await unit.add_user(user(clock, "anna"))
        await unit.add_login(login(clock, "anna", "h1"))

    async with storage.write() as unit:
        ended = [await unit.end_login("h1"), await unit.end_login("h1")]

    assert ended == [True, False]


async def test_a_name_is_one_persons_only(storage: Storage, clock: Clock) -> None:
    async with storage.write() as unit:
        await unit.add_user(user(clock, "anna"))

    with pytest.raises(StorageError):
        async with storage.write() as unit:
            await unit.add_user(user(clock, "anna"))


def test_what_is_shown_of_somebody_holds_no_hash(clock: Clock) -> None:
    assert "argon2" not in repr(user(clock, "anna"))
    assert "h1" not in repr(login(clock, "anna", "h1"))
