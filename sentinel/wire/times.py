"""When an answer was given, and when it asks us to come back, by its headers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from sentinel.wire import Response

_SECONDS = re.compile(r"[0-9]{1,6}")
_LAST_YEAR = 9000  # leaves room for any delay


def date_of(answer: Response) -> datetime | None:
    """Return the answer's own time, or None if it has no usable Date header."""
    return _moment(answer.headers.get("date", ""))


def retry_at(answer: Response) -> datetime | None:
    """Return when `Retry-After`, in seconds or as a date, says that it may be tried again."""
    stated = answer.headers.get("retry-after", "")
    if not _SECONDS.fullmatch(stated):
        return _moment(stated)
    now = date_of(answer)
    return now + timedelta(seconds=int(stated)) if now else None


def _moment(text: str) -> datetime | None:
    try:
        stated = parsedate_to_datetime(text)
        moment = stated.replace(tzinfo=stated.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.year < _LAST_YEAR else None
