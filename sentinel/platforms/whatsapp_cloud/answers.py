"""What the Cloud API means by an answer, row by row (facts/platforms-b.md, sections 1.2 and 5.2).

The rows that all of Meta shares stand in `wire.graph`; here stand WhatsApp's
own, and of all of them whom they concern. The API says most of this twice: in
the answer to the sending, or minutes later as a call back. HTTP statuses have
changed over time and are not read where there is a code.

A template that is missing, paused or disabled concerns every message and not
this text: the channel is refused, so that what waits goes out once it is back.
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum, auto
from typing import Final, NamedTuple

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Failed, Refused, Throttled, Unclear
from sentinel.wire import Response
from sentinel.wire.graph import ERRORS, Graph, Row, codes, said
from sentinel.wire.rows import How
from sentinel.wire.times import date_of


class Whose(Enum):
    """Whom a refusal concerns."""

    ALL = auto()  # nobody else would fare better: the run ends
    ONE = auto()  # this recipient, for good
    LATER = auto()  # this recipient, for now
    PACE = auto()  # we send too fast: the same recipient again, a little later


class Line(NamedTuple):
    """One row of the sheet."""

    code: int
    how: How
    cause: Cause
    whose: Whose = Whose.ALL
    from_memory: bool = False


TABLE: Final[tuple[Line, ...]] = (
    Line(0, How.REFUSED, Cause.CREDENTIAL_REJECTED),
    Line(100, How.CONTENT, Cause.CONTENT_REJECTED, Whose.ONE),
    Line(131005, How.REFUSED, Cause.PERMISSION_MISSING),
    Line(130429, How.THROTTLED, Cause.RATE_LIMITED, Whose.PACE),
    Line(131056, How.THROTTLED, Cause.RATE_LIMITED, Whose.LATER),
    Line(131048, How.REFUSED, Cause.ACCOUNT_LOCKED),
    Line(131049, How.CONTENT, Cause.CONTENT_REJECTED, Whose.ONE),
    Line(131047, How.CONTENT, Cause.CONTENT_REJECTED),
    Line(131026, How.CONTENT, Cause.CONTENT_REJECTED, Whose.ONE),
    Line(131031, How.REFUSED, Cause.ACCOUNT_LOCKED),
    Line(368, How.REFUSED, Cause.ACCOUNT_LOCKED),
    Line(130497, How.REFUSED, Cause.ACCOUNT_LOCKED),
    Line(131042, How.REFUSED, Cause.PAYMENT_REQUIRED),
    Line(131057, How.UNCLEAR, Cause.PLATFORM_FAULT),
    Line(131016, How.UNCLEAR, Cause.PLATFORM_FAULT),
    Line(131000, How.UNCLEAR, Cause.PLATFORM_FAULT),
    Line(132000, How.REFUSED, Cause.BAD_CONFIGURATION),
    Line(132001, How.REFUSED, Cause.BAD_CONFIGURATION),
    Line(132005, How.CONTENT, Cause.CONTENT_REJECTED),
    Line(132007, How.CONTENT, Cause.CONTENT_REJECTED),
    Line(132012, How.CONTENT, Cause.CONTENT_REJECTED),
    Line(132015, How.REFUSED, Cause.PERMISSION_MISSING),
    Line(132016, How.REFUSED, Cause.PERMISSION_MISSING),
    Line(133010, How.REFUSED, Cause.PERMISSION_MISSING),
    Line(133016, How.REFUSED, Cause.PERMISSION_MISSING),
    Line(131045, How.REFUSED, Cause.PERMISSION_MISSING),
    # Not in the sheet; named so in the lists of codes of several client libraries.
    Line(141006, How.REFUSED, Cause.PAYMENT_REQUIRED, from_memory=True),
    Line(131008, How.CONTENT, Cause.CONTENT_REJECTED, from_memory=True),
    Line(131009, How.CONTENT, Cause.CONTENT_REJECTED, Whose.ONE, from_memory=True),
    Line(131021, How.CONTENT, Cause.CONTENT_REJECTED, Whose.ONE, from_memory=True),
    Line(131030, How.REFUSED, Cause.PERMISSION_MISSING, Whose.ONE, from_memory=True),
)
NO_TEMPLATE: Final = 132001
INCOMPLETE: Final = frozenset({100, 131008, 131009})
"""What a sending without a recipient is answered, if all else about it is right."""

PAIR_PAUSE: Final = timedelta(seconds=6)
"""Between two messages to one person."""

_NO_OBJECT: Final = (100, 33)  # our number does not exist, or is not ours
_BY_CODE: Final = {line.code: line for line in TABLE}
GRAPH: Final = Graph(
    table={k: row for k, row in ERRORS.items() if k[0] not in _BY_CODE or k == _NO_OBJECT}
    | {(line.code, None): Row(line.how, line.cause) for line in TABLE}
)


def whose(answer: Response) -> Whose:
    """Return whom an answer that is not good concerns."""
    key = codes(answer)
    line = _BY_CODE.get(key[0]) if key[0] is not None and key != _NO_OBJECT else None
    return line.whose if line else Whose.ALL


def line_of(code: object) -> Line | None:
    """Return the row of a code that a call back names; None: never seen."""
    return _BY_CODE.get(code) if isinstance(code, int) else None


def refusal(answer: Response) -> Throttled | Failed | Refused | Unclear:
    """Return what it means for one recipient that the answer to their sending is not good."""
    if whose(answer) in {Whose.LATER, Whose.PACE}:  # our own pace, whatever the headers say
        stated = date_of(answer)
        until = stated + PAIR_PAUSE if stated else None
        return Throttled(until=until, cause=Cause.RATE_LIMITED, evidence=said(answer))
    return GRAPH.refusal(answer, committed=True)
