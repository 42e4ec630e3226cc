"""What the outbox holds, read straight from the tables: no code of the storage in between."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One row of `messages`."""

    id: str
    number: int
    chain: str
    kind: str
    state: str
    open: bool
    routes: tuple[str, ...]
    references: tuple[str, ...]  # ids of the links that it follows
    content: Mapping[str, Any]
    grave: bool
    accepted_at: datetime
    expires_at: datetime
    withdrawn: bool
    superseded: bool
    awaits_approval: bool
    not_before: datetime | None

    @property
    def stopped(self) -> bool:
        """True if nothing more of it may begin."""
        return self.withdrawn or self.superseded


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One row of `deliveries`."""

    id: str
    message: str
    channel: str
    account: str
    routes: tuple[str, ...]
    state: str
    due_at: datetime
    confirmed: bool
    post_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Everything at one moment."""

    messages: Mapping[str, Message] = field(default_factory=dict)
    deliveries: tuple[Delivery, ...] = ()
    explained: frozenset[tuple[str, str, str]] = frozenset()  # message, route, channel
    alarmed: frozenset[str] = frozenset()  # messages with an open outage of their own
    journalled: frozenset[tuple[str, str]] = frozenset()  # kind and subject

    def of(self, message: Message) -> list[Delivery]:
        """Return the deliveries of a message."""
        return [one for one in self.deliveries if one.message == message.id]

    def number(self, number: int) -> Message:
        """Return the message with this number."""
        return next(one for one in self.messages.values() if one.number == number)

    def before(self, message: Message) -> list[Message]:
        """Return the links that a message follows."""
        return [self.messages[one] for one in message.references]


class Reader:
    """Looks into one database file."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        self._connection.row_factory = sqlite3.Row

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def read(self) -> Kept:
        """Return what is committed."""
        ask = self._connection.execute
        ask("BEGIN")
        try:
            outages = ask(
                "SELECT messages FROM outages WHERE kind = 'stranded' AND closed_at IS NULL"
            )
            return Kept(
                messages={row["id"]: _message(row) for row in ask("SELECT * FROM messages")},
                deliveries=tuple(map(_delivery, ask("SELECT * FROM deliveries ORDER BY id"))),
                explained=frozenset(
                    map(tuple, ask("SELECT message_id, route, channel FROM explanations"))
                ),
                alarmed=frozenset(one for row in outages for one in json.loads(row["messages"])),
                journalled=frozenset(
                    map(tuple, ask("SELECT kind, subject FROM journal WHERE kind LIKE 'message.%'"))
                ),
            )
        finally:
            ask("ROLLBACK")

    def under_way(self, account: str, number: int) -> bool:
        """Return whether an earlier link of a message is being published on an account."""
        found = self._connection.execute(
            "SELECT count(*) FROM deliveries d, messages m, json_each(m.earlier) link "
            "WHERE m.number = ? AND d.message_id = link.value AND d.account = ? "
            "AND d.state = 'publishing'",
            (number, account),
        )
        return bool(found.fetchone()[0])


def _message(row: sqlite3.Row) -> Message:
    content = json.loads(row["content"])
    not_before = content.get("not_before")
    return Message(
        id=row["id"],
        number=row["number"],
        chain=row["chain"],
        kind=row["kind"],
        state=row["state"],
        open=bool(row["open"]),
        routes=tuple(json.loads(row["routes"])),
        references=tuple(json.loads(row["earlier"])),
        content=content,
        grave=row["effective_severity"] in {"extreme", "severe"},
        accepted_at=datetime.fromisoformat(row["accepted_at"]),
        expires_at=datetime.fromisoformat(row["expires_at"]),
        withdrawn=row["withdrawn_at"] is not None,
        superseded=row["superseded_at"] is not None,
        awaits_approval=bool(row["needs_approval"]) and row["approved_at"] is None,
        not_before=datetime.fromisoformat(not_before) if not_before else None,
    )


def _delivery(row: sqlite3.Row) -> Delivery:
    receipt = json.loads(row["receipt"]) if row["receipt"] else None
    return Delivery(
        id=row["id"],
        message=row["message_id"],
        channel=row["channel"],
        account=row["account"],
        routes=tuple(json.loads(row["routes"])),
        state=row["state"],
        due_at=datetime.fromisoformat(row["due_at"]),
        confirmed=row["confirmed_by"] is not None,
        post_id=receipt["post_id"] if receipt else None,
    )
