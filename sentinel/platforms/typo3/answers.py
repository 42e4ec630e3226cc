"""What TYPO3 means by an answer to a reaction (facts/platforms-b.md section 7.2), row by row.

The sheet has the answers from memory; the public source of the extension
`reactions` (ReactionResolver, CreateRecordReaction) agrees with it: every refusal
is an object with `success` false, 401 for a wrong secret, 404 for a reaction that
is not there, 400 for what was not done; a record made is 201. Only such an
object, with a status that stands here, is a refusal. There is no key that would
make a copy harmless, so everything else leaves a post in doubt.
"""

from __future__ import annotations

from typing import NamedTuple

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Finding
from sentinel.wire import Response, rows
from sentinel.wire.rows import How, Refusal
from sentinel.wire.times import retry_at

MADE = frozenset({200, 201})
_LED_ELSEWHERE = frozenset({301, 302, 303, 307, 308})
NO_KEY, WRONG_KEY, NO_REACTION, TOO_MANY = 400, 401, 404, 429


class Row(NamedTuple):
    """What an answer that made no record means. `success` None: whatever is said, JSON or not.

    `from_memory`: the fact sheet marks it so; `docs/platforms/typo3.md` lists it.
    """

    status: int
    success: bool | None
    how: How
    cause: Cause
    from_memory: bool = True


TABLE: tuple[Row, ...] = (
    Row(WRONG_KEY, success=False, how=How.REFUSED, cause=Cause.CREDENTIAL_REJECTED),
    Row(NO_REACTION, success=False, how=How.REFUSED, cause=Cause.BAD_CONFIGURATION),
    Row(NO_KEY, success=False, how=How.REFUSED, cause=Cause.BAD_CONFIGURATION),
    Row(TOO_MANY, success=None, how=How.THROTTLED, cause=Cause.RATE_LIMITED),
)
# To https, to another host, or to the login: TYPO3 without the extension knows no such address.
_ELSEWHERE = Row(302, success=None, how=How.REFUSED, cause=Cause.BAD_CONFIGURATION)
_NEVER_SEEN = Row(0, success=None, how=How.UNCLEAR, cause=Cause.PLATFORM_FAULT)


def success(answer: Response) -> bool | None:
    """Return what TYPO3 says of it; None: this is no answer of a reaction."""
    told = answer.object().get("success")
    return told if isinstance(told, bool) else None


def made(answer: Response) -> bool:
    """Return whether a record was made."""
    return answer.status in MADE and success(answer) is True


def judge(answer: Response) -> Row:
    """Return the row for an answer that says of no record that it was made."""
    if answer.status in _LED_ELSEWHERE:
        return _ELSEWHERE
    for row in TABLE:
        if row.status == answer.status and row.success in {None, success(answer)}:
            return row
    return _NEVER_SEEN


def outcome(answer: Response) -> Refusal:
    """Return what it means for a post."""
    row, evidence = judge(answer), said(answer)
    return rows.refusal(row.how, row.cause, evidence, retry_at(answer))


def finding(answer: Response, wanted: int) -> Finding:
    """Return what a refusal that we provoked says: with the status `wanted` all is well.

    It says nothing of the secret, for with the right one a record is made.
    """
    seen = Finding(ability=Ability.PUBLISH, evidence=said(answer), proves=False)
    if answer.status == wanted and success(answer) is False:
        return seen
    cause = judge(answer).cause
    until = retry_at(answer) if cause is Cause.RATE_LIMITED else None
    return rows.finding(Ability.PUBLISH, cause, said(answer), until)


def said(answer: Response) -> str:
    """Return status and `success`: all of an answer that may be written down."""
    told = success(answer)
    if told is None:
        return f"HTTP {answer.status}, no answer of a reaction"
    return f"HTTP {answer.status}, success {str(told).lower()}"
