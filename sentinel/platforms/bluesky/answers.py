"""What a PDS or an AppView means by an answer (facts/platforms-a.md sections 3.4, 3.5).

The `error` name decides, then the status; never the sentence. Names that are
not in the table are not repeated in evidence: a server may put anything there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Failed,
    Outcome,
    Receipt,
    Refused,
    Rendered,
    Scope,
    Throttled,
    Unclear,
)
from sentinel.domain.observation import Finding, Report, Window
from sentinel.platforms.bluesky.records import COLLECTION
from sentinel.wire import RenewalFailed, Request, Response

OK = 200
BAD_REQUEST = 400
NOT_FOUND = 404
TOO_LARGE = 413
TOO_MANY = 429
SERVER = 500
NOT_IMPLEMENTED = 501

CAUSES: Mapping[str, Cause] = MappingProxyType(
    {
        "ExpiredToken": Cause.CREDENTIAL_EXPIRED,
        "InvalidToken": Cause.CREDENTIAL_REJECTED,
        "AuthMissing": Cause.CREDENTIAL_REJECTED,
        "AuthenticationRequired": Cause.CREDENTIAL_REJECTED,
        "AuthFactorTokenRequired": Cause.PERMISSION_MISSING,  # e-mail code: use an app password
        "AccountTakedown": Cause.ACCOUNT_LOCKED,
        "AccountSuspended": Cause.ACCOUNT_LOCKED,
        "AccountDeactivated": Cause.ACCOUNT_LOCKED,
        "AccountNotFound": Cause.ACCOUNT_LOCKED,
        "RepoTakendown": Cause.ACCOUNT_LOCKED,
        "RepoSuspended": Cause.ACCOUNT_LOCKED,
        "RepoDeactivated": Cause.ACCOUNT_LOCKED,
        "InvalidRequest": Cause.CONTENT_REJECTED,
        "InvalidSwap": Cause.CONTENT_REJECTED,
        "PayloadTooLarge": Cause.CONTENT_REJECTED,
        "RateLimitExceeded": Cause.RATE_LIMITED,
        "RecordNotFound": Cause.NOT_VISIBLE,
        "NotFound": Cause.NOT_VISIBLE,
        "InternalServerError": Cause.PLATFORM_FAULT,
        "UpstreamFailure": Cause.PLATFORM_FAULT,
        "UpstreamTimeout": Cause.PLATFORM_FAULT,
        "NotEnoughResources": Cause.PLATFORM_FAULT,
    }
)

_STATUSES: Mapping[str, str] = MappingProxyType(
    {"takendown": "taken down", "suspended": "suspended", "deactivated": "deactivated"}
)
_URI = re.compile(
    rf"at://(did:[a-z]+:[A-Za-z0-9._:%-]{{1,200}})/{re.escape(COLLECTION)}/([\w.~:-]+)"
)
_LOGINS = ("createSession", "refreshSession")
PUT_POINTS = 2  # of those that writing may use up
_WRITE_LIMITS = frozenset({5000, 35_000})  # points; every other limit counts calls


def error(answer: Response) -> str:
    """Return the error's name if it is one that we know, else nothing."""
    name = answer.object().get("error")
    return name if isinstance(name, str) and name in CAUSES else ""


def evidence(answer: Response) -> str:
    """Return status and error name: all of an answer that may be written down."""
    if answer.status < BAD_REQUEST:
        return f"HTTP {answer.status}"
    if not answer.object():
        return f"HTTP {answer.status}, not JSON"
    return f"HTTP {answer.status} {error(answer) or '(unknown error)'}"


def cause(answer: Response) -> Cause:
    """Return what an answer that is not the wanted one says about the platform."""
    if answer.status == TOO_MANY:
        return Cause.RATE_LIMITED if own_fault(answer) else Cause.PLATFORM_DEFENDING
    if not BAD_REQUEST <= answer.status < SERVER or not answer.object():
        return Cause.PLATFORM_FAULT  # an edge page never speaks of a credential
    known = CAUSES.get(error(answer))
    if known is None and answer.status == NOT_FOUND:
        return Cause.BAD_CONFIGURATION  # no such method here: not a PDS, or a wrong prefix
    return known or Cause.PLATFORM_FAULT


