"""What Google's answers mean on YouTube: one table, by status and `error.errors[].reason`.

Facts: facts/platforms-a.md section 7. `error.status` is a class of its own and
misleads: a real answer was 403 `PERMISSION_DENIED` whose inner reason was
`SERVICE_UNAVAILABLE`; so reasons are read, and those of `details` first. Limits
come as 403. A body that is not JSON is never about a credential.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum, auto
from http import HTTPStatus
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.observation import Finding
from sentinel.wire import Response
from sentinel.wire.times import date_of, retry_at

PACIFIC = ZoneInfo("America/Los_Angeles")


class Ends(Enum):
    """When what an answer says will be over."""

    UNTOLD = auto()
    SOON = auto()  # as `Retry-After` says, or after a pause
    AT_MIDNIGHT = auto()  # Pacific time
    IN_A_DAY = auto()


class Row(NamedTuple):
    """One row; `None` fits any status or reason.

    `of_account`: it is about the channel itself, and so about posting by hand too.
    """

    status: int | None
    reason: str | None
    cause: Cause
    ends: Ends = Ends.UNTOLD
    of_account: bool = False


TABLE = (  # the first row that fits decides
    Row(None, "SERVICE_UNAVAILABLE", Cause.PLATFORM_FAULT),
    Row(403, "quotaExceeded", Cause.QUOTA_EXHAUSTED, Ends.AT_MIDNIGHT),
    Row(403, "dailyLimitExceeded", Cause.QUOTA_EXHAUSTED, Ends.AT_MIDNIGHT),
    Row(None, "rateLimitExceeded", Cause.RATE_LIMITED, Ends.SOON),
    Row(None, "userRateLimitExceeded", Cause.RATE_LIMITED, Ends.SOON),
    Row(400, "uploadLimitExceeded", Cause.QUOTA_EXHAUSTED, Ends.IN_A_DAY, of_account=True),
    Row(401, "youtubeSignupRequired", Cause.BAD_CONFIGURATION, of_account=True),
    Row(401, "authError", Cause.CREDENTIAL_REJECTED),
    Row(401, None, Cause.CREDENTIAL_REJECTED),
    Row(None, "authenticatedUserAccountSuspended", Cause.ACCOUNT_LOCKED, of_account=True),
    Row(None, "authenticatedUserAccountClosed", Cause.ACCOUNT_LOCKED, of_account=True),
    Row(403, "forbidden", Cause.PERMISSION_MISSING),
    Row(403, "insufficientPermissions", Cause.PERMISSION_MISSING),
    Row(403, "accountDelegationForbidden", Cause.PERMISSION_MISSING),
    Row(403, None, Cause.PERMISSION_MISSING),
    Row(429, None, Cause.RATE_LIMITED, Ends.SOON),
    Row(None, "backendError", Cause.PLATFORM_FAULT),
)
_FAULT = Row(None, None, Cause.PLATFORM_FAULT)
_KNOWN = frozenset(row.reason for row in TABLE if row.reason)


def spoken(answer: Response) -> bool:
    """Return whether Google itself speaks: a JSON object, and not somebody's page."""
    return isinstance(answer.json(), dict)


def good(answer: Response) -> bool:
    """Return whether Google did what was asked."""
    fine = HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
    return fine and spoken(answer) and "error" not in answer.object()


def judge(answer: Response) -> Row:
    """Return the row for an answer that is not good."""
    too_many = answer.status == HTTPStatus.TOO_MANY_REQUESTS
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or not (spoken(answer) or too_many):
        return _FAULT
    reasons = set(_reasons(answer))
    for row in TABLE:
        if row.status in {None, answer.status} and (row.reason is None or row.reason in reasons):
            return row
    return _FAULT


def finding(ability: Ability, answer: Response) -> Finding:
    """Return what an answer says of `ability`; a credential error is unconfirmed.

    What is about the channel itself is said of publishing, whatever was asked: a
    person cannot post there either. All else hinders us alone, and no person.
    """
    if good(answer):
        return Finding(ability=ability, evidence=said(answer))
    row = judge(answer)
    return Finding(
        ability=Ability.PUBLISH if row.of_account else ability,
        cause=row.cause,
        evidence=said(answer),
        until=_until(row, answer),
        confirmed=row.cause not in CREDENTIAL,
    )


def said(answer: Response) -> str:
    """Return status and known reason: evidence without a word of the body."""
    if not spoken(answer):
        return f"HTTP {answer.status}, not JSON"
    known = [reason for reason in _reasons(answer) if reason in _KNOWN]
    return ", ".join([f"HTTP {answer.status}", *known[:1]])


def _until(row: Row, answer: Response) -> datetime | None:
    now = date_of(answer)
    if row.ends is Ends.SOON:
        return retry_at(answer)
    if now is None or row.ends is Ends.UNTOLD:
        return None
    if row.ends is Ends.IN_A_DAY:
        return now + timedelta(days=1)
    there = now.astimezone(PACIFIC)
    midnight = datetime(there.year, there.month, there.day, tzinfo=PACIFIC) + timedelta(days=1)
    return midnight.astimezone(now.tzinfo)


def _reasons(answer: Response) -> Iterator[str]:
    error = answer.object().get("error")
    if not isinstance(error, dict):
        return
    for name in ("details", "errors"):
        several = error.get(name)
        for each in several if isinstance(several, list) else ():
            reason = each.get("reason") if isinstance(each, dict) else None
            if isinstance(reason, str):
                yield reason
