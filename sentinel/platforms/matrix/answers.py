"""What a homeserver means by an answer (facts/platforms-a.md section 8), row by row.

`errcode` decides, then the status, and for a dead token `soft_logout`; never the
sentence. Codes that are not in the table are not repeated in evidence: a server
may put anything there. What was never seen leaves a post in doubt, which costs
little here: the same transaction sent again is the same event.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import NamedTuple

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Finding
from sentinel.wire import Response, rows
from sentinel.wire.rows import How, Refusal

OK = 200
NOT_FOUND = 404
TOO_MANY = 429
SERVER = 500
_DELAY_MS = re.compile(r"[0-9]{1,8}")


class Row(NamedTuple):
    """What an answer means. `status` None: whichever; `soft` None: whether or not it is said.

    `from_memory`: the fact sheet marks it so; `docs/platforms/matrix.md` lists it.
    """

    status: int | None
    errcode: str
    how: How
    cause: Cause
    soft: bool | None = None
    from_memory: bool = False


TABLE: tuple[Row, ...] = (
    Row(401, "M_UNKNOWN_TOKEN", How.REFUSED, Cause.CREDENTIAL_EXPIRED, soft=True),
    Row(401, "M_UNKNOWN_TOKEN", How.REFUSED, Cause.CREDENTIAL_REJECTED),
    Row(401, "M_MISSING_TOKEN", How.REFUSED, Cause.CREDENTIAL_REJECTED),
    Row(401, "M_USER_LOCKED", How.REFUSED, Cause.ACCOUNT_LOCKED),
    Row(403, "M_USER_SUSPENDED", How.REFUSED, Cause.ACCOUNT_LOCKED),
    Row(403, "M_USER_DEACTIVATED", How.REFUSED, Cause.ACCOUNT_LOCKED),
    Row(403, "M_FORBIDDEN", How.REFUSED, Cause.PERMISSION_MISSING),
    Row(None, "M_RESOURCE_LIMIT_EXCEEDED", How.REFUSED, Cause.PLAN_REFUSED, from_memory=True),
    Row(None, "M_USER_LIMIT_EXCEEDED", How.REFUSED, Cause.PLAN_REFUSED),
    Row(413, "M_TOO_LARGE", How.CONTENT, Cause.CONTENT_REJECTED),
    Row(404, "M_NOT_FOUND", How.REFUSED, Cause.BAD_CONFIGURATION),
    Row(404, "M_UNRECOGNIZED", How.REFUSED, Cause.BAD_CONFIGURATION),
    Row(429, "", How.THROTTLED, Cause.RATE_LIMITED),
    Row(None, "M_LIMIT_EXCEEDED", How.THROTTLED, Cause.RATE_LIMITED),
)
_NEVER_SEEN = Row(None, "", How.UNCLEAR, Cause.PLATFORM_FAULT)
KNOWN: Mapping[str, str] = MappingProxyType({row.errcode: row.errcode for row in TABLE})


def spoken(answer: Response) -> bool:
    """Return whether the server itself speaks: an object, and not a page of something before it."""
    return isinstance(answer.json(), dict)


def good(answer: Response) -> bool:
    """Return whether the server did what was asked."""
    return answer.status == OK and spoken(answer)


def errcode(answer: Response) -> str:
    """Return the error's name if it is one that we know, else nothing."""
    name = answer.object().get("errcode")
    return KNOWN.get(name, "") if isinstance(name, str) else ""


def judge(answer: Response) -> Row:
    """Return the row for an answer that is not good."""
    if answer.status >= SERVER or not (spoken(answer) or answer.status == TOO_MANY):
        return _NEVER_SEEN
    name, soft = errcode(answer), answer.object().get("soft_logout") is True
    for row in TABLE:
        status = row.status in {None, answer.status}
        if status and row.errcode in {"", name} and row.soft in {None, soft}:
            return row
    return _NEVER_SEEN


def outcome(answer: Response) -> Refusal:
    """Return what it means for a post that the answer does not name an event."""
    row, evidence = judge(answer), said(answer)
    return rows.refusal(row.how, row.cause, evidence, until(answer))


def finding(ability: Ability, answer: Response) -> Finding:
    """Return what an answer to a question says of `ability`; a credential error is unconfirmed."""
    evidence = said(answer)
    if good(answer):
        return Finding(ability=ability, evidence=evidence)
    cause = judge(answer).cause
    return rows.finding(
        ability, cause, evidence, until(answer) if cause is Cause.RATE_LIMITED else None
    )


def missing(answer: Response) -> bool:
    """Return whether the server says that it does not have what was asked for."""
    return answer.status == NOT_FOUND and errcode(answer) == "M_NOT_FOUND"


def said(answer: Response) -> str:
    """Return status and error name: all of an answer that may be written down."""
    if not spoken(answer):
        return f"HTTP {answer.status}, not JSON"
    return f"HTTP {answer.status} {errcode(answer)}".rstrip()


def until(answer: Response) -> datetime | None:
    """Return when a limit ends: `Retry-After`, or else what older servers put in the body."""
    now, delay = date_of(answer), _delay(answer)
    return now + delay if now and delay else None


def date_of(answer: Response) -> datetime | None:
    """Return the answer's own time, or None if it has no usable Date header."""
    try:
        stated = parsedate_to_datetime(answer.headers.get("date", ""))
        moment = stated.replace(tzinfo=stated.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.year < 9000 else None  # noqa: PLR2004 - room for any delay


def _delay(answer: Response) -> timedelta | None:
    header = answer.headers.get("retry-after", "")
    if re.fullmatch(r"[0-9]{1,6}", header):
        return timedelta(seconds=int(header))
    stated = str(answer.object().get("retry_after_ms", ""))
    return timedelta(milliseconds=int(stated)) if _DELAY_MS.fullmatch(stated) else None
