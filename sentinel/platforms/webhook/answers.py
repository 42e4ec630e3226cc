"""What a receiver means by an answer (facts/platforms-b.md section 7.3), by its status alone.

What stands in no row was never seen, and says nothing certain. A page in HTML is
somebody else's: a proxy's, or a log-in that stands in the way.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Receipt,
    Rendered,
)
from sentinel.domain.observation import Finding
from sentinel.wire import Response, rows
from sentinel.wire.rows import How, Refusal

OFFERS_NOT = frozenset({404, 405})
"""What a receiver says to a method that it does not offer."""

TOO_MANY, BROKEN = 429, 500
TAKEN, UNKNOWN = "taken", "unknown"
"""What a look-up answers as `state`, beside the `key` that was asked for."""

_LONGEST_WAIT_S = 10**7


class Row(NamedTuple):
    """What a status means."""

    status: int
    how: How
    cause: Cause = Cause.PLATFORM_FAULT


TABLE: tuple[Row, ...] = (
    *(Row(status, How.TAKEN) for status in range(200, 300)),
    Row(400, How.CONTENT, Cause.CONTENT_REJECTED),
    Row(401, How.REFUSED, Cause.CREDENTIAL_REJECTED),
    Row(402, How.REFUSED, Cause.PAYMENT_REQUIRED),
    Row(403, How.REFUSED, Cause.PERMISSION_MISSING),
    Row(404, How.REFUSED, Cause.BAD_CONFIGURATION),
    Row(405, How.REFUSED, Cause.BAD_CONFIGURATION),
    Row(409, How.TAKEN),  # had it
    Row(410, How.REFUSED, Cause.BAD_CONFIGURATION),  # stop
    Row(413, How.CONTENT, Cause.CONTENT_REJECTED),
    Row(415, How.CONTENT, Cause.CONTENT_REJECTED),
    Row(422, How.CONTENT, Cause.CONTENT_REJECTED),
    Row(TOO_MANY, How.THROTTLED, Cause.RATE_LIMITED),
)
_NEVER_SEEN = Row(0, How.UNCLEAR)


def outcome(answer: Response, rendered: Rendered) -> Accepted | Refusal:
    """Return what an answer means for the message."""
    row, evidence = judge(answer), said(answer)
    if row.how is How.TAKEN:
        return Accepted(receipt=receipt(answer, rendered), evidence=evidence)
    return rows.refusal(row.how, row.cause, evidence, until(answer))


def judge(answer: Response) -> Row:
    """Return the row of an answer; somebody else's page says nothing of the receiver."""
    if page(answer):
        return _NEVER_SEEN
    row = next((row for row in TABLE if row.status == answer.status), _NEVER_SEEN)
    if row.cause in CREDENTIAL and not isinstance(answer.json(), dict):
        return row._replace(cause=Cause.PERMISSION_MISSING)  # a proxy's word, perhaps
    return row


def finding(ability: Ability, answer: Response, key: str) -> Finding:
    """Return what a look-up says; one that the receiver does not offer says nothing."""
    evidence = said(answer)
    if state(answer, key):
        return Finding(ability=ability, evidence=evidence)
    row = judge(answer)
    if row.how in {How.TAKEN, How.CONTENT} or answer.status in OFFERS_NOT:
        return Finding(ability=ability, evidence=f"{evidence}: no look-up", proves=False)
    return rows.finding(ability, row.cause, evidence, until(answer))


def state(answer: Response, key: str) -> str:
    """Return what a look-up says of `key`; empty if it is no answer to one."""
    told = answer.object()
    stated = told.get("state")
    known = answer.status < BROKEN and told.get("key") == key and stated in (TAKEN, UNKNOWN)
    return str(stated) if known else ""


def receipt(answer: Response, rendered: Rendered) -> Receipt:
    """Return the receipt: our key, and where the receiver says that people find it."""
    where = answer.object().get("url")
    shown = isinstance(where, str) and re.fullmatch(r"https?://[!-~]{1,500}", where)
    return Receipt(post_id=rendered.key, permalink=str(where) if shown else None)


def page(answer: Response) -> bool:
    """Return whether an answer is a page in HTML."""
    return answer.body.lstrip()[:1] == b"<"


def said(answer: Response) -> str:
    """Return all of an answer that may be written down."""
    return f"HTTP {answer.status}{', a page' if page(answer) else ''}"


def until(answer: Response) -> datetime | None:
    """Return when to come back: the receiver's own time plus what it asks to wait, or a date."""
    stated, now = answer.headers.get("retry-after", ""), _date(answer.headers.get("date", ""))
    if answer.status != TOO_MANY:
        return None
    if not re.fullmatch(r"[0-9]{1,8}", stated):
        return _date(stated)
    if now is None or int(stated) >= _LONGEST_WAIT_S:
        return None
    try:
        return now + timedelta(seconds=int(stated))
    except OverflowError:
        return None


def _date(text: str) -> datetime | None:
    try:
        stated = parsedate_to_datetime(text)
        return stated.replace(tzinfo=stated.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
