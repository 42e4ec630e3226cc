"""What a Mastodon server's answers mean: one table by status, for `error` is localised.

Reset times are ISO 8601 with microseconds (GoToSocial: epoch seconds); stock
servers send no Retry-After. The headers describe whichever bucket is nearest to
empty: all calls (300 in 5 minutes) or posts (300 in 3 hours). Hosters put
proxies in front, whose pages are never about the credential.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NamedTuple

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Throttled
from sentinel.domain.observation import Finding, Window
from sentinel.wire import Request, Response, rows
from sentinel.wire.rows import How, Refusal

CALLS_PER = timedelta(minutes=5)
POSTS_PER = timedelta(hours=3)
_NUMBER = re.compile(r"[0-9]{1,15}")


class Row(NamedTuple):
    """What a status means. `ask`: it can be about account, scopes or text; the app check tells."""

    how: How
    cause: Cause
    ask: bool = False


TABLE = {
    400: Row(How.CONTENT, Cause.CONTENT_REJECTED),
    401: Row(How.REFUSED, Cause.CREDENTIAL_REJECTED),
    403: Row(How.REFUSED, Cause.PERMISSION_MISSING, ask=True),
    406: Row(How.FAILED, Cause.PLATFORM_FAULT),  # seen of a server that was being flooded
    408: Row(How.UNCLEAR, Cause.PLATFORM_FAULT),
    413: Row(How.CONTENT, Cause.CONTENT_REJECTED),
    422: Row(How.CONTENT, Cause.CONTENT_REJECTED, ask=True),
    429: Row(How.THROTTLED, Cause.RATE_LIMITED),
}
_CERTAIN = Row(How.FAILED, Cause.PLATFORM_FAULT)
_UNCLEAR = Row(How.UNCLEAR, Cause.PLATFORM_FAULT)


def spoken(answer: Response) -> bool:
    """Return whether the server itself speaks: JSON, and not a page of something before it."""
    return isinstance(answer.json(), dict | list)


def succeeded(answer: Response) -> bool:
    """Return whether the status says success, whatever the body is."""
    return HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES


def good(answer: Response) -> bool:
    """Return whether the server did what was asked."""
    return succeeded(answer) and spoken(answer)


def judge(answer: Response) -> Row:
    """Return the row for an answer that is not good."""
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status < HTTPStatus.BAD_REQUEST:
        return _UNCLEAR
    if not spoken(answer) and answer.status != HTTPStatus.TOO_MANY_REQUESTS:
        return _CERTAIN
    return TABLE.get(answer.status, _UNCLEAR)  # never seen of a post


def refusal(request: Request, answer: Response) -> Refusal:
    """Return the outcome of a post that was not accepted."""
    row, evidence = judge(answer), said(answer)
    if row.how is How.THROTTLED:
        return throttled(request, answer)
    return rows.refusal(row.how, row.cause, evidence)


def throttled(request: Request, answer: Response) -> Throttled:
    """Return until when; with more than a fifth left, the server is defending itself."""
    evidence = said(answer)
    for window in windows(request, answer):
        left = window.remaining or 0
        if window.remaining is not None and left * 5 > window.limit:
            return Throttled(until=None, own_fault=False, evidence=evidence)
        return Throttled(until=window.resets_at or _retry_after(answer), evidence=evidence)
    return Throttled(until=_retry_after(answer), evidence=evidence)


def finding(ability: Ability, request: Request, answer: Response) -> Finding:
    """Return what an answer to a read says of `ability`; a credential error is unconfirmed."""
    evidence = said(answer)
    if good(answer):
        return Finding(ability=ability, evidence=evidence)
    row = judge(answer)
    if row.how is How.THROTTLED:
        return rows.limited(ability, throttled(request, answer))
    return rows.finding(ability, row.cause, evidence)


def windows(request: Request, answer: Response) -> Sequence[Window]:
    """Return the window of the headers; its reset time tells which of the two it is.

    Deletions have a bucket of their own (30 in half an hour): it limits no post.
    """
    limit = _number(answer.headers.get("x-ratelimit-limit"))
    if not limit or request.method == "DELETE":
        return ()
    resets_at, stated = _reset(answer.headers.get("x-ratelimit-reset", "")), date_of(answer)
    posts = request.method == "POST"
    if resets_at and stated:
        posts = posts and resets_at - stated > CALLS_PER
    return (
        Window(
            name="posts" if posts else "calls",
            limit=limit,
            remaining=_number(answer.headers.get("x-ratelimit-remaining")),
            resets_at=resets_at,
            per=POSTS_PER if posts else CALLS_PER,
        ),
    )


def said(answer: Response) -> str:
    """Return the status and whether it was JSON: evidence without a word of the body."""
    return f"HTTP {answer.status}{'' if spoken(answer) else ', not JSON'}"


def date_of(answer: Response) -> datetime | None:
    """Return the answer's own time, or None if it has no usable Date header."""
    try:
        stated = parsedate_to_datetime(answer.headers.get("date", ""))
        return stated.replace(tzinfo=stated.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _reset(text: str) -> datetime | None:
    try:
        if _NUMBER.fullmatch(text):
            return datetime.fromtimestamp(int(text), UTC)
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _retry_after(answer: Response) -> datetime | None:
    seconds, stated = _number(answer.headers.get("retry-after")), date_of(answer)
    try:
        return stated + timedelta(seconds=seconds) if stated and seconds else None
    except OverflowError:
        return None


def _number(text: str | None) -> int | None:
    return int(text) if text and _NUMBER.fullmatch(text) else None
