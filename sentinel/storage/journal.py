"""The journal: everything that happened, in the order in which it became true.

The number comes from a locked head row in the last statements before commit,
so numbers have no gap and a reader that has seen number n has seen all below.
Each hash covers the one before it, and of the payload only a digest, so that
retention may empty payloads and the chain still holds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from sentinel.errors import Phrase, StorageError
from sentinel.storage import codec
from sentinel.storage.actor import Actor
from sentinel.storage.columns import stamp
from sentinel.storage.hot import Hot
from sentinel.storage.tables import CURSORS, JOURNAL, JOURNAL_HEAD
from sentinel.storage.unit import Frame, Reader, Writer

BEGINNING = "0" * 64
"""What stands for the hash before the first entry."""

_BEHEADED = Phrase(
    de="Das Journal hat seinen Kopf verloren. Die Datenbank wurde von Hand verändert; "
    "bitte eine Sicherung zurückspielen.",
    en="The journal has lost its head. The database was changed by hand; restore a backup.",
)
_BATCH = 500
_J = JOURNAL.c
_HEAD = Hot(select(JOURNAL_HEAD).with_for_update())
_APPEND = Hot(insert(JOURNAL))
_MOVE_HEAD = Hot(update(JOURNAL_HEAD).values(number=bindparam("last"), hash=bindparam("last_hash")))
_CURSOR = Hot(select(CURSORS.c.number).where(CURSORS.c.reader == bindparam("of_reader")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened. `payload` is None once retention emptied it."""

    number: int
    at: datetime
    kind: str
    actor: Actor
    subject: str
    payload: Mapping[str, Any] | None
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyResult:
    """Whether the chain holds; `first_bad` is the number of the first entry that does not."""

    ok: bool
    checked: int
    first_bad: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Note:
    kind: str
    actor: Actor
    subject: str
    payload: str
    at: datetime


class JournalReader(Reader):
    """What may be asked of the journal."""

    async def entries(
        self, after: int = 0, limit: int = 100, kinds: Collection[str] | None = None
    ) -> list[Entry]:
        """Return entries with numbers above `after`, in order."""
        query = select(JOURNAL).where(_J.number > after).order_by(_J.number).limit(limit)
        if kinds is not None:
            query = query.where(_J.kind.in_(kinds))
        return [_entry(row) for row in await self._all(query)]

    async def entries_with(self, numbers: Collection[int]) -> dict[int, Entry]:
        """Return the entries with these numbers."""
        if not numbers:
            return {}
        rows = await self._all(select(JOURNAL).where(_J.number.in_(numbers)))
        return {row.number: _entry(row) for row in rows}

    async def entry(self, number: int) -> Entry | None:
        """Return one entry."""
        row = await self._first(select(JOURNAL).where(_J.number == number))
        return _entry(row) if row else None

    async def journal_head(self) -> int:
        """Return the number of the latest entry; 0 if there is none."""
        return int(await self._one(select(JOURNAL_HEAD.c.number)) or 0)

    async def cursor(self, reader: str) -> int:
        """Return the number up to which a reader has read."""
        return int(await self._one(_CURSOR, of_reader=reader) or 0)

    async def cursors(self) -> dict[str, int]:
        """Return how far every reader has read."""
        return {row.reader: row.number for row in await self._all(select(CURSORS))}

    async def verify_journal(self) -> VerifyResult:
        """Read the whole chain and say where it breaks, if it does.

        A changed, missing, added or swapped entry breaks it, and so does an
        end that was cut off.
        """
        checked, previous = 0, BEGINNING
        while rows := await self._batch(checked):
            for row in rows:
                if row.number != checked + 1 or not _holds(row, previous):
                    return VerifyResult(ok=False, checked=checked, first_bad=checked + 1)
                checked, previous = row.number, row.hash
        head = await self._first(select(JOURNAL_HEAD))
        if head is None or (head.number, head.hash) != (checked, previous):
            return VerifyResult(ok=False, checked=checked, first_bad=checked + 1)
        return VerifyResult(ok=True, checked=checked)

    async def _batch(self, after: int) -> Sequence[Row[Any]]:
        query = select(JOURNAL).where(_J.number > after)
        return await self._all(query.order_by(_J.number).limit(_BATCH))


class JournalWriter(JournalReader, Writer):
    """What may be done to the journal: add to its end, and empty old payloads."""

    def __init__(self, connection: AsyncConnection, frame: Frame) -> None:
        super().__init__(connection, frame)
        self._notes: list[_Note] = []
        self.appended = range(0)  # the numbers of what was noted, once it is

    def note(
        self, kind: str, *, actor: Actor, subject: str, payload: Mapping[str, Any] | None = None
    ) -> None:
        """Say that something happened; it is appended as the last thing before commit.

        `payload` is plain data (dates and enums are written as text), and holds
        neither secrets nor names.
        """
        note = _Note(
            kind=kind,
            actor=actor,
            subject=codec.storable(subject),
            payload=codec.canonical(dict(payload or {})),
            at=self._frame.now(),
        )
        self._notes.append(note)
        self.stirred = True

    async def set_cursor(self, reader: str, number: int) -> None:
        """Write down how far a reader has read."""
        await self._upsert(CURSORS, [{"reader": reader, "number": number}])

    async def drop_cursor(self, reader: str) -> None:
        """Forget how far a reader has read: there is no such reader any more."""
        await self._do(delete(CURSORS).where(CURSORS.c.reader == reader))

    async def empty_payloads(self, before: datetime) -> int:
        """Empty the payloads of entries older than `before`; the chain still holds."""
        old = (_J.at < before) & _J.payload.is_not(None)
        return await self._do(update(JOURNAL).where(old).values(payload=None))

    async def append_notes(self) -> None:
        """Append what was noted. Called by the storage just before commit.

        Raises:
            StorageError: Somebody removed the head row.
        """
        if not self._notes:
            return
        head = await self._first(_HEAD)
        if head is None:
            raise StorageError(_BEHEADED)
        number, previous = head.number, head.hash
        rows: list[dict[str, Any]] = []
        for note in self._notes:
            number += 1
            rows.append(_row(note, number, previous))
            previous = rows[-1]["hash"]
        await self._many(_APPEND, rows)
        await self._do(_MOVE_HEAD, {"last": number, "last_hash": previous})
        self.appended = range(head.number + 1, number + 1)
        self._notes.clear()


def _row(note: _Note, number: int, previous: str) -> dict[str, Any]:
    row = {
        "number": number,
        "at": note.at,
        "kind": note.kind,
        "actor_kind": note.actor.kind,
        "actor_id": note.actor.id,
        "subject": note.subject,
        "payload": note.payload,
        "digest": codec.digest(note.payload),
        "previous": previous,
    }
    return row | {"hash": _hash(row)}


def _hash(row: Mapping[str, Any]) -> str:
    """Return the hash of an entry: all of it but the payload, which its digest stands for."""
    names = ("previous", "number", "kind", "digest", "actor_kind", "actor_id", "subject")
    covered = [row[name] for name in names]
    return codec.digest(codec.canonical([*covered, stamp(row["at"])]))


def _holds(row: Row[Any], previous: str) -> bool:
    kept: Mapping[str, Any] = row._asdict()
    told = row.payload is None or codec.digest(row.payload) == row.digest
    return told and bool(row.previous == previous and row.hash == _hash(kept))


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        number=row.number,
        at=row.at,
        kind=row.kind,
        actor=Actor(kind=row.actor_kind, id=row.actor_id),
        subject=row.subject,
        payload=None if row.payload is None else codec.load(row.payload),
        previous=row.previous,
        hash=row.hash,
    )
