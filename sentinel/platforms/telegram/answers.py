"""What the Bot API means by an answer (facts/platforms-a.md sections 4.2, 4.4, 4.5), row by row.

Telegram has no subcodes: the beginning of `description` is the code, in English
for everybody, after the name of the status ("Bad Request: "). A row's words are
ours to repeat; whatever else a server says is not. `retry_after` is the one
number that tells two answers of one status apart: a server that is closing
answers 429 with exactly 5 although the message may be on its way.

What stands in no row was never seen: the server also turns codes that it does
not know into 400, so nothing certain is read into it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Finding
from sentinel.wire import Response, rows
from sentinel.wire.rows import How, Refusal

OK = 200
TOO_MANY = 429
CLOSING_S = 5
"""The `retry_after` of a server that drops a query while it closes (Query.h)."""

EMPTY = "message text is empty"
NOTHING_TO_DELETE = "message to delete not found"
_NAMED = re.compile(r"(?:Bad Request|Forbidden|Conflict|Internal Server Error|Unauthorized): ")
_LONGEST_WAIT_S = 10**7


class Row(NamedTuple):
    """What an answer means: status, beginning of the description, and `retry_after` if it counts.

    `from_memory`: the fact sheet marks it so; `docs/platforms/telegram.md` lists it.
    """

    status: int
    says: str
    how: How
    cause: Cause
    retry_after: int | None = None
    from_memory: bool = False


TABLE: tuple[Row, ...] = (
    Row(401, "", How.REFUSED, Cause.CREDENTIAL_REJECTED),
    Row(404, "Not Found", How.REFUSED, Cause.CREDENTIAL_REJECTED, from_memory=True),
    Row(403, "bot was kicked from", How.REFUSED, Cause.PERMISSION_MISSING),
    Row(403, "bot is not a member of", How.REFUSED, Cause.PERMISSION_MISSING),
    Row(400, "chat not found", How.REFUSED, Cause.BAD_CONFIGURATION),
    Row(400, "need administrator rights", How.REFUSED, Cause.PERMISSION_MISSING, from_memory=True),
    Row(400, "not enough rights", How.REFUSED, Cause.PERMISSION_MISSING, from_memory=True),
    Row(400, "CHAT_WRITE_FORBIDDEN", How.REFUSED, Cause.PERMISSION_MISSING, from_memory=True),
    Row(400, EMPTY, How.CONTENT, Cause.CONTENT_REJECTED),
    Row(400, "message is too long", How.CONTENT, Cause.CONTENT_REJECTED),
    Row(400, "can't parse entities", How.CONTENT, Cause.CONTENT_REJECTED),
    Row(400, "group chat was upgraded", How.REFUSED, Cause.BAD_CONFIGURATION),
    Row(400, "FROZEN_METHOD_INVALID", How.REFUSED, Cause.ACCOUNT_LOCKED, from_memory=True),
    Row(409, "", How.REFUSED, Cause.BAD_CONFIGURATION),
    Row(429, "", How.UNCLEAR, Cause.RATE_LIMITED, retry_after=CLOSING_S),
    Row(429, "", How.THROTTLED, Cause.RATE_LIMITED),
    Row(500, "restart", How.UNCLEAR, Cause.PLATFORM_FAULT),
    Row(500, "sent message was immediately deleted", How.UNCLEAR, Cause.PLATFORM_FAULT),
    Row(502, "", How.UNCLEAR, Cause.PLATFORM_FAULT),
    Row(504, "", How.UNCLEAR, Cause.PLATFORM_FAULT),
)
_NEVER_SEEN = Row(0, "", How.UNCLEAR, Cause.PLATFORM_FAULT)


def spoken(answer: Response) -> bool:
    """Return whether the Bot API itself speaks: an object with `ok`, and not somebody's page."""
    return isinstance(answer.object().get("ok"), bool)


def good(answer: Response) -> bool:
    """Return whether the API did what was asked."""
    return answer.status == OK and answer.object().get("ok") is True


def result(answer: Response) -> dict[str, object]:
    """Return the result of a good answer; empty if it is no object."""
    value = answer.object().get("result") if good(answer) else None
    return value if isinstance(value, dict) else {}


def describes(answer: Response, words: str) -> bool:
    """Return whether the API refused with a description that begins so."""
    text = answer.object().get("description")
    return spoken(answer) and isinstance(text, str) and _NAMED.sub("", text, 1).startswith(words)


def judge(answer: Response) -> Row:
    """Return the row for an answer that is not good."""
    if not spoken(answer) and answer.status != TOO_MANY:
        return _NEVER_SEEN
    wait_s = _retry_after(answer)
    for row in TABLE:
        same = row.status == answer.status and row.retry_after in {None, wait_s}
        if same and (not row.says or describes(answer, row.says)):
            return row
    return _NEVER_SEEN


def outcome(answer: Response) -> Refusal:
    """Return what it means for a post that the answer does not name a message."""
    row, evidence = judge(answer), said(answer)
    return rows.refusal(row.how, row.cause, evidence, until(answer))


def finding(ability: Ability, answer: Response) -> Finding:
    """Return what an answer to a question says of `ability`; a credential error is unconfirmed."""
    evidence = said(answer)
    if good(answer):
        return Finding(ability=ability, evidence=evidence)
    cause = judge(answer).cause
    return rows.finding(ability, cause, evidence, until(answer))


def said(answer: Response) -> str:
    """Return status and the table's own words: all of an answer that may be written down."""
    if not spoken(answer):
        return f"HTTP {answer.status}, not the Bot API"
    words = judge(answer).says if not good(answer) else ""
    return f"HTTP {answer.status} {words}".rstrip()


def until(answer: Response) -> datetime | None:
    """Return when a limit ends: the answer's own time plus what it asks to wait."""
    seconds = _retry_after(answer)
    try:
        stated = parsedate_to_datetime(answer.headers.get("date", ""))
        now = stated.replace(tzinfo=stated.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if answer.status != TOO_MANY or seconds is None:
        return None
    try:
        return now + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _retry_after(answer: Response) -> int | None:
    parameters = answer.object().get("parameters")
    stated = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if not isinstance(stated, int) or isinstance(stated, bool):
        header = answer.headers.get("retry-after", "")
        stated = int(header) if re.fullmatch(r"[0-9]{1,8}", header) else None
    return stated if stated is not None and 0 < stated < _LONGEST_WAIT_S else None
