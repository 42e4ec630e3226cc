"""Folds what came together: one piece of news for what is one matter, the gravest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from sentinel.domain.news_item import Case, News
from sentinel.domain.news_outage import together
from sentinel.domain.outage import OutageKind
from sentinel.errors import Phrase

MANY_LOTS: Final = 3
"""From so many matters on, the subject says how many channels of how many operators there are."""


def folded(news: Iterable[News]) -> list[News]:
    """Return the news with one piece for each matter, what citizens wait for first.

    `news` is in the order in which it happened; of one outage the last holds.
    What is real comes before any exercise.
    """
    lots: dict[tuple[object, ...], list[News]] = {}
    for name, one in _latest(news).items():
        lots.setdefault(_matter(one, name), []).append(one)
    found = [_one(lot) for lot in lots.values()]
    return sorted(_once(found), key=lambda one: (one.exercise, not one.alarm, _over(one)))


def overview(news: Iterable[News]) -> Phrase | None:
    """Return how much is out at all, where that says more than the first matter of many."""
    found = _latest(news).values()
    cases = [one.case for one in found if one.case and not one.case.over and one.case.channel]
    matters = {(case.operator, case.cause) for case in cases}
    if len(matters) < MANY_LOTS or any(one.alarm for one in found):
        return None
    channels = len({case.channel for case in cases})
    operators = len({case.operator for case in cases})
    if operators == 1:
        return None
    return Phrase(
        de=f"Störung: {channels} Kanäle von {operators} Betreibern",
        en=f"Outage: {channels} channels of {operators} operators",
    )


def _latest(news: Iterable[News]) -> dict[str, News]:
    """Return the last news of each outage, and all that is of none."""
    latest: dict[str, News] = {}
    for number, one in enumerate(news):
        name = f"outage {one.case.outage}" if one.case else f"news {number}"
        latest.pop(name, None)
        latest[name] = one
    return latest


def _matter(one: News, name: str) -> tuple[object, ...]:
    """Return what a piece of news has in common with those that are told with it."""
    case = one.case
    if case is None or case.kind != OutageKind.CHANNEL or case.channel is None:
        return (name,)
    return (case.over, case.operator or f"channel {case.channel}", case.cause, one.exercise)


def _one(lot: Sequence[News]) -> News:
    if len(lot) == 1:
        return lot[0]
    cases: list[Case] = [one.case for one in lot if one.case is not None]
    begun = [one.since for one in lot if one.since is not None]
    seen = [one.at for one in lot if one.at is not None]
    return replace(
        together(cases),
        exercise=lot[0].exercise,
        alarm=any(one.alarm for one in lot),
        since=min(begun, default=None),
        at=max(seen, default=None),
    )


def _over(one: News) -> bool:
    return one.case is not None and one.case.over


def _once(found: Iterable[News]) -> list[News]:
    """Leave out what says the same as something before it."""
    said = {(one.subject, one.text, one.exercise): one for one in reversed(list(found))}
    return list(reversed(said.values()))
