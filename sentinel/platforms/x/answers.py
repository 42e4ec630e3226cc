"""What X's answers mean: one table, read by status, last segment of `type`, and code.

Two shapes of error exist, a problem (`title`, `type`, `status`) and a list of
codes (`errors[].code`); both are read alike. A body that is not a JSON object
comes from the edge in front of X and is never about the credential.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Refused, Throttled
from sentinel.domain.observation import Finding, Owner, Window
from sentinel.wire import Request, Response, rows
from sentinel.wire.rows import How, Refusal


class Row(NamedTuple):
    """One row. `None` fits anything; `mark` is a segment of `type` or a numeric code."""

    status: int | None
    mark: str | int | None
    how: How
    cause: Cause


TABLE = (  # the first row that fits decides
    Row(None, "usage-capped", How.THROTTLED, Cause.QUOTA_EXHAUSTED),
    Row(429, None, How.THROTTLED, Cause.RATE_LIMITED),
    Row(None, 88, How.THROTTLED, Cause.RATE_LIMITED),
    Row(None, 185, How.THROTTLED, Cause.QUOTA_EXHAUSTED),
    Row(None, "credits", How.REFUSED, Cause.PAYMENT_REQUIRED),
    Row(None, "credits-depleted", How.REFUSED, Cause.PAYMENT_REQUIRED),
    Row(402, None, How.REFUSED, Cause.PAYMENT_REQUIRED),
    Row(None, "client-forbidden", How.REFUSED, Cause.PLAN_REFUSED),
    Row(None, "client-not-enrolled", How.REFUSED, Cause.PLAN_REFUSED),
    Row(None, "oauth1-permissions", How.REFUSED, Cause.PERMISSION_MISSING),
    Row(None, "unsupported-authentication", How.REFUSED, Cause.PERMISSION_MISSING),
    Row(None, 261, How.REFUSED, Cause.PERMISSION_MISSING),
    Row(None, "user-suspended", How.REFUSED, Cause.ACCOUNT_LOCKED),
    Row(None, "app-suspended", How.REFUSED, Cause.ACCOUNT_LOCKED),
    Row(None, 64, How.REFUSED, Cause.ACCOUNT_LOCKED),
    Row(None, 226, How.REFUSED, Cause.ACCOUNT_LOCKED),
    Row(None, 326, How.REFUSED, Cause.ACCOUNT_LOCKED),
    Row(None, 186, How.CONTENT, Cause.CONTENT_REJECTED),
    Row(None, 187, How.LOOK, Cause.CONTENT_REJECTED),
    Row(401, None, How.REFUSED, Cause.CREDENTIAL_REJECTED),
    Row(403, None, How.LOOK, Cause.PERMISSION_MISSING),
    Row(400, None, How.CONTENT, Cause.CONTENT_REJECTED),
    Row(413, None, How.CONTENT, Cause.CONTENT_REJECTED),
    Row(422, None, How.CONTENT, Cause.CONTENT_REJECTED),
    Row(408, None, How.UNCLEAR, Cause.PLATFORM_FAULT),
)
_CERTAIN = Row(None, None, How.FAILED, Cause.PLATFORM_FAULT)
_MEANINGLESS = Row(None, None, How.UNCLEAR, Cause.PLATFORM_FAULT)
_KNOWN_MARKS = frozenset(row.mark for row in TABLE if isinstance(row.mark, str))

_NUMBER = re.compile(r"[0-9]{1,15}")
_WINDOWS = (
    ("x-rate-limit", "", timedelta(minutes=15), Owner.ACCOUNT),
    ("x-user-limit-24hour", "/24h", timedelta(hours=24), Owner.ACCOUNT),
    ("x-app-limit-24hour", "/24h-app", timedelta(hours=24), Owner.APP),
)


def succeeded(answer: Response) -> bool:
    """Return whether the status says success, whatever the body is."""
    return HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES


def good(answer: Response) -> bool:
    """Return whether X did what was asked: 2xx with a JSON object."""
    return succeeded(answer) and isinstance(answer.json(), dict)


def judge(answer: Response) -> Row:
    """Return the row for an answer that is not good."""
    spoken = isinstance(answer.json(), dict)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status < HTTPStatus.BAD_REQUEST:
        return _MEANINGLESS
    if not spoken and answer.status != HTTPStatus.TOO_MANY_REQUESTS:
        return _CERTAIN
    marks = set(_marks(answer))
    for row in TABLE:
        if row.status in {None, answer.status} and (row.mark is None or row.mark in marks):
            return row
    return _MEANINGLESS  # never seen of a post


def refusal(row: Row, request: Request, answer: Response) -> Refusal:
    """Return the outcome of a post that X answered with `row`."""
    evidence = said(answer)
    if row.how is How.THROTTLED:
        return throttled(row.cause, request, answer)
    if row.how in {How.REFUSED, How.LOOK}:
        return Refused(row.cause, evidence=evidence, until=_reset_date(answer))
    return rows.refusal(row.how, row.cause, evidence)


def throttled(cause: Cause, request: Request, answer: Response) -> Throttled:
    """Return until when, by the window that is spent; a full one means X is defending itself."""
    stated, evidence = windows(request, answer), said(answer)
    if cause is not Cause.RATE_LIMITED:
        return Throttled(until=None, cause=cause, evidence=evidence)
    spent = [each.resets_at for each in stated if each.remaining is not None and not each.remaining]
    if (
        spent
    ):  # a fresh 15-minute window beside a spent 24-hour one: the longer wait is the true one
        until = max((reset for reset in spent if reset), default=None)
        return Throttled(until=until, evidence=evidence)
    left = [each for each in stated if each.remaining is not None]
    if left:
        least = min(left, key=lambda each: (each.remaining or 0) / each.limit)
        if (least.remaining or 0) * 5 > least.limit:
            return Throttled(until=None, own_fault=False, evidence=evidence)
        return Throttled(until=least.resets_at, evidence=evidence)
    return Throttled(until=_retry_after(answer), evidence=evidence)


def finding(ability: Ability, request: Request, answer: Response) -> Finding:
    """Return what an answer to a read says of `ability`; a credential error is unconfirmed."""
    evidence = said(answer)
    if good(answer):
        return Finding(ability=ability, evidence=evidence)
    row = judge(answer)
    if row.how is How.THROTTLED:
        return rows.limited(ability, throttled(row.cause, request, answer))
    return rows.finding(ability, row.cause, evidence)


def windows(request: Request, answer: Response) -> Sequence[Window]:
    """Return the windows of the headers. Those of 24 hours exist for some plans only.

    Deletions and renewals have windows of their own, which limit no post. Reads are
    limited by endpoint, whatever post or account they are of.
    """
    if request.method == "DELETE" or request.url.endswith("/2/oauth2/token"):
        return ()
    name = "posts" if request.method == "POST" else f"reads/{_endpoint(request)}"
    return tuple(
        Window(
            name=name + suffix,
            limit=limit,
            remaining=_number(answer.headers.get(f"{prefix}-remaining")),
            resets_at=_epoch(answer.headers.get(f"{prefix}-reset")),
            per=per,
            scope=scope,
        )
        for prefix, suffix, per, scope in _WINDOWS
        if (limit := _number(answer.headers.get(f"{prefix}-limit")))
    )


def _endpoint(request: Request) -> str:
    """Return the endpoint as X documents it, without the ids: `users/tweets`, `tweets`."""
    parts = urlsplit(request.url).path.partition("/2/")[2].split("/")
    return "/".join(part for part in parts if part and not part.isdecimal())


def said(answer: Response) -> str:
    """Return status and known mark: evidence without a word of the body."""
    shown = [f"HTTP {answer.status}"]
    if not isinstance(answer.json(), dict):
        shown.append("not JSON")
    shown += [
        f"code {mark}" if isinstance(mark, int) else mark
        for mark in _marks(answer)
        if isinstance(mark, int) or mark in _KNOWN_MARKS
    ]
    return ", ".join(shown[:3])


def expiry(answer: Response) -> datetime | None:
    """Return when a fresh token expires: `expires_in` counted from the answer's own time."""
    seconds, stated = answer.object().get("expires_in"), date_of(answer)
    if stated is None or not isinstance(seconds, int):
        return None
    try:
        return stated + timedelta(seconds=seconds)
    except OverflowError:
        return None