def outcome(answer: Response) -> Outcome:
    """Return what an answer to a put means that did not name the post."""
    why, said = cause(answer), evidence(answer)
    if answer.status == TOO_MANY or why is Cause.RATE_LIMITED:
        return Throttled(until=reset(answer), own_fault=own_fault(answer), evidence=said)
    if answer.status == TOO_LARGE:
        return Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, said)
    if not BAD_REQUEST <= answer.status < SERVER or not answer.object():
        return Unclear(Cause.PLATFORM_FAULT, said)
    if why is Cause.CONTENT_REJECTED:
        return Refused(why, Scope.CONTENT, said)
    if why in {Cause.PLATFORM_FAULT, Cause.NOT_VISIBLE}:  # never seen of a put
        return Unclear(Cause.PLATFORM_FAULT, said)
    return Refused(why, evidence=said)


def not_renewed(failed: RenewalFailed) -> Outcome:
    """Return what it means for a post that no session could be had."""
    if failed.cause in {Cause.RATE_LIMITED, Cause.PLATFORM_DEFENDING}:
        return Throttled(until=None, cause=failed.cause, evidence=failed.evidence)
    if failed.cause is Cause.PLATFORM_FAULT:
        return Failed(failed.cause, failed.evidence)
    return Refused(failed.cause, evidence=failed.evidence)


def receipt(uri: object, key: str) -> Receipt | None:
    """Return the receipt in a post's address, if it is one and ends in our key."""
    found = _URI.fullmatch(uri) if isinstance(uri, str) else None
    if found is None or found[2] != key:
        return None
    return Receipt(post_id=found[0], permalink=f"https://bsky.app/profile/{found[1]}/post/{key}")


def live_text(answer: Response) -> str | None:
    """Return the text of the record in an answer of getRecord."""
    value = answer.object().get("value")
    text = value.get("text") if isinstance(value, dict) else None
    return text if isinstance(text, str) else None


def found(answer: Response, rendered: Rendered) -> Receipt | None:
    """Return the receipt of the record in an answer of getRecord."""
    return receipt(answer.object().get("uri"), rendered.key) if answer.status == OK else None


def locked(session: Mapping[str, Any]) -> str:
    """Return why an account is not active, by getSession; nothing if it is."""
    status = str(session.get("status"))
    if session.get("active") is not False and status not in _STATUSES:
        return ""
    return _STATUSES.get(status, "not active")


def report(
    ability: Ability,
    why: Cause | None,
    said: str,
    until: datetime | None = None,
    *,
    proves: bool = True,
) -> Report:
    """Return a report of one finding."""
    finding = Finding(ability=ability, cause=why, evidence=said, until=until, proves=proves)
    return Report(findings=(finding,))


def trouble(ability: Ability, answer: Response) -> Report:
    """Return what a refusal or a broken answer says of an ability that was looked at."""
    why = cause(answer)
    if why is Cause.CONTENT_REJECTED:  # about our question, not about a text
        why = Cause.PLATFORM_FAULT
    until = reset(answer) if answer.status == TOO_MANY else None
    return report(ability, why, evidence(answer), until)


def own_fault(answer: Response) -> bool:
    """True unless the headers say that more than a fifth of the limit was left."""
    limit, left = _number(answer, "limit"), _number(answer, "remaining")
    return limit is None or left is None or left * 5 <= limit


def reset(answer: Response) -> datetime | None:
    """Return when the limit ends. The header holds epoch seconds, whatever its draft says."""
    seconds = _number(answer, "reset")
    return datetime.fromtimestamp(seconds, UTC) if seconds and seconds < 2**33 else None


def windows(request: Request, answer: Response) -> tuple[Window, ...]:
    """Return the limit that an answer states: points for writing, of which a put costs 2, or calls.

    The headers show the tightest limit that applied, so the policy decides
    which it was. The limit on logins is no limit of the channel.
    """
    limit, left = _number(answer, "limit"), _number(answer, "remaining")
    policy = re.search(r";\s*w=(\d{1,7})\b", answer.headers.get("ratelimit-policy", ""))
    if limit is None or left is None or request.url.endswith(_LOGINS):
        return ()
    writes = limit in _WRITE_LIMITS
    name = "posts" if writes else "calls"
    window = Window(
        name=f"{name}/{_span(int(policy[1]))}" if policy else name,
        limit=limit,
        remaining=left,
        resets_at=reset(answer),
        per=timedelta(seconds=int(policy[1])) if policy else None,
        cost=PUT_POINTS if writes else 1,
    )
    return (window,)


def _span(seconds: int) -> str:
    for size, unit in ((3600, "h"), (60, "m")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _number(answer: Response, name: str) -> int | None:
    value = answer.headers.get(f"ratelimit-{name}", "")
    return int(value) if re.fullmatch(r"[0-9]{1,12}", value) else None
