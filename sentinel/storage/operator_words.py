"""What each channel's operator last said of itself on its status page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from sentinel.domain.operator_word import OperatorWord
from sentinel.storage.figure_tables import OPERATOR_WORDS
from sentinel.storage.tables import CHECKS
from sentinel.storage.unit import Reader, Writer


class OperatorWordReader(Reader):
    """What may be asked about operators' words."""

    async def operator_words(self) -> dict[str, OperatorWord]:
        """Return the last word on each channel; it may be old."""
        return {row.channel: row.word for row in await self._all(select(OPERATOR_WORDS))}

    async def operator_word(self, channel: str) -> OperatorWord | None:
        """Return the last word on one channel; it may be old."""
        kept = select(OPERATOR_WORDS).where(OPERATOR_WORDS.c.channel == channel)
        row = await self._first(kept)
        return row.word if row is not None else None


class OperatorWordWriter(OperatorWordReader, Writer):
    """What may be done about operators' words."""

    async def save_operator_word(self, channel: str, word: OperatorWord) -> None:
        """Keep the latest word on a channel."""
        row = {"channel": channel, "word": word, "at": word.at}
        await self._upsert(OPERATOR_WORDS, [row])

    async def save_check(self, channel: str, probe: str, at: datetime) -> None:
        """Keep when a probe looked that found nothing to judge by: its rhythm goes on."""
        await self._upsert(CHECKS, [{"channel": channel, "probe": probe, "at": at}])
