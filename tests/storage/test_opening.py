"""Opening says clearly what is wrong, and what to do."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from sentinel.errors import StorageBusy, StorageError, StorageNewer, StorageUnwritable
from sentinel.storage import engines as opened_engines
from sentinel.storage.actor import Actor
from sentinel.storage.storage import Storage
from sentinel.storage.tables import METADATA
from tests.storage import engines
from tests.storage.values import keep, message, opened


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[None]:
    """Mount a disk of its own on `folder`; skip where that is not allowed."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],  # noqa: S607 - wherever it is
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S607 - as above


def modes(folder: Path) -> dict[str, int]:
    """Return the permissions of each file in a folder."""
    return {file.name: file.stat().st_mode for file in folder.iterdir()}


async def fill(storage: Storage) -> None:
    for number in range(1, 2000):
        await keep(storage, message(number, routes=("x" * 5000,)))


async def test_the_migrations_make_the_tables_that_the_code_expects(
    url: str, tmp_path: Path
) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))

    async with opened(url, tmp_path) as storage, storage.read() as view:
        found = await view._connection.run_sync(differences)  # noqa: SLF001 - looks at the tables

    assert found == []


async def test_of_tokens_from_before_the_journal_tells_who_made_them(
    url: str, tmp_path: Path
) -> None:
    maker = Actor(kind="person", id="uid:1000")
    of_staff = ("outages_of_channel", "outages_of_escalation", "notifications_of_escalation")
    before = (
        *(f"DROP INDEX {name}" for name in of_staff),
        *(f"DROP TABLE {name}" for name in ("escalations", "silences", "calendars")),
        *(f"DROP TABLE {name}" for name in ("users", "logins")),
        *(f"ALTER TABLE outages DROP COLUMN {name}" for name in ("comment", "escalation_id")),
        *(f"ALTER TABLE outages DROP COLUMN {name}" for name in ("told_at", "end_told_at")),
        *(f"ALTER TABLE outages DROP COLUMN {name}" for name in ("acknowledged_at", "entry")),
        *(f"ALTER TABLE outages DROP COLUMN {name}" for name in ("told_entry", "end_entry")),
        *(f"ALTER TABLE notifications DROP COLUMN {name}" for name in ("escalation_id", "html")),
        *(f"ALTER TABLE notifications DROP COLUMN {name}" for name in ("short", "grave")),
        *(f"ALTER TABLE notifications DROP COLUMN {name}" for name in ("exercise",)),
        *(f"ALTER TABLE notifications DROP COLUMN {name}" for name in ("waits_for_line",)),
        "DROP INDEX ix_messages_expires_at",
        "ALTER TABLE outages DROP COLUMN channels",
        "ALTER TABLE tokens DROP COLUMN created_by",
        """INSERT INTO tokens (id, name, hash, scopes, created_at) VALUES
        ('t1', 'Leitstelle', 'h1', '[]', CURRENT_TIMESTAMP),
        ('t2', 'Presse', 'h2', '[]', CURRENT_TIMESTAMP)""",
        "UPDATE alembic_version SET version_num = '0003'",
    )
    async with opened(url, tmp_path) as storage, storage.write() as unit:
        unit.note("token.created", actor=maker, subject="t1", payload={})
        run = unit._connection.exec_driver_sql  # noqa: SLF001 - plays the older version
        for statement in before:
            await run(statement)

    async with opened(url, tmp_path) as storage, storage.read() as view:
        known = await view.behind(Actor(kind="token", id="t1"))
        unknown = await view.behind(Actor(kind="token", id="t2"))

    assert known == ("token:t1", "person:uid:1000")
    assert unknown == ("token:t2",)


async def test_a_database_from_a_newer_version_is_left_alone(url: str, tmp_path: Path) -> None:
    async with opened(url, tmp_path) as storage, storage.write() as unit:
        await unit._connection.exec_driver_sql(  # noqa: SLF001 - plays the newer version
            "UPDATE alembic_version SET version_num = '9999'"
        )

    for read_only in (False, True):
        with pytest.raises(StorageNewer, match="9999"):
            async with opened(url, tmp_path, read_only=read_only):
                pass


async def test_looking_goes_on_beside_a_writer_and_cannot_write(url: str, tmp_path: Path) -> None:
    async with opened(url, tmp_path) as storage, opened(url, tmp_path, read_only=True) as onlooker:
        await keep(storage, message())

        async with onlooker.read() as view:
            assert await view.message("m1") == message()
            with pytest.raises(DBAPIError):
                await view._connection.exec_driver_sql("DELETE FROM messages")  # noqa: SLF001 - cheats
        with pytest.raises(StorageUnwritable, match="reading only"):
            await keep(onlooker, message(2))
        assert not await onlooker.writable()


