"""Puts journal entries into words for staff, and several of them into one text."""

from __future__ import annotations

from typing import TypeAlias

import structlog

from sentinel.domain.news import news_of
from sentinel.domain.news_item import News
from sentinel.errors import StorageError
from sentinel.service.board import Board
from sentinel.service.by_hand import alarm_of
from sentinel.storage.journal import Entry
from sentinel.storage.view import View

log = structlog.get_logger()

STRANDED = "message.stranded"
ROOM_FOR_DETAILS = 20_000
"""Characters of ready texts in one notification; the first message's come whole in any case."""


Told: TypeAlias = tuple[int, News]
"""News, and the number of the journal entry that it comes from."""


async def told_of(view: View, board: Board, entry: Entry) -> Told | None:
    """Return what an entry means for staff, with its number; None if it is no news.

    One entry that cannot be told must not keep all later ones from being told,
    and an alarm whose texts cannot be gathered is told without them.
    """
    alarm, payload = None, entry.payload or {}
    try:
        if entry.kind == STRANDED:
            alarm = await alarm_of(view, board, entry.subject, payload.get("stranded", ()))
    except StorageError:
        raise
    except Exception:
        log.exception("news.unreadable", kind=entry.kind, number=entry.number)
    try:
        found = alarm or news_of(entry.kind, entry.subject, payload)
    except Exception:
        log.exception("news.unreadable", kind=entry.kind, number=entry.number)
        return None
    return (entry.number, found) if found else None


def body_of(news: list[Told], language: str) -> str:
    """Return one text: first what happened, then, as far as there is room, what is long."""
    short = dict.fromkeys(found.text.in_(language) for _, found in news)
    long = dict.fromkeys(found.details.in_(language) for _, found in news if found.details)
    kept: list[str] = []
    for details in long:
        if kept and sum(map(len, kept)) + len(details) > ROOM_FOR_DETAILS:
            break
        kept.append(details)
    return "\n\n".join(["\n".join(short), *kept])
