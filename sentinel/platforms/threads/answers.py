"""What Meta's answers mean on Threads: one table, read by code and subcode.

The envelope is `{"error": {"code", "error_subcode", "message", …}}`; the message
is localised and `is_transient` is wrong at times, so neither is read. Codes 1
and 2 on the call that publishes have been seen with the post live: unclear.
Limits come as HTTP 400 without a reset time; `X-App-Usage` tells percent of an
hour's budget and is absent near zero.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, NamedTuple, assert_never

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.delivery import Failed, Refused, Scope, Throttled, Unclear
from sentinel.domain.observation import Finding, Window
from sentinel.wire import Response


class How(Enum):
    """The kind of outcome that a row of the table makes."""

    THROTTLED = auto()
    AN_HOUR = auto()  # throttled, and for an hour at least
    FAILED = auto()
    REFUSED = auto()
    CONTENT = auto()
    UNCLEAR = auto()  # certain only where nothing could have been published
    GONE = auto()  # the container is not there yet, or lost
    LOOK = auto()  # refused as a copy: usually our own first try is live


class Row(NamedTuple):
    """What an error means."""

    how: How
    cause: Cause


_UNCLEAR = Row(How.UNCLEAR, Cause.PLATFORM_FAULT)
_CERTAIN = Row(How.FAILED, Cause.PLATFORM_FAULT)
_LIMITED = Row(How.THROTTLED, Cause.RATE_LIMITED)
_NOT_ALLOWED = Row(How.REFUSED, Cause.PERMISSION_MISSING)
_LOCKED = Row(How.REFUSED, Cause.ACCOUNT_LOCKED)
_BAD_TOKEN = Row(How.REFUSED, Cause.CREDENTIAL_REJECTED)
_OLD_TOKEN = Row(How.REFUSED, Cause.CREDENTIAL_EXPIRED)
_BAD_TEXT = Row(How.CONTENT, Cause.CONTENT_REJECTED)

TABLE: dict[tuple[int | None, int | None], Row] = {  # (code, subcode); None: any
    (1, None): _UNCLEAR,
    (2, None): _UNCLEAR,
    (3, None): _NOT_ALLOWED,
    (4, None): _LIMITED,
    (9, None): Row(How.THROTTLED, Cause.QUOTA_EXHAUSTED),
    (10, None): _NOT_ALLOWED,
    (17, None): _LIMITED,
    (24, 4279009): Row(How.GONE, Cause.PLATFORM_FAULT),
    (32, None): _LIMITED,
    (33, None): _NOT_ALLOWED,
    (100, 33): Row(How.GONE, Cause.PERMISSION_MISSING),
    (100, None): _BAD_TEXT,
    (102, None): _BAD_TOKEN,
    (190, 459): _LOCKED,
    (190, 463): _OLD_TOKEN,
    (190, 464): _LOCKED,
    (190, 492): _NOT_ALLOWED,
    (190, None): _BAD_TOKEN,
    (341, None): _LIMITED,
    (368, 1390008): Row(How.AN_HOUR, Cause.RATE_LIMITED),
    (368, None): _BAD_TEXT,
    (506, None): Row(How.LOOK, Cause.CONTENT_REJECTED),
    (613, None): _LIMITED,
    (80001, None): _LIMITED,
    (80002, None): _LIMITED,
    (None, 2207051): Row(How.UNCLEAR, Cause.RATE_LIMITED),  # also 4/2207051: was live once
    (None, 4279013): _LOCKED,
}
_PERMISSIONS = range(200, 300)
_REGAINED = "estimated_time_to_regain_access"  # in minutes, unlike its fellows


def good(answer: Response) -> bool:
    """Return whether Meta did what was asked: 2xx, a JSON object, no error in it."""
    body = answer.json()
    return succeeded(answer) and isinstance(body, dict) and "error" not in body


def succeeded(answer: Response) -> bool:
    """Return whether the status says success, whatever the body is."""
    return HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES


def judge(answer: Response) -> Row:
    """Return the row for an answer that is not good."""
    code, subcode = _codes(answer)
    if code is None and subcode is None:
        return _judge_by_status(answer)
    for key in ((code, subcode), (None, subcode), (code, None)):
        if key != (None, None) and (row := TABLE.get(key)):
            return row
    return _NOT_ALLOWED if code in _PERMISSIONS else _UNCLEAR


def refusal(answer: Response, *, committed: bool) -> Throttled | Failed | Refused | Unclear:
    """Return the outcome of an answer that is not good.

    `committed` False: nothing could have become public by this call, so that
    even a senseless answer is certain.
    """
    row, evidence = judge(answer), said(answer)
    match row.how:
        case How.THROTTLED | How.AN_HOUR:
            return throttled(row, answer)
        case How.GONE if row.cause is Cause.PERMISSION_MISSING:
            return Refused(row.cause, evidence=evidence)
        case How.FAILED | How.GONE:
            return Failed(row.cause, evidence)
        case How.REFUSED:
            return Refused(row.cause, evidence=evidence)
        case How.CONTENT:
            return Refused(row.cause, Scope.CONTENT, evidence)
        case How.UNCLEAR | How.LOOK:
            certain = Failed(row.cause, evidence)
            return Unclear(row.cause, evidence) if committed else certain
        case _:
            assert_never(row.how)


def throttled(row: Row, answer: Response) -> Throttled:
    """Return until when, if Meta says; low usage means that Meta is defending itself."""
    percent, stated = usage(answer), date_of(answer)
    minutes = 60.0 if row.how is How.AN_HOUR else max(_minutes(answer), default=0.0)
    until = stated + timedelta(minutes=minutes) if stated and minutes else None
    low = row.cause is Cause.RATE_LIMITED and percent is not None and percent < 80  # noqa: PLR2004
    return Throttled(
        until=None if low else until, own_fault=not low, cause=row.cause, evidence=said(answer)
    )


def finding(ability: Ability, answer: Response) -> Finding:
    """Return what an answer to a read says of `ability`; a credential error is unconfirmed."""
    evidence = said(answer)
    if good(answer):
        return Finding(ability=ability, evidence=evidence)
    row = judge(answer)
    if row.how in {How.THROTTLED, How.AN_HOUR}:
        limit = throttled(row, answer)
        cause = limit.cause if limit.own_fault else Cause.PLATFORM_DEFENDING
        return Finding(ability=ability, cause=cause, evidence=evidence, until=limit.until)
    # A question of ours that Meta cannot understand says nothing of any text.
    cause = Cause.PLATFORM_FAULT if row.cause is Cause.CONTENT_REJECTED else row.cause
    return Finding(
        ability=ability, cause=cause, evidence=evidence, confirmed=cause not in CREDENTIAL
    )


def usage(answer: Response) -> float | None:
    """Return the percent of the hour's budget in use, the worst of its kinds; None: not stated."""
    shares = [
        value
        for key, value in _numbers(_header(answer, "x-app-usage"))
        if key != _REGAINED and 0 <= value < 1e6  # noqa: PLR2004
    ]
    return max(shares, default=None)


