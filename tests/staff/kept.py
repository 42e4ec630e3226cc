"""What the daemon wrote down of outages and of whom it told, read straight from its database."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Something that does not work."""

    id: str
    channel: str | None
    opened_at: datetime
    closed_at: datetime | None
    waves: int
    escalation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """The climb of a group of outages through the levels."""

    id: str
    opened_at: datetime
    due_at: datetime | None
    level: int
    rounds: int
    acknowledged_by: str | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One notification to one contact."""

    contact: str
    level: int
    escalation: str | None
    state: str
    attempts: int
    repeat: bool
    subject: str
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """All of it, as of one moment."""

    outages: tuple[Outage, ...]
    escalations: tuple[Escalation, ...]
    tellings: tuple[Telling, ...]

    def escalation(self, channel: str) -> Escalation:
        """Return the climb to which the outage of a channel belongs."""
        (mine,) = {one.escalation for one in self.outages if one.channel == channel}
        (found,) = (one for one in self.escalations if one.id == mine)
        return found


def kept(file: Path) -> Kept:
    """Return what the daemon with these rules holds."""
    database = file.parent / "data" / "sentinel.db"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20)) as open_:
        open_.row_factory = sqlite3.Row
        open_.execute("BEGIN")  # one moment for all the tables
        outages, escalations, tellings = (
            [dict(row) for row in open_.execute(f"SELECT * FROM {name} ORDER BY {order}")]  # noqa: S608 - names of ours
            for name, order in (
                ("outages", "opened_at"),
                ("escalations", "opened_at"),
                ("notifications", "created_at"),
            )
        )
    return Kept(
        outages=tuple(map(_outage, outages)),
        escalations=tuple(map(_escalation, escalations)),
        tellings=tuple(map(_telling, tellings)),
    )


def _outage(row: Row) -> Outage:
    return Outage(
        id=row["id"],
        channel=row["channel"],
        opened_at=_sure(row["opened_at"]),
        closed_at=_moment(row["closed_at"]),
        waves=row["waves"],
        escalation=row["escalation_id"],
    )


def _escalation(row: Row) -> Escalation:
    return Escalation(
        id=row["id"],
        opened_at=_sure(row["opened_at"]),
        due_at=_moment(row["due_at"]),
        level=row["level"],
        rounds=row["rounds"],
        acknowledged_by=row["acknowledged_by"],
        closed_at=_moment(row["closed_at"]),
    )


def _telling(row: Row) -> Telling:
    return Telling(
        contact=row["contact"],
        level=row["level"],
        escalation=row["escalation_id"],
        state=row["state"],
        attempts=row["attempts"],
        repeat=bool(row["repeat"]),
        subject=row["subject"],
        created_at=_sure(row["created_at"]),
        sent_at=_moment(row["sent_at"]),
    )


def _sure(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)


def _moment(value: str | None) -> datetime | None:
    return None if value is None else _sure(value)