async def test_looking_needs_tables(url: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"There is no database|sentinel migrate"):
        async with opened(url, tmp_path, read_only=True):
            pass


async def test_a_second_daemon_on_the_same_file_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/sentinel.db"
    async with opened(url, tmp_path):
        with pytest.raises(StorageBusy, match="Another Sentinel"):
            async with opened(url, tmp_path):
                pass
    async with opened(url, tmp_path) as storage:
        assert await storage.writable()


async def test_a_file_that_another_program_locked_is_named_as_locked(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/sentinel.db"
    async with opened(url, tmp_path) as storage:
        with closing(sqlite3.connect(tmp_path / "sentinel.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageUnwritable, match="locked"):
                await keep(storage, message())
            assert not await storage.writable()
        assert await storage.writable()


async def test_a_read_only_disk_is_named_as_such(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, "ro"), pytest.raises(StorageUnwritable, match="Check permissions"):
        async with opened(f"sqlite:///{disk}/sentinel.db", tmp_path):
            pass


async def test_a_full_disk_is_named_as_such_and_loses_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, "size=1m"):
        async with opened(f"sqlite:///{disk}/sentinel.db", tmp_path) as storage:
            with pytest.raises(StorageUnwritable, match=r"full"):
                await fill(storage)
            async with storage.read() as view:
                kept = await view.open_messages()
                assert (await view.verify_journal()).ok

            assert [m.number for m in kept] == list(range(1, len(kept) + 1))
            assert len(kept) > 5


async def test_on_a_full_disk_nobody_hears_done_for_what_is_lost(tmp_path: Path) -> None:
    """Units share a commit: when the disk fills up under one, the others must hear of it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    done: set[int] = set()

    async def work(storage: Storage, number: int) -> None:
        with suppress(StorageUnwritable):
            await keep(storage, message(number, routes=("x" * 20_000,)))
            done.add(number)

    with small_disk(disk, "size=1m"):
        async with opened(f"sqlite:///{disk}/sentinel.db", tmp_path) as storage:
            async with asyncio.TaskGroup() as group:
                for number in range(1, 101):
                    group.create_task(work(storage, number))
            async with storage.read() as view:
                kept = {m.number for m in await view.open_messages()}

    assert kept == done
    assert len(done) < 100


async def test_a_folder_where_nothing_can_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StorageUnwritable, match="file"):
        async with opened(f"sqlite:///{tmp_path}/file/sentinel.db", tmp_path):
            pass


async def test_a_file_that_is_no_database_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "sentinel.db").write_text("version: 1\n" * 500)

    with pytest.raises(StorageUnwritable, match="not an SQLite database"):
        async with opened(f"sqlite:///{tmp_path}/sentinel.db", tmp_path):
            pass


@pytest.mark.parametrize("url", ["mysql://secret@h/db", "sqlite:///", "sqlite:///:memory:", ""])
async def test_a_url_of_neither_engine_is_refused_and_not_repeated(
    url: str, tmp_path: Path
) -> None:
    with pytest.raises(StorageError, match=r"storage\.url") as refused:
        async with opened(url, tmp_path):
            pass
    assert "secret" not in str(refused.value)


async def test_a_server_that_does_not_answer_is_named_without_its_password(
    tmp_path: Path,
) -> None:
    url = f"postgresql://u:pass-4711@/sentinel?host={tmp_path}"

    with pytest.raises(StorageError, match="does not answer") as gone:
        async with opened(url, tmp_path):
            pass
    assert "4711" not in str(gone.value)


async def test_settings_that_lose_messages_are_warned_about(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    url = postgresql.empty("-csynchronous_commit=off")

    async with opened(url, tmp_path) as storage:
        warned = [warning.en.split(":")[0] for warning in storage.warnings]

    assert warned == [
        "PostgreSQL runs with fsync=off",
        "PostgreSQL runs with synchronous_commit=off",
    ]


async def test_a_file_is_safe_by_default(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/sentinel.db"
    async with opened(url, tmp_path) as storage, storage.write() as unit:
        found = [
            (await unit._connection.exec_driver_sql(f"PRAGMA {name}")).scalar()  # noqa: SLF001 - asks SQLite itself
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert (found, storage.warnings) == (["wal", 2, 1], ())
    assert modes(tmp_path)["sentinel.db"] & 0o077 == 0


def test_the_urls_of_the_contract_are_understood(tmp_path: Path) -> None:
    assert opened_engines.sqlite_file(f"sqlite:///{tmp_path}/a b#c?.db") == tmp_path / "a b#c?.db"
    assert opened_engines.sqlite_file("postgresql://user@h1,h2/db") is None
    assert opened_engines.postgresql("postgresql://user@h1,h2/db", read_only=False) is not None
