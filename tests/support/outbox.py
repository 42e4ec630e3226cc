"""Reads what a daemon keeps, straight from its database: no code of ours in between."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.support.history import Attempt, Delivery, Entry, Kept, Message, Notification

Row = Mapping[str, Any]
TABLES = ("messages", "deliveries", "attempts", "notifications", "journal", "journal_head")


def outbox(url: str, folder: Path) -> Kept:
    """Return everything that a database holds about messages, as of one moment.

    Args:
        url: As it stands in the rules.
        folder: Where the rules lie: paths of SQLite are relative to it.
    """
    with _tables(url, folder) as tables:
        head = tables["journal_head"][0]
        return Kept(
            messages=tuple(map(_message, tables["messages"])),
            deliveries=tuple(map(_delivery, tables["deliveries"])),
            attempts=tuple(map(_attempt, tables["attempts"])),
            notifications=tuple(map(_notification, tables["notifications"])),
            journal=tuple(map(_entry, tables["journal"])),
            head=(head["number"], head["hash"]),
        )


@contextmanager
def _tables(url: str, folder: Path) -> Iterator[dict[str, list[Row]]]:
    if url.startswith("sqlite:///"):
        file = folder / url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=20)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN")  # one moment for all the tables
            yield {
                name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")]  # noqa: S608 - names of ours
                for name in TABLES
            }
    else:
        with psycopg.connect(url, row_factory=dict_row) as server:
            server.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            yield {
                name: list(server.execute(f"SELECT * FROM {name}"))  # noqa: S608 - names of ours
                for name in TABLES
            }


def _message(row: Row) -> Message:
    content = json.loads(row["content"])
    return Message(
        id=row["id"],
        number=row["number"],
        kind=row["kind"],
        state=row["state"],
        routes=tuple(json.loads(row["routes"])),
        references=tuple(json.loads(row["earlier"])),
        accepted_at=_sure(row["accepted_at"]),
        expires_at=_sure(row["expires_at"]),
        key=row["key"],
        channels=tuple(content.get("channels") or ()),
        not_before=_moment(content.get("not_before")),
        withdrawn_at=_moment(row["withdrawn_at"]),
        superseded_at=_moment(row["superseded_at"]),
        needs_approval=bool(row["needs_approval"]),
        approved_at=_moment(row["approved_at"]),
    )


def _delivery(row: Row) -> Delivery:
    return Delivery(
        id=row["id"],
        message=row["message_id"],
        channel=row["channel"],
        state=row["state"],
        attempts=row["attempts"],
        confirmed_by=row["confirmed_by"],
        take_down_at=_moment(row["take_down_at"]),
    )


def _attempt(row: Row) -> Attempt:
    return Attempt(
        delivery=row["delivery_id"],
        started_at=_sure(row["started_at"]),
        ended_at=_moment(row["ended_at"]),
        outcome=row["outcome"],
    )


def _notification(row: Row) -> Notification:
    return Notification(
        id=row["id"],
        state=row["state"],
        subject=row["subject"],
        text=row["text"],
        created_at=_sure(row["created_at"]),
    )


def _entry(row: Row) -> Entry:
    names = ("number", "kind", "actor_kind", "actor_id", "subject", "payload", "digest")
    fields: dict[str, Any] = {name: row[name] for name in (*names, "previous", "hash")}
    return Entry(at=_sure(row["at"]), **fields)


def _sure(value: str | datetime) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(UTC)


def _moment(value: str | datetime | None) -> datetime | None:
    return None if value is None else _sure(value)
