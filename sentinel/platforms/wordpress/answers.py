"""What WordPress means by an answer (facts/platforms-b.md section 7.1), row by row.

Status and `code` decide, never the sentence, which is in the site's language.
Codes that are not in the table are not repeated in evidence: a plugin may put
anything there. 401 is what WordPress says to whoever is not logged in, 403 to
whoever is and may not; a real one answers a wrong password with 401 and
`rest_cannot_create` (lab.md section 3). So behind a 401 it is asked who we are.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Failed
from sentinel.domain.observation import Finding
from sentinel.wire import Response, rows
from sentinel.wire.rows import How, Refusal
from sentinel.wire.times import retry_at

GOOD = frozenset({200, 201})
UNAUTHORIZED = 401
TOO_MANY = 429
SERVER = 500
NO_SUCH_POST = "rest_post_invalid_id"
NO_TRASH = "rest_trash_not_supported"
IN_TRASH = "rest_already_trashed"


class Row(NamedTuple):
    """What an answer means. `status` None: whichever.

    `ask`: it is about the password if WordPress does not know who we are either.
    `from_memory`: the fact sheet marks it so; `docs/platforms/wordpress.md` lists it.
    """

    status: int | None
    code: str
    how: How
    cause: Cause
    ask: bool = False
    from_memory: bool = True


def _may_not(code: str) -> tuple[Row, Row]:
    """Return the rows of something that this user may not do, or that nobody may without login."""
    return (
        Row(401, code, How.REFUSED, Cause.PERMISSION_MISSING, ask=True),
        Row(403, code, How.REFUSED, Cause.PERMISSION_MISSING),
    )


TABLE: tuple[Row, ...] = (
    Row(401, "rest_not_logged_in", How.REFUSED, Cause.CREDENTIAL_REJECTED, from_memory=False),
    Row(401, "incorrect_password", How.REFUSED, Cause.CREDENTIAL_REJECTED),
    Row(401, "invalid_username", How.REFUSED, Cause.CREDENTIAL_REJECTED),
    *_may_not("rest_cannot_create"),
    *_may_not("rest_forbidden"),
    *_may_not("rest_cannot_edit"),
    *_may_not("rest_cannot_publish"),
    *_may_not("rest_cannot_delete"),
    *_may_not("rest_forbidden_status"),
    *_may_not("rest_forbidden_context"),
    *_may_not("rest_login_required"),  # a plugin's, for strangers
    Row(400, "rest_invalid_param", How.CONTENT, Cause.CONTENT_REJECTED),
    Row(400, "rest_missing_callback_param", How.CONTENT, Cause.CONTENT_REJECTED),
    Row(400, "rest_post_exists", How.CONTENT, Cause.CONTENT_REJECTED),
    Row(404, "rest_no_route", How.REFUSED, Cause.PERMISSION_MISSING),
    Row(404, NO_SUCH_POST, How.FAILED, Cause.PLATFORM_FAULT),
    Row(410, IN_TRASH, How.CONTENT, Cause.CONTENT_REJECTED),
    Row(501, NO_TRASH, How.FAILED, Cause.PLATFORM_FAULT),
    Row(429, "", How.THROTTLED, Cause.RATE_LIMITED),  # a guard in front of it; it has no limit
    Row(500, "db_insert_error", How.UNCLEAR, Cause.PLATFORM_FAULT),
    Row(503, "", How.UNCLEAR, Cause.PLATFORM_FAULT),
)
_NEVER_SEEN = Row(None, "", How.UNCLEAR, Cause.PLATFORM_FAULT)
# To https, or to the host that the site calls itself: the address in the rules is not the site's.
_ELSEWHERE = Row(None, "", How.UNCLEAR, Cause.BAD_CONFIGURATION)
_LED_ELSEWHERE = frozenset({301, 302, 303, 307, 308})
KNOWN: Mapping[str, str] = MappingProxyType({row.code: row.code for row in TABLE})


def spoken(answer: Response) -> bool:
    """Return whether WordPress itself speaks, and not a page of something before or beside it."""
    return isinstance(answer.json(), dict | list)


def good(answer: Response) -> bool:
    """Return whether WordPress did what was asked."""
    return answer.status in GOOD and spoken(answer)


def code_of(answer: Response) -> str:
    """Return the error's code if it is one that we know, else nothing."""
    code = answer.object().get("code")
    return KNOWN.get(code, "") if isinstance(code, str) else ""


def judge(answer: Response) -> Row:
    """Return the row for an answer that is not good."""
    if answer.status in _LED_ELSEWHERE:
        return _ELSEWHERE
    if not spoken(answer) and answer.status != TOO_MANY:
        return _NEVER_SEEN
    code = code_of(answer)
    for row in TABLE:
        if row.status == answer.status and row.code in {"", code}:
            return row
    return _NEVER_SEEN


def outcome(answer: Response, *, committed: bool, cause: Cause | None = None) -> Refusal:
    """Return what it means for a post that this was answered.

    Args:
        answer: One that is not good.
        committed: It answers the step that makes the post public. No other can.
        cause: What a second question has shown, in place of the row's.
    """
    row, evidence = judge(answer), said(answer)
    why = cause or row.cause
    if row.how is How.UNCLEAR and not committed:
        return Failed(why, evidence)
    return rows.refusal(row.how, why, evidence, retry_at(answer))


def finding(ability: Ability, answer: Response) -> Finding:
    """Return what an answer to a question says of `ability`; a credential error is unconfirmed."""
    evidence = said(answer)
    if good(answer):
        return Finding(ability=ability, evidence=evidence)
    cause = judge(answer).cause
    until = retry_at(answer) if cause is Cause.RATE_LIMITED else None
    return rows.finding(ability, cause, evidence, until)


def missing(answer: Response) -> bool:
    """Return whether WordPress says that it has no such post."""
    return spoken(answer) and code_of(answer) == NO_SUCH_POST


def said(answer: Response) -> str:
    """Return status and code: all of an answer that may be written down."""
    if not spoken(answer):
        return f"HTTP {answer.status}, not JSON"
    return f"HTTP {answer.status} {code_of(answer)}".rstrip()
