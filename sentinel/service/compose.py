"""Puts journal entries into words for staff, with what only the storage knows of them now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

import structlog

from sentinel.domain.message import Message
from sentinel.domain.news import news_of
from sentinel.domain.news_item import News
from sentinel.errors import StorageError
from sentinel.service.board import Board
from sentinel.service.by_hand import alarm_of
from sentinel.storage.journal import Entry
from sentinel.storage.view import View

log = structlog.get_logger()

STRANDED = "message.stranded"
ACKNOWLEDGED = "outage.acknowledged"
_LASTING = frozenset({"outage.opened", "outage.changed", "outage.closed", STRANDED})

Told: TypeAlias = tuple[int, News]
"""News, and the number of the journal entry that it comes from."""


async def told_of(view: View, board: Board, entry: Entry) -> Told | None:
    """Return what an entry means for staff, with its number; None if it is no news.

    One entry that cannot be told must not keep all later ones from being told,
    and an alarm whose texts cannot be gathered is told without them. What is
    looked up besides (the headline, whether it is an exercise) may be missing.
    """
    alarm, message, payload = None, None, entry.payload or {}
    try:
        message = await _message(view, entry)
        if entry.kind == STRANDED:
            alarm = await alarm_of(view, board, entry.subject, payload.get("stranded", ()))
        if entry.kind == ACKNOWLEDGED:
            payload = {"by": await _person(view, entry), **payload}
    except StorageError:
        raise
    except Exception:
        log.exception("news.unreadable", kind=entry.kind, number=entry.number)
    try:
        found = alarm or news_of(entry.kind, entry.subject, payload, board.zone)
        dated = _dated(found, entry, payload) if found else None
    except Exception:
        log.exception("news.unreadable", kind=entry.kind, number=entry.number)
        return None
    return (entry.number, _about(dated, message)) if dated else None


async def _message(view: View, entry: Entry) -> Message | None:
    """Return the message that an entry is about, if it is about one."""
    named = (entry.payload or {}).get("message")
    if entry.kind.startswith(("message.", "link.")):
        named = entry.subject
    return await view.message(named) if isinstance(named, str) else None


async def _person(view: View, entry: Entry) -> str:
    """Return how colleagues know whoever did something."""
    if entry.actor.kind == "link":
        return entry.actor.id
    return (await view.people()).get(entry.actor.id, entry.actor.word)


def _dated(news: News, entry: Entry, payload: Mapping[str, Any]) -> News:
    """Say when it happened; of what lasts, since when."""
    if entry.kind not in _LASTING:
        return replace(news, at=entry.at)
    since = payload.get("since")
    began = datetime.fromisoformat(since) if isinstance(since, str) else None
    opened = None if entry.kind == "outage.closed" else entry.at
    return replace(news, at=entry.at, since=began or opened)


def _about(news: News, message: Message | None) -> News:
    """Add what message it is about; an alarm with its texts has the headline already."""
    if message is None:
        return news
    exercise = news.exercise or message.content.exercise
    if news.details is not None:
        return replace(news, exercise=exercise)
    return replace(news, exercise=exercise, about=message.content.headline)
