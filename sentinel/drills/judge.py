"""Does what was expected hold? Pure: the same course always gives the same judgement.

Every expectation is judged by what is so when its time is over: "within 8s"
means that it became so by then, and still was so. An expectation and its
opposite can therefore never both hold.
"""

from __future__ import annotations

from dataclasses import dataclass

from sentinel.drills.claims import Delivered, Judged
from sentinel.drills.course import Course, Scene
from sentinel.drills.seen import NOTHING, Look, look
from sentinel.drills.shape import Expectation
from sentinel.errors import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What became of one expectation."""

    expectation: Expectation
    held: bool
    seen: Phrase  # what was to be seen when its time was over
    after_s: float | None = None  # how long it took until it held


def judge(expectation: Expectation, course: Course, scene: Scene) -> Judgement:
    """Return whether `expectation` held in `course`."""
    if expectation.since is not None and expectation.since not in course.done:
        seen = Phrase(de="dazu kam es nicht", en="it did not come to that")
        return Judgement(expectation=expectation, held=False, seen=seen)
    begin_s, end_s = _begin_s(expectation, course), deadline_s(expectation, course)
    looks = [
        (max(snapshot.at_s - begin_s, 0.0), look(expectation, snapshot, scene, begin_s))
        for snapshot in course.between(begin_s, end_s)
    ]
    if not looks:
        return Judgement(expectation=expectation, held=False, seen=NOTHING)
    last, held = looks[-1][1], looks[-1][1].holds
    if _always(expectation):
        broken = next((one for _, one in looks if not one.holds), None)
        last, held = broken or last, broken is None
    after_s = _since_when(looks) if held else None
    return Judgement(expectation=expectation, held=held, seen=last.seen, after_s=after_s)


def deadline_s(expectation: Expectation, course: Course) -> float:
    """Return when an expectation's time is over, in seconds since the start."""
    if expectation.within is None:
        return course.ends_s
    return min(_begin_s(expectation, course) + expectation.within.total_seconds(), course.ends_s)


def _always(expectation: Expectation) -> bool:
    """Return whether it must hold throughout, and not only when its time is over."""
    match expectation.claim:
        case Judged(stays=stays, never=never):
            return bool(stays or never)
        case Delivered(never=never):
            return bool(never)
        case _:
            return False


def _begin_s(expectation: Expectation, course: Course) -> float:
    return course.done.get(expectation.since, 0.0) if expectation.since else 0.0


def _since_when(looks: list[tuple[float, Look]]) -> float:
    """Return when the last unbroken spell of holding began."""
    since_s = looks[-1][0]
    for at_s, one in reversed(looks):
        if not one.holds:
            break
        since_s = at_s
    return since_s
