"""Silences and maintenance: times in which outages open, and alarm nobody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, tuple_, update

from sentinel.domain.silence import Silence
from sentinel.storage.staff_tables import SILENCES
from sentinel.storage.unit import Page, Reader, Writer, read, written

_S = SILENCES.c


class SilenceReader(Reader):
    """What may be asked about silences."""

    async def silence(self, silence_id: str) -> Silence | None:
        """Return the silence with this id."""
        row = await self._first(select(SILENCES).where(_S.id == silence_id))
        return read(Silence, row) if row else None

    async def standing_silences(self) -> list[Silence]:
        """Return the silences that have not ended, begun or not, by their begin."""
        query = select(SILENCES).where(_S.ended_at.is_(None)).order_by(_S.starts_at, _S.id)
        return [read(Silence, row) for row in await self._all(query)]

    async def silences(self, limit: int = 50, cursor: str | None = None) -> Page[Silence]:
        """Return silences, the latest begin first, those that have ended too."""
        query = select(SILENCES).order_by(_S.starts_at.desc(), _S.id.desc()).limit(limit + 1)
        if cursor is not None:
            last = select(_S.starts_at, _S.id).where(_S.id == cursor).scalar_subquery()
            query = query.where(tuple_(_S.starts_at, _S.id) < last)
        found = [read(Silence, row) for row in await self._all(query)]
        more = len(found) > limit
        return Page(items=tuple(found[:limit]), next=found[limit - 1].id if more else None)


class SilenceWriter(SilenceReader, Writer):
    """What may be done about silences."""

    async def add_silence(self, silence: Silence) -> None:
        """Keep a new silence."""
        self.stirred = True
        await self._add(SILENCES, written(silence))

    async def save_silence(self, silence: Silence) -> None:
        """Write a changed silence."""
        self.stirred = True
        await self._do(update(SILENCES).where(_S.id == silence.id).values(written(silence)))

    async def drop_silence(self, silence_id: str) -> bool:
        """Forget a silence that has neither begun nor ended; False if it has."""
        fresh = (_S.id == silence_id) & _S.begun_at.is_(None) & _S.ended_at.is_(None)
        self.stirred = True
        return bool(await self._do(delete(SILENCES).where(fresh)))

    async def begin_silence(self, silence_id: str, at: datetime) -> bool:
        """Mark a silence as begun; False if it was, or has ended."""
        fresh = (_S.id == silence_id) & _S.begun_at.is_(None) & _S.ended_at.is_(None)
        return bool(await self._do(update(SILENCES).where(fresh).values(begun_at=at)))

    async def end_silence(self, silence_id: str, at: datetime) -> bool:
        """Mark a silence as ended; False if it was."""
        standing = (_S.id == silence_id) & _S.ended_at.is_(None)
        return bool(await self._do(update(SILENCES).where(standing).values(ended_at=at)))
