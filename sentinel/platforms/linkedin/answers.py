"""What LinkedIn's answers mean: one table, read by status, text code, number and input error.

Facts: facts/platforms-a.md section 5.5, line by line. An error names itself by a
text `code`, by `serviceErrorCode`, or by `errorDetails.inputErrors[].code`; the
numbers overlap between reports, so the texts stand first. A body that is not
JSON comes from something before LinkedIn and is never about the credential.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import NamedTuple

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Finding
from sentinel.wire import Response, rows
from sentinel.wire.rows import How, Refusal
from sentinel.wire.times import retry_at


class Row(NamedTuple):
    """One row; `None` fits anything. `from_memory`: the fact sheet marks it so."""

    status: int | None
    code: str | int | None
    how: How
    cause: Cause
    from_memory: bool = False


TABLE = (  # the first row that fits decides
    Row(None, "DUPLICATE_POST", How.LOOK, Cause.CONTENT_REJECTED),
    Row(None, "NONEXISTENT_VERSION", How.REFUSED, Cause.API_VERSION_ENDED),
    Row(400, "VERSION_MISSING", How.REFUSED, Cause.API_VERSION_ENDED, from_memory=True),
    Row(426, None, How.REFUSED, Cause.API_VERSION_ENDED),
    Row(401, "EXPIRED_ACCESS_TOKEN", How.REFUSED, Cause.CREDENTIAL_EXPIRED),
    Row(401, "REVOKED_ACCESS_TOKEN", How.REFUSED, Cause.CREDENTIAL_REJECTED),
    Row(401, "INVALID_ACCESS_TOKEN", How.REFUSED, Cause.CREDENTIAL_REJECTED),
    Row(401, 65602, How.REFUSED, Cause.CREDENTIAL_EXPIRED),
    Row(401, 65601, How.REFUSED, Cause.CREDENTIAL_REJECTED),
    Row(401, 65600, How.REFUSED, Cause.CREDENTIAL_REJECTED),
    Row(401, None, How.REFUSED, Cause.CREDENTIAL_REJECTED),
    Row(403, "ACCESS_DENIED", How.REFUSED, Cause.PERMISSION_MISSING),
    Row(403, 100, How.REFUSED, Cause.PERMISSION_MISSING),
    Row(403, None, How.AGAIN, Cause.PERMISSION_MISSING),
    Row(422, None, How.CONTENT, Cause.CONTENT_REJECTED),
    Row(400, None, How.CONTENT, Cause.CONTENT_REJECTED),
    Row(429, None, How.THROTTLED, Cause.RATE_LIMITED),
    Row(500, None, How.UNCLEAR, Cause.PLATFORM_FAULT),
    Row(503, None, How.UNCLEAR, Cause.PLATFORM_FAULT),
    Row(504, None, How.UNCLEAR, Cause.PLATFORM_FAULT),
)
_BEFORE_IT = Row(None, None, How.FAILED, Cause.PLATFORM_FAULT)  # a page of something in front
_NEVER_SEEN = Row(None, None, How.UNCLEAR, Cause.PLATFORM_FAULT)
_KNOWN = frozenset(row.code for row in TABLE if row.code is not None)


def succeeded(answer: Response) -> bool:
    """Return whether the status says success; what was created has no body."""
    return HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES


def spoken(answer: Response) -> bool:
    """Return whether LinkedIn itself speaks: a JSON object, and not somebody's page."""
    return isinstance(answer.json(), dict)


def good(answer: Response) -> bool:
    """Return whether LinkedIn told what it was asked."""
    return succeeded(answer) and spoken(answer)


def judge(answer: Response) -> Row:
    """Return the row for an answer that is not good."""
    if succeeded(answer):
        return _NEVER_SEEN
    too_many = answer.status == HTTPStatus.TOO_MANY_REQUESTS
    if not spoken(answer) and not too_many:
        client = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
        return _BEFORE_IT if client else _NEVER_SEEN
    codes = set(_codes(answer))
    for row in TABLE:
        if row.status in {None, answer.status} and (row.code is None or row.code in codes):
            return row
    return _NEVER_SEEN


def refusal(answer: Response) -> Refusal:
    """Return the outcome of a post that was not accepted."""
    row, evidence = judge(answer), said(answer)
    # Day limits end at midnight UTC, short protection in minutes, and nothing tells which.
    return rows.refusal(row.how, row.cause, evidence, retry_at(answer))


def finding(ability: Ability, answer: Response) -> Finding:
    """Return what an answer to a question says of `ability`; a credential error is unconfirmed."""
    evidence = said(answer)
    if good(answer):
        return Finding(ability=ability, evidence=evidence)
    row = judge(answer)
    until = retry_at(answer) if row.how is How.THROTTLED else None
    return rows.finding(ability, row.cause, evidence, until)


def gone(answer: Response) -> bool:
    """Return whether LinkedIn itself says that what was asked for is not there."""
    return spoken(answer) and answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


def said(answer: Response) -> str:
    """Return status and known codes: evidence without a word of the body."""
    shown = [f"HTTP {answer.status}"]
    if not spoken(answer) and not (succeeded(answer) and not answer.body):
        shown.append("not JSON")
    shown += [str(code) for code in _codes(answer) if code in _KNOWN]
    return ", ".join(shown[:3])


def _codes(answer: Response) -> Iterator[str | int]:
    body = answer.object()
    details = body.get("errorDetails")
    inputs = details.get("inputErrors") if isinstance(details, dict) else None
    several = inputs if isinstance(inputs, list) else []
    stated = [each.get("code") for each in several if isinstance(each, dict)]
    for code in (*stated, body.get("code"), body.get("serviceErrorCode")):
        if isinstance(code, str) or (isinstance(code, int) and not isinstance(code, bool)):
            yield code
