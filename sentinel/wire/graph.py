"""What Meta's Graph API means by an answer: one table for all who speak through it.

Source: the fact sheet on Meta, sections 0 to 1.3. The envelope is
`{"error": {"code", "error_subcode", "message", …}}`; the message is localised
and `is_transient` is wrong at times, so neither is read. A platform adds its
own rows to `ERRORS` and reads both with `Graph`.

What is surprising there and kept here: codes 1 and 2 on the call that publishes
have been seen with the post live, and so has 100; limits come as HTTP 400 or
403, hardly ever 429, without a reset time; a page of HTML means an outage,
whatever its status, and never a bad token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Failed, Throttled
from sentinel.domain.observation import Finding, Window
from sentinel.wire import Response, graph_usage, rows
from sentinel.wire.rows import How, Refusal
from sentinel.wire.times import date_of

_LOW_PERCENT: Final = 80


class Row(NamedTuple):
    """What an error means.

    `look`: our own first try may be live, so our posts are read before it is believed.
    `from_memory`: the fact sheet marks it so.
    """

    how: How
    cause: Cause
    look: bool = False
    from_memory: bool = False


Key: TypeAlias = tuple[int | None, int | None]
"""Code and subcode; None: any, or none."""

_UNCLEAR = Row(How.UNCLEAR, Cause.PLATFORM_FAULT)
_LIMITED = Row(How.THROTTLED, Cause.RATE_LIMITED)
_NOT_ALLOWED = Row(How.REFUSED, Cause.PERMISSION_MISSING)
_LOCKED = Row(How.REFUSED, Cause.ACCOUNT_LOCKED)
_BAD_TOKEN = Row(How.REFUSED, Cause.CREDENTIAL_REJECTED)
_OLD_TOKEN = Row(How.REFUSED, Cause.CREDENTIAL_EXPIRED)
_BAD_TEXT = Row(How.CONTENT, Cause.CONTENT_REJECTED)
_COPY = Row(How.CONTENT, Cause.CONTENT_REJECTED, look=True)
_CERTAIN = Row(How.FAILED, Cause.PLATFORM_FAULT)

_EITHER: Mapping[int, Row] = {  # these numbers come as code or as subcode
    1366046: _BAD_TEXT,  # photo too large, or of a kind that is not taken
    1366051: _COPY,  # photos already posted
    1404078: _NOT_ALLOWED,  # page publishing authorisation
    1404102: _BAD_TEXT,  # community standards
    1404112: _LOCKED,  # limited for days
    1609005: Row(How.WITHOUT_LINK, Cause.PLATFORM_FAULT),
    1609008: _BAD_TEXT,  # links to facebook.com
    4854002: _LOCKED,  # who acts must confirm their identity in the app
}
ERRORS: Final[Mapping[Key, Row]] = MappingProxyType(
    {
        (1, None): _UNCLEAR,
        (1, 99): _UNCLEAR,
        (2, None): _UNCLEAR,
        (3, None): _NOT_ALLOWED,
        (4, None): _LIMITED,
        (4, 2207051): Row(How.UNCLEAR, Cause.RATE_LIMITED),  # was live once
        (10, None): _NOT_ALLOWED,
        (17, None): _LIMITED,
        (32, None): _LIMITED,
        (33, None): Row(How.GONE, Cause.PERMISSION_MISSING),
        (100, 33): Row(How.GONE, Cause.PERMISSION_MISSING),
        (100, None): _COPY,  # "Unsupported post request", and the post was there
        (102, None): _BAD_TOKEN,
        (190, None): _BAD_TOKEN,
        (190, 458): _BAD_TOKEN,
        (190, 459): _LOCKED,
        (190, 460): _BAD_TOKEN,
        (190, 463): _OLD_TOKEN,
        (190, 464): _LOCKED._replace(from_memory=True),
        (190, 467): _BAD_TOKEN._replace(from_memory=True),
        (190, 492): _NOT_ALLOWED,
        (341, None): _LIMITED,
        (368, None): _COPY,  # policy, a reported link, or "already posted this"
        (368, 1346003): _BAD_TEXT,
        (368, 1390008): Row(How.AN_HOUR, Cause.RATE_LIMITED),
        (506, None): Row(How.UNCLEAR, Cause.CONTENT_REJECTED, look=True),
        (613, None): _LIMITED._replace(from_memory=True),
        (80001, None): _LIMITED._replace(from_memory=True),  # of a page
        (80002, None): _LIMITED,  # of an Instagram account
        (80007, None): _LIMITED,
        (80008, None): _LIMITED._replace(from_memory=True),
        **{(number, None): row for number, row in _EITHER.items()},
        **{(None, number): row for number, row in _EITHER.items()},
    }
)
_PERMISSIONS = range(200, 300)
_LIMITS = frozenset({How.THROTTLED, How.AN_HOUR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Reads answers by a table. `certain_page`: a 4xx page is said by who never asked Meta."""

    table: Mapping[Key, Row]
    budgets: tuple[graph_usage.Budget, ...] = graph_usage.BUDGETS
    certain_page: bool = False

    def judge(self, answer: Response) -> Row:
        """Return the row for an answer that is not good."""
        code, subcode = codes(answer)
        if code is None and subcode is None:
            return self._by_status(answer)
        for key in ((code, subcode), (None, subcode), (code, None)):
            if key != (None, None) and (row := self.table.get(key)):
                return row
        return _NOT_ALLOWED if code in _PERMISSIONS else _UNCLEAR

    def refusal(self, answer: Response, *, committed: bool) -> Refusal:
        """Return the outcome of an answer that is not good.

        `committed` False: nothing could have become public by this call, so that
        even a senseless answer is certain.
        """
        row, evidence = self.judge(answer), said(answer)
        if row.how in _LIMITS:
            return self.throttled(row, answer)
        other = row.how is How.GONE and row.cause is not Cause.PERMISSION_MISSING
        if other or (row.how is How.UNCLEAR and not committed):
            return Failed(row.cause, evidence)
        return rows.refusal(row.how, row.cause, evidence)

    def throttled(self, row: Row, answer: Response) -> Throttled:
        """Return until when, if Meta says; low usage means that Meta is defending itself."""
        percent, stated = graph_usage.percent(answer, self.budgets), date_of(answer)
        minutes = 60.0 if row.how is How.AN_HOUR else graph_usage.minutes(answer, self.budgets)
        until = stated + timedelta(minutes=minutes) if stated and minutes else None
        low = row.cause is Cause.RATE_LIMITED and percent is not None and percent < _LOW_PERCENT
        return Throttled(
            until=None if low else until,
            own_fault=not low,
            cause=row.cause,
            evidence=said(answer),
        )

    def finding(self, ability: Ability, answer: Response) -> Finding:
        """Return what an answer to a read says of `ability`; a credential error is unconfirmed."""
        evidence = said(answer)
        if good(answer):
            return Finding(ability=ability, evidence=evidence)
        row = self.judge(answer)
        if row.how in _LIMITS:
            return rows.limited(ability, self.throttled(row, answer))
        return rows.finding(ability, row.cause, evidence)

    def windows(self, answer: Response) -> Sequence[Window]:
        """Return the hour's budgets of calls, in percent."""
        return graph_usage.windows(answer, self.budgets, date_of(answer))

    def _by_status(self, answer: Response) -> Row:
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            return _LIMITED
        refused = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
        page = self.certain_page and refused and not isinstance(answer.json(), dict)
        return _CERTAIN if page else _UNCLEAR


def good(answer: Response) -> bool:
    """Return whether Meta did what was asked: 2xx, a JSON object, no error in it."""
    body = answer.json()
    return succeeded(answer) and isinstance(body, dict) and "error" not in body


def succeeded(answer: Response) -> bool:
    """Return whether the status says success, whatever the body is."""
    return HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES


def said(answer: Response) -> str:
    """Return status, code and subcode: evidence without a word of the body."""
    code, subcode = codes(answer)
    if code is not None or subcode is not None:
        return f"HTTP {answer.status}, code {code}/{subcode}"
    kind = "" if isinstance(answer.json(), dict) else ", not JSON"
    return f"HTTP {answer.status}{kind}"


def codes(answer: Response) -> Key:
    """Return code and subcode of the error, as far as they are numbers."""
    error = answer.object().get("error")
    if not isinstance(error, dict):
        return None, None
    code, subcode = error.get("code"), error.get("error_subcode")
    return (
        int(code) if isinstance(code, int) else None,
        int(subcode) if isinstance(subcode, int) else None,
    )
