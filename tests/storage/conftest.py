"""Every storage test runs on both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sentinel.storage.storage import Storage
from tests.storage import engines
from tests.storage.values import Clock


@pytest.fixture(scope="session")
def postgresql() -> Iterator[engines.Cluster]:
    with engines.cluster() as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/sentinel.db"
    cluster: engines.Cluster = request.getfixturevalue("postgresql")
    return cluster.empty()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def storage(url: str, tmp_path: Path, clock: Clock) -> AsyncIterator[Storage]:
    """An open storage with nothing in it."""
    opened = await Storage.open(url, data=tmp_path, node="a", now=clock)
    yield opened
    await opened.close()