def date_of(answer: Response) -> datetime | None:
    """Return the answer's own time, or None if it has no usable Date header."""
    try:
        stated = parsedate_to_datetime(answer.headers.get("date", ""))
        return stated.replace(tzinfo=stated.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def names_missing(answer: Response) -> bool:
    """Return whether the answer says that what was asked for does not exist."""
    return not {"resource-not-found", 144}.isdisjoint(_marks(answer))


def _marks(answer: Response) -> Iterator[str | int]:
    body = answer.object()
    errors = body.get("errors")
    for part in (body, *(errors if isinstance(errors, list) else ())):
        if not isinstance(part, dict):
            continue
        if isinstance(kind := part.get("type"), str):
            yield kind.rstrip("/").rsplit("/", 1)[-1]
        if isinstance(code := part.get("code"), int):
            yield int(code)


def _reset_date(answer: Response) -> datetime | None:
    value: Any = answer.object().get("reset_date")
    try:
        return datetime.combine(date.fromisoformat(value), time(), UTC)
    except (TypeError, ValueError):
        return None


def _retry_after(answer: Response) -> datetime | None:
    seconds, stated = _number(answer.headers.get("retry-after")), date_of(answer)
    try:
        return stated + timedelta(seconds=seconds) if stated and seconds else None
    except OverflowError:
        return None


def _number(text: str | None) -> int | None:
    return int(text) if text and _NUMBER.fullmatch(text) else None


def _epoch(text: str | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(_number(text) or 0, UTC) if _number(text) else None
    except (ValueError, OverflowError, OSError):
        return None
