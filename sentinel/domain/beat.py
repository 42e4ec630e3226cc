"""Whether the daemon really works: what the dead man's switch and the supervisor go by.

A process that is there proves nothing. It works when it checks on time, when
what posts, what decides and what tells staff come round, when a write reaches
the disk, and when nothing keeps all of them standing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

HANGS_AFTER: Final = timedelta(seconds=30)
"""A loop that has not come round for so long is broken, however long the period."""

_LEAST: Final = timedelta(seconds=2)
"""Any loop may take so long under load: a shorter period does not make it broken."""


class Ail(StrEnum):
    """What may keep the daemon from working."""

    LOOP = "loop"  # all of it stood still
    PROBES = "probes"  # checks are not made on time
    DISPATCHER = "dispatcher"
    NOTIFIER = "notifier"
    STORAGE = "storage"


NO_CURE: Final = frozenset({Ail.STORAGE, Ail.LOOP})
"""What a new process would not mend: the one that runs may hold outcomes that are not on disk,
and whoever can say that it had stood still goes on already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A planned check that has not begun although it should have."""

    by: timedelta
    every: timedelta  # its interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What was seen of the daemon's own work, by a clock that nobody sets."""

    still: timedelta = timedelta()  # the longest that the whole process stood, lately
    rounds: Mapping[Ail, timedelta] = field(default_factory=dict)  # since each loop came round
    late: tuple[Late, ...] = ()
    writes: bool = True  # a real write reached the disk just now


def patience(every: timedelta) -> timedelta:
    """Return how long a loop may take to come round when a sign is due `every` so often.

    Never longer than the period: whatever hangs is known one period later, so
    that the sign of life fails to come within two.
    """
    return min(HANGS_AFTER, max(every, _LEAST))


def ails(signs: Signs, within: timedelta) -> tuple[Ail, ...]:
    """Return what keeps the daemon from working; nothing: it works. `within`: see `patience`."""
    found = {ail for ail, since in signs.rounds.items() if since >= within}
    if signs.still >= within:
        found.add(Ail.LOOP)
    if any(late.by >= 2 * late.every + within for late in signs.late):
        found.add(Ail.PROBES)
    if not signs.writes:
        found.add(Ail.STORAGE)
    return tuple(ail for ail in Ail if ail in found)
