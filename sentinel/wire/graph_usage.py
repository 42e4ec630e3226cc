"""What Meta's headers say of the calls that are left: percents of a rolling hour.

Source: the fact sheet on Meta, section 1.3. The headers are absent while the
use is near zero, their keys differ between hosts, and only while all is used
up do they name the minutes until calls are taken again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sentinel.domain.observation import Owner, Window
from sentinel.wire import Response

_REGAINED: Final = "estimated_time_to_regain_access"  # in minutes, unlike its fellows
_FULL: Final = 100
_MOST_PERCENT: Final = 1e6
_MOST_MINUTES: Final = 1e5


class Budget(NamedTuple):
    """A header, the window that it tells of, and whose limit that is."""

    header: str
    name: str
    owner: Owner


BUDGETS: Final = (
    Budget("x-app-usage", "calls", Owner.APP),
    Budget("x-business-use-case-usage", "calls/account", Owner.ACCOUNT),
)
PAGE: Final = Budget("x-page-usage", "calls/page", Owner.ACCOUNT)


def percent(answer: Response, budgets: Sequence[Budget]) -> float | None:
    """Return how much is in use, the worst of its kinds; None: not stated."""
    return max((share for _, share in _shares(answer, budgets)), default=None)


def minutes(answer: Response, budgets: Sequence[Budget]) -> float:
    """Return the minutes until calls are taken again; 0: not stated."""
    stated = (
        value
        for budget in budgets
        for key, value in _numbers(_header(answer, budget.header))
        if key == _REGAINED and 0 < value < _MOST_MINUTES
    )
    return max(stated, default=0.0)


def windows(
    answer: Response, budgets: Sequence[Budget], stated: datetime | None
) -> Sequence[Window]:
    """Return the budgets. They slide, and name a moment of return only while they are used up.

    `stated` is the answer's own time.
    """
    wait = minutes(answer, budgets)
    back = stated + timedelta(minutes=wait) if stated and wait else None
    return tuple(
        Window(
            name=budget.name,
            limit=_FULL,
            remaining=max(0.0, _FULL - share),
            resets_at=back if share >= _FULL else None,
            per=timedelta(hours=1),
            scope=budget.owner,
        )
        for budget, share in _shares(answer, budgets)
    )


def _shares(answer: Response, budgets: Sequence[Budget]) -> Iterator[tuple[Budget, float]]:
    for budget in budgets:
        shares = [
            value
            for key, value in _numbers(_header(answer, budget.header))
            if key != _REGAINED and 0 <= value < _MOST_PERCENT
        ]
        if shares:
            yield budget, max(shares)


def _header(answer: Response, name: str) -> Any:
    try:
        return json.loads(answer.headers.get(name, ""))
    except (ValueError, RecursionError):
        return None


def _numbers(value: Any) -> Iterator[tuple[str, float]]:
    """Yield the numbers in `value` with their keys."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, int | float):
                yield key, float(inner)
            else:
                yield from _numbers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _numbers(inner)
