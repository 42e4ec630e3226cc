"""Who writes what leads to the notices of a board, when several are written at once.

Feeds and index show up to 200 notices, so making them anew is work. When ten
notices arrive together, one conversation makes them for all that wait, and
the others find their work done. That is for speed only: conversations of other
processes know nothing of it, which is why the writer looks again afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sentinel.notices.notice import Notice
from sentinel.wire import Steps, wait

_LOOK_EVERY_S = 0.02
_PATIENCE = 250  # looks; whoever waited that long writes by itself, which is always right

Work = Callable[[Sequence[Notice]], Steps[str]]
"""Leads to all of some notices; returns the system's name of an error, or nothing."""


@dataclass(slots=True)
class _Turns:
    busy: bool = False
    waiting: dict[object, Notice] = field(default_factory=dict)
    served: set[object] = field(default_factory=set)


_BOARDS: dict[str, _Turns] = {}


def together(root: str, notice: Notice, work: Work) -> Steps[str]:
    """Do `work` for `notice` and for all that wait at the same board, or have it done."""
    turns, me = _BOARDS.setdefault(root, _Turns()), object()
    turns.waiting[me] = notice
    try:
        for _ in range(_PATIENCE):
            if not turns.busy or me in turns.served:
                break
            yield from wait(_LOOK_EVERY_S)
        if me in turns.served:
            return ""
        return (yield from _do(turns, {**turns.waiting, me: notice}, work))
    finally:
        turns.waiting.pop(me, None)
        turns.served.discard(me)


def waiting(root: str) -> frozenset[str]:
    """Return the ids of the notices that somebody in this process still means to lead to."""
    turns = _BOARDS.get(root)
    return frozenset(notice.id for notice in turns.waiting.values()) if turns else frozenset()


def _do(turns: _Turns, group: dict[object, Notice], work: Work) -> Steps[str]:
    turns.busy = True
    try:
        error = yield from work(list(group.values()))
        if not error:  # else each of them finds out for itself
            turns.served |= group.keys() & turns.waiting.keys()
        return error
    finally:
        turns.busy = False
