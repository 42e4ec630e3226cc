"""The posture on disk: one row, which whoever turns it locks first, and what it is judged by."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select

from sentinel.domain.cause import Severity
from sentinel.domain.message import Message
from sentinel.domain.posture import Scene, Stance
from sentinel.storage import codec
from sentinel.storage.tables import COUNTERS, FLAGS, MESSAGES
from sentinel.storage.unit import Reader, Writer, read

POSTURE: Final = "posture"
_M = MESSAGES.c
_ROW = select(FLAGS.c.value).where(FLAGS.c.name == POSTURE)
_STANDING = (
    select(MESSAGES)
    .where(
        _M.expires_at > bindparam("moment"),
        _M.superseded_at.is_(None),
        _M.withdrawn_at.is_(None),
        _M.effective_severity.in_([severity for severity in Severity if severity.grave]),
    )
    .order_by(_M.number)
)
_LAST = select(COUNTERS.c.value).where(COUNTERS.c.name == "message")
_NOTHING: Final = codec.canonical(None)


class PostureReader(Reader):
    """What may be asked about the posture."""

    async def stance(self) -> Stance | None:
        """Return the posture as it was last turned; None: it never was."""
        return _stance(await self._one(_ROW))

    async def scene(self, at: datetime) -> Scene:
        """Return what the posture is judged by at `at`."""
        rows = await self._all(_STANDING, moment=at)
        links = tuple(read(Message, row) for row in rows)
        last = await self._one(_LAST)
        return Scene(links=links, number=int(last or 0) + 1, at=at)


class PostureWriter(PostureReader, Writer):
    """What may be done about the posture."""

    async def lock_stance(self) -> Stance | None:
        """Return the posture, which nobody else turns until this unit ends.

        Lock chains before it, never after.
        """
        row = self._insert(FLAGS).values(name=POSTURE, value=_NOTHING)
        await self._do(row.on_conflict_do_nothing(index_elements=["name"]))
        return _stance(await self._one(self._locked(_ROW)))

    async def set_stance(self, stance: Stance) -> None:
        """Keep the posture as it was just turned."""
        self.stirred = True
        await self._upsert(FLAGS, [{"name": POSTURE, "value": codec.encode(Stance, stance)}])


def _stance(text: str | None) -> Stance | None:
    if text is None or text == _NOTHING:
        return None
    found: Stance = codec.decode(Stance, text)
    return found
