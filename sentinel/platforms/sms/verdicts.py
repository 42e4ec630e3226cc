"""What gateways mean by an answer, as rows; and what a row means for one recipient.

Each gateway has a TABLE in a file of its own. A gateway that names its codes
speaks; whatever it says that stands in no row was never seen, and leaves the
recipient in doubt. Evidence is status and code, never the sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Finding
from sentinel.wire import Response, rows
from sentinel.wire.rows import How, Refusal

TOO_MANY, BROKEN = 429, 500
_LONGEST_CODE = 6


class Row(NamedTuple):
    """What an answer means: status and code, either None where it does not matter.

    `from_memory`: the fact sheet marks it so; `docs/platforms/sms.md` lists it.
    """

    status: int | None
    code: int | None
    how: How
    cause: Cause = Cause.PLATFORM_FAULT
    from_memory: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an answer means for one recipient. `id`: the gateway's name for what it took."""

    how: How
    cause: Cause = Cause.PLATFORM_FAULT
    evidence: str = ""
    id: str = ""
    spoken: bool = False  # the gateway itself answered, of these recipients
    each: bool = False  # said of several, and about one of them: ask for each by itself


def judge(table: tuple[Row, ...], status: int, code: int | None) -> Verdict:
    """Return the verdict of the first row that fits; unclear if none does."""
    evidence = said(status, code)
    for row in table:
        if row.status in {None, status} and row.code in {None, code}:
            return Verdict(how=row.how, cause=row.cause, evidence=evidence, spoken=code is not None)
    return Verdict(how=How.UNCLEAR, evidence=evidence, spoken=code is not None)


def said(status: int, code: int | None = None) -> str:
    """Return all of an answer that may be written down."""
    return f"HTTP {status}" if code is None else f"HTTP {status}, code {code}"


def outcome(verdict: Verdict) -> Refusal:
    """Return how publishing ends with it, for whoever is refused, put off or in doubt."""
    return rows.refusal(verdict.how, verdict.cause, verdict.evidence)


def finding(verdict: Verdict) -> Finding:
    """Return what an answer to a question says of publishing; a credential is unconfirmed."""
    if verdict.how is How.TAKEN:
        return Finding(ability=Ability.PUBLISH, evidence=verdict.evidence)
    return rows.finding(Ability.PUBLISH, verdict.cause, verdict.evidence)


def code_of(value: object) -> int | None:
    """Return a code that is a number, or a short text of digits; None if it is neither."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 0 <= value < 10**_LONGEST_CODE else None
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value) if len(value) <= _LONGEST_CODE else None
    return None


def name_of(value: object) -> str:
    """Return a gateway's name for what it took, which may be a number; empty if it has none."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return text if isinstance(text, str) and 0 < len(text) <= 100 and text.isprintable() else ""  # noqa: PLR2004


def clock(answer: Response) -> datetime | None:
    """Return the gateway's own time; None if it does not say."""
    try:
        return parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def pause_s(answer: Response) -> float:
    """Return how long a gateway asks to wait, in seconds; 0 if it does not say."""
    stated = answer.headers.get("retry-after", "")
    return float(stated) if stated.isascii() and stated.isdecimal() and len(stated) < 9 else 0.0  # noqa: PLR2004
