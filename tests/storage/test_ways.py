"""The hot statements find their rows along an index, however much is kept beside them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from sentinel.storage import claiming, outages, takedowns
from sentinel.storage.hot import Hot
from sentinel.storage.tables import METADATA

DIALECT = sqlite.dialect()


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:")
    for table in METADATA.sorted_tables:
        made.execute(str(CreateTable(table).compile(dialect=DIALECT)))
        for index in table.indexes:
            made.execute(str(CreateIndex(index).compile(dialect=DIALECT)))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("hot", "along"),
    [
        (claiming.NEXT_CHANNEL[False], "deliveries_next (state=? AND channel>?)"),
        (claiming.DUE_ON[False], "deliveries_next (state=? AND channel=?)"),
        (claiming.DUE_ON[True], "deliveries_next (state=? AND channel=?)"),
        (outages.STRANDING, "outages_closed (closed_at=?)"),
        (takedowns.DUE, "deliveries_leaving (take_down_at<?)"),
    ],
)
def test_a_hot_statement_goes_along_its_index(
    database: sqlite3.Connection, hot: Hot, along: str
) -> None:
    compiled = hot.statement.compile(dialect=DIALECT)
    binds = [1] * len(compiled.positiontup or ())

    plan = database.execute(f"EXPLAIN QUERY PLAN {compiled}", binds).fetchall()

    ways = [way for *_, way in plan]
    assert along in ways[0].replace("sqlite_autoindex_", "")
    assert "USE TEMP B-TREE FOR ORDER BY" not in ways
