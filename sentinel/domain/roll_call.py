"""Which nodes are missing: those that said they are here, and have neither said goodbye nor beaten.

A node that stops on purpose says goodbye, and is not missed. What counts is how
long the leader itself has not heard a node, by a clock that nobody sets: whoever
begins to lead begins to count.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

MISSED_AFTER: Final = timedelta(seconds=10)
"""Beside the six seconds for which a node's last word holds. A restart is quicker than that."""

FORGOTTEN_AFTER: Final = timedelta(days=7)
"""A machine that is gone for good is missed so long; then it is thought of no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollCall:
    """What one call of all nodes came to."""

    silent: Mapping[str, float]  # nodes that did not answer, and since when
    new: tuple[str, ...] = ()  # to be expected from now on
    missing: tuple[str, ...] = ()
    back: tuple[str, ...] = ()  # they were missing


def roll_call(
    known: Collection[str],
    here: Collection[str],
    silent: Mapping[str, float],
    missed: Collection[str],
    now: float,
) -> RollCall:
    """Return who is missing.

    Args:
        known: Nodes that are expected.
        here: Nodes whose word holds.
        silent: What the last call of this leader found.
        missed: Nodes with an open outage.
        now: Seconds, by the clock that `silent` goes by.
    """
    since = {name: silent.get(name, now) for name in sorted(known) if name not in here}
    long_since = now - MISSED_AFTER.total_seconds()
    return RollCall(
        silent=since,
        new=tuple(name for name in sorted(here) if name not in known),
        missing=tuple(n for n, began in since.items() if began <= long_since and n not in missed),
        back=tuple(name for name in sorted(missed) if name in here),
    )