def windows(answer: Response) -> Sequence[Window]:
    """Return the hour's budget of calls, in percent."""
    percent = usage(answer)
    if percent is None:
        return ()
    left = max(0.0, 100.0 - percent)
    return (Window(name="calls", limit=100, remaining=left, per=timedelta(hours=1)),)


def said(answer: Response) -> str:
    """Return status, code and subcode: evidence without a word of the body."""
    code, subcode = _codes(answer)
    if code is not None or subcode is not None:
        return f"HTTP {answer.status}, code {code}/{subcode}"
    kind = "" if isinstance(answer.json(), dict) else ", not JSON"
    return f"HTTP {answer.status}{kind}"


def date_of(answer: Response) -> datetime | None:
    """Return the answer's own time, or None if it has no usable Date header."""
    try:
        stated = parsedate_to_datetime(answer.headers.get("date", ""))
        return stated.replace(tzinfo=stated.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _judge_by_status(answer: Response) -> Row:
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return _LIMITED
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status < HTTPStatus.BAD_REQUEST:
        return _UNCLEAR
    # An edge page refused the call before Threads saw it; JSON without a code is nonsense.
    return _UNCLEAR if isinstance(answer.json(), dict) else _CERTAIN


def _codes(answer: Response) -> tuple[int | None, int | None]:
    error = answer.object().get("error")
    if not isinstance(error, dict):
        return None, None
    code, subcode = error.get("code"), error.get("error_subcode")
    return (
        int(code) if isinstance(code, int) else None,
        int(subcode) if isinstance(subcode, int) else None,
    )


def _header(answer: Response, name: str) -> Any:
    try:
        return json.loads(answer.headers.get(name, ""))
    except (ValueError, RecursionError):
        return None


def _numbers(value: Any) -> Iterator[tuple[str, float]]:
    """Yield the numbers in `value` with their keys; the header's shape differs between hosts."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, int | float):
                yield key, float(inner)
            else:
                yield from _numbers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _numbers(inner)


def _minutes(answer: Response) -> Iterator[float]:
    for name in ("x-business-use-case-usage", "x-app-usage"):
        for key, value in _numbers(_header(answer, name)):
            if key == _REGAINED and 0 < value < 1e5:  # noqa: PLR2004
                yield value
