"""A stored session is readable only with the key, for its account, under its configured secret."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sentinel.errors import SecretError
from sentinel.storage.key import Key
from sentinel.storage.storage import Storage
from tests.storage.values import NOON, Clock

CANARY = "canary-4711-refresh"


def contents(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.iterdir()]


async def keep_session(storage: Storage) -> None:
    async with storage.write() as unit:
        await unit.keep_session("x/stadt", {"refresh": CANARY}, expires_at=NOON, config_digest="d1")


async def test_a_session_comes_back_under_the_same_configured_secret(storage: Storage) -> None:
    await keep_session(storage)

    async with storage.read() as view:
        assert await view.session("x/stadt", "d1") == {"refresh": CANARY}
        assert await view.session_expiry("x/stadt") == NOON
        assert await view.session("x/stadt", "d2") is None
        assert await view.session("y/stadt", "d1") is None


async def test_a_session_of_an_older_secret_is_dropped(storage: Storage) -> None:
    await keep_session(storage)

    async with storage.write() as unit:
        dropped = [
            await unit.drop_stale_session("x/stadt", "d1"),
            await unit.drop_stale_session("x/stadt", "d2"),
        ]
        gone = await unit.session("x/stadt", "d1")

    assert (dropped, gone) == ([False, True], None)


async def test_a_session_that_is_refused_can_be_dropped(storage: Storage) -> None:
    await keep_session(storage)

    async with storage.write() as unit:
        await unit.drop_session("x/stadt")
        assert await unit.session("x/stadt", "d1") is None


async def test_no_secret_stands_in_the_files(tmp_path: Path, clock: Clock) -> None:
    url = f"sqlite:///{tmp_path}/sentinel.db"
    storage = await Storage.open(url, data=tmp_path, node="a", now=clock)
    await keep_session(storage)
    while_open = contents(tmp_path)
    await storage.close()
    after = contents(tmp_path)

    assert len(while_open) >= 4  # database, WAL, lock, key
    assert not any(CANARY.encode() in content for content in while_open + after)


async def test_a_session_copied_to_another_account_does_not_open(
    tmp_path: Path, clock: Clock
) -> None:
    url = f"sqlite:///{tmp_path}/sentinel.db"
    storage = await Storage.open(url, data=tmp_path, node="a", now=clock)
    await keep_session(storage)
    await storage.close()
    with closing(sqlite3.connect(tmp_path / "sentinel.db")) as forger:
        forger.execute("UPDATE sessions SET account = 'y/stadt'")
        forger.commit()

    storage = await Storage.open(url, data=tmp_path, node="a", now=clock)
    async with storage.read() as view:
        assert await view.session("y/stadt", "d1") is None
    await storage.close()


async def test_another_key_opens_nothing(tmp_path: Path, clock: Clock) -> None:
    url = f"sqlite:///{tmp_path}/sentinel.db"
    storage = await Storage.open(url, data=tmp_path, node="a", now=clock)
    await keep_session(storage)
    await storage.close()

    storage = await Storage.open(url, data=tmp_path / "new", node="a", now=clock)
    async with storage.read() as view:
        assert await view.session("x/stadt", "d1") is None
    await storage.close()


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    Key(tmp_path).make_sure()
    first = (tmp_path / "storage.key").read_text()
    Key(tmp_path).make_sure()

    assert (tmp_path / "storage.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "storage.key").read_text() == first
    assert [file.name for file in tmp_path.iterdir()] == ["storage.key"]


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    Key(tmp_path).make_sure()
    (tmp_path / "storage.key").chmod(mode)

    with pytest.raises(SecretError, match="chmod 600"):
        Key(tmp_path).make_sure()


@pytest.mark.parametrize("content", ["", "abcd", "not a key", "ü"])
def test_a_broken_key_is_refused_and_not_shown(tmp_path: Path, content: str) -> None:
    file = tmp_path / "storage.key"
    file.touch(0o600)
    file.write_text(content)

    with pytest.raises(SecretError) as refused:
        Key(tmp_path).make_sure()
    assert "cannot be read" in str(refused.value)
    assert not content or content not in str(refused.value)
