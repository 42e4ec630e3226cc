"""Of several PostgreSQL hosts the one that takes writes is asked, also by whoever only reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from sentinel.storage.storage import Storage
from tests.storage import engines
from tests.storage.values import Clock, keep, message, opened


@pytest.fixture(scope="module")
def reads_only() -> Iterator[engines.Cluster]:
    """A server that takes no writes, as a standby; what the other one knows it does not."""
    with engines.cluster() as cluster:
        yield cluster


def refuse_writes(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        connection.execute("SELECT pg_reload_conf()")


def hosts(url: str, *before: str) -> str:
    """Return `url` with other hosts in front of its own."""
    (own,) = parse_qs(urlsplit(url).query)["host"]
    return url.replace(f"host={own}", f"host={','.join([*before, own])}")


async def test_reads_come_from_the_host_that_writes_and_only_a_look_from_a_standby(
    postgresql: engines.Cluster, reads_only: engines.Cluster, tmp_path: Path
) -> None:
    behind = reads_only.empty()
    async with opened(behind, tmp_path) as there:
        await keep(there, message(2))
    refuse_writes(behind)
    both = hosts(postgresql.empty(), str(reads_only.folder))
    nobody = str(tmp_path / "nobody")

    async with opened(both, tmp_path) as storage:
        await keep(storage, message(1))
        async with storage.read() as view:
            read = [m.id for m in await view.open_messages()]
    look = await looked(both, tmp_path)
    without_primary = await looked(hosts(behind, nobody), tmp_path)

    assert read == ["m1"]
    assert look == ["m1"]
    assert without_primary == ["m2"]


async def looked(url: str, folder: Path) -> list[str]:
    """Return what a look from outside the daemon finds."""
    storage = await Storage.open(url, data=folder, node="cli", now=Clock(), read_only=True)
    try:
        async with storage.read() as view:
            return [m.id for m in await view.open_messages()]
    finally:
        await storage.close()
