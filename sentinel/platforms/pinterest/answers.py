"""What Pinterest's answers mean: one table, by status first and code second.

Facts: facts/platforms-a.md section 6. The codes of `{"code", "message"}` are used
again for other things (30 is a rate limit, and an unknown user), so none means
anything without its status. A body that is not JSON is never about a credential.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import NamedTuple

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Throttled
from sentinel.domain.observation import Finding, Window
from sentinel.wire import Request, Response, rows
from sentinel.wire.rows import How, Refusal
from sentinel.wire.times import date_of, retry_at


class Row(NamedTuple):
    """One row; `code` None fits any."""

    status: int | None
    code: int | None
    how: How
    cause: Cause


TABLE = (  # the first row that fits decides
    Row(429, None, How.THROTTLED, Cause.RATE_LIMITED),  # codes 8 and 30, and writes in a row
    Row(401, 2, How.REFUSED, Cause.CREDENTIAL_REJECTED),
    Row(401, 3, How.REFUSED, Cause.PERMISSION_MISSING),  # a scope is missing, though it is 401
    Row(401, 7, How.REFUSED, Cause.PERMISSION_MISSING),
    Row(401, None, How.REFUSED, Cause.CREDENTIAL_REJECTED),
    Row(403, 29, How.REFUSED, Cause.PLAN_REFUSED),  # trial access
    Row(403, 7, How.REFUSED, Cause.PERMISSION_MISSING),
    Row(403, None, How.REFUSED, Cause.PERMISSION_MISSING),
    Row(404, 40, How.REFUSED, Cause.BAD_CONFIGURATION),  # no such board
    Row(404, 50, How.FAILED, Cause.PLATFORM_FAULT),  # no such pin: we named none
    Row(400, 7, How.REFUSED, Cause.PERMISSION_MISSING),
    Row(400, 1, How.CONTENT, Cause.CONTENT_REJECTED),
    Row(400, None, How.CONTENT, Cause.CONTENT_REJECTED),
)
_BEFORE_IT = Row(None, None, How.FAILED, Cause.PLATFORM_FAULT)  # a page of something in front
_NEVER_SEEN = Row(None, None, How.UNCLEAR, Cause.PLATFORM_FAULT)
_NUMBER = re.compile(r"\s*([0-9]{1,15})\s*(?:[,;].*)?", re.DOTALL)
_SPAN = re.compile(r";\s*w=([0-9]{1,7})")
_CODE_MAX = 99_999


def succeeded(answer: Response) -> bool:
    """Return whether the status says success, whatever the body is."""
    return HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES


def spoken(answer: Response) -> bool:
    """Return whether Pinterest itself speaks: a JSON object, and not somebody's page."""
    return isinstance(answer.json(), dict)


def good(answer: Response) -> bool:
    """Return whether Pinterest did what was asked."""
    return succeeded(answer) and spoken(answer)


def judge(answer: Response) -> Row:
    """Return the row for an answer that is not good."""
    too_many = answer.status == HTTPStatus.TOO_MANY_REQUESTS
    if not spoken(answer) and not too_many:
        client = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
        return _BEFORE_IT if client else _NEVER_SEEN
    code = code_of(answer)
    for row in TABLE:
        if row.status == answer.status and row.code in {None, code}:
            return row
    return _NEVER_SEEN


def refusal(request: Request, answer: Response) -> Refusal:
    """Return the outcome of a pin that was not accepted."""
    row, evidence = judge(answer), said(answer)
    if row.how is How.THROTTLED:
        return throttled(request, answer)
    return rows.refusal(row.how, row.cause, evidence)


def throttled(request: Request, answer: Response) -> Throttled:
    """Return until when; with more than a fifth left, Pinterest is defending itself."""
    evidence = said(answer)
    for window in windows(request, answer):
        if window.remaining is not None and window.remaining * 5 > window.limit:
            return Throttled(until=None, own_fault=False, evidence=evidence)
        return Throttled(until=window.resets_at or retry_at(answer), evidence=evidence)
    return Throttled(until=retry_at(answer), evidence=evidence)


def finding(ability: Ability, request: Request, answer: Response) -> Finding:
    """Return what an answer to a question says of `ability`; a credential error is unconfirmed."""
    evidence = said(answer)
    if good(answer):
        return Finding(ability=ability, evidence=evidence)
    row = judge(answer)
    if row.how is How.THROTTLED:
        return rows.limited(ability, throttled(request, answer))
    return rows.finding(ability, row.cause, evidence)


def windows(request: Request, answer: Response) -> Sequence[Window]:
    """Return the window of the headers: a list whose first item counts, the reset in seconds.

    Deletions and tokens are limited apart from pins; they limit no post.
    """
    stated = answer.headers.get("x-ratelimit-limit", "")
    limit, left = _number(stated), _number(answer.headers.get("x-ratelimit-remaining", ""))
    if not limit or request.method == "DELETE" or request.url.endswith("/oauth/token"):
        return ()
    span, resets_at = _SPAN.search(stated), _reset(answer)
    per = timedelta(seconds=int(span[1])) if span and int(span[1]) else None
    if per is None and resets_at is None:  # a limit that comes back nobody knows when
        return ()
    name = "posts" if request.method == "POST" else "reads"
    return (Window(name=name, limit=limit, remaining=left, resets_at=resets_at, per=per),)


def gone(answer: Response) -> bool:
    """Return whether Pinterest itself says that what was asked for is not there."""
    return spoken(answer) and answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


def code_of(answer: Response) -> int | None:
    """Return Pinterest's code, or None."""
    code = answer.object().get("code")
    number = isinstance(code, int) and not isinstance(code, bool) and 0 <= code <= _CODE_MAX
    return code if number else None


def said(answer: Response) -> str:
    """Return status and code: evidence without a word of the body."""
    if not spoken(answer) and answer.status != HTTPStatus.NO_CONTENT:
        return f"HTTP {answer.status}, not JSON"
    code = None if succeeded(answer) else code_of(answer)
    return f"HTTP {answer.status}" if code is None else f"HTTP {answer.status}, code {code}"


def _reset(answer: Response) -> datetime | None:
    now, seconds = date_of(answer), _number(answer.headers.get("x-ratelimit-reset", ""))
    soon = seconds is not None and seconds <= timedelta(days=40).total_seconds()
    return now + timedelta(seconds=seconds) if now and soon and seconds is not None else None


def _number(text: str) -> int | None:
    found = _NUMBER.fullmatch(text) if text.isascii() else None
    return int(found[1]) if found else None
