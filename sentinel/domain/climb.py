"""The climb of a group of outages through the levels of staff: who is told when, and how often.

Pure: where the climb stands, what is wrong and the time go in; what to tell and
where the climb stands then come out. Whoever calls writes both at once, so a
restart anywhere finds either both or neither.

The first telling waits for `group_wait`, so that what breaks together is told
together; a grave one waits for nothing. Each further level is told when nobody
has acknowledged for its time; after the last, all of them again and again.
Acknowledging stops all that until it grows worse: then it climbs anew. The end
is told once to whoever was told; of what comes and goes, only when it stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sentinel.domain.escalation import (
    NOBODY_YET,
    Escalation,
    Ladder,
    Step,
    Telling,
    Trouble,
    Word,
)

LONGEST_WAIT: Final = timedelta(minutes=1)
"""So long at most what is added to a known trouble waits for more of it."""


def step(
    escalation: Escalation,
    troubles: Iterable[Trouble],
    ladder: Ladder,
    at: datetime,
    *,
    quiet_until: datetime | None = None,
) -> Step:
    """Return what is due at `at`. `quiet_until`: only grave news may be told before."""
    known = tuple(troubles)
    standing = [trouble for trouble in known if trouble.ended_at is None]
    ends = [trouble for trouble in known if trouble.ended_at is not None]
    if not standing:
        return _over(escalation, ends, ladder, at, quiet_until)
    loud = [trouble for trouble in standing if trouble.silent_until is None]
    climb = _grown(escalation, loud, ladder, at)
    anew = escalation.acknowledged_at is not None and climb.acknowledged_at is None
    until = _kept_still(climb, standing, loud, quiet_until)
    if until is not None:
        return Step(escalation=_paused(climb, ladder, at, until), anew=anew)
    climb = replace(_released(climb, ladder, at), held=False)
    after, tellings = _told(climb, loud, ladder, at)
    settled: tuple[str, ...] = ()
    if _ends_due(ends, ladder, at) or (ends and any(climb.level >= 0 for _ in tellings)):
        settled = tuple(trouble.id for trouble in ends)
        said = tuple(trouble.id for trouble in ends if trouble.worded)
        tellings += (Telling(word=Word.ENDED, levels=(), troubles=said),) if said else ()
        ends = []
    due_at = _next(after, standing, loud, ends, ladder)
    return Step(
        escalation=replace(after, due_at=due_at), tellings=tellings, settled=settled, anew=anew
    )


def _grown(climb: Escalation, loud: Sequence[Trouble], ladder: Ladder, at: datetime) -> Escalation:
    """Take in what is new since the last look."""
    grave = any(trouble.grave for trouble in loud)
    graver = grave and not climb.grave
    worst = max((trouble.rank for trouble in loud), default=0)
    more = any(trouble.fresh for trouble in loud) or (
        worst > climb.worst and any(trouble.changed for trouble in loud)
    )
    if climb.acknowledged_at is not None:
        if not climb.worst and not more:  # it was taken on before anybody had judged it
            return replace(climb, worst=worst, grave=grave)
        return _anew(climb, worst, grave, at) if more or graver else climb
    climb = replace(climb, grave=climb.grave or grave)
    if climb.level == NOBODY_YET or not (more or graver):
        return climb
    # What goes on breaking is told ever less often: 500 channels take a minute to notice.
    together = max(ladder.group_wait, min(at - climb.climbs_from, LONGEST_WAIT))
    wait = timedelta() if grave else together
    return replace(climb, news_at=min(climb.news_at or at + wait, at + wait))


def _anew(climb: Escalation, worst: int, grave: bool, at: datetime) -> Escalation:  # noqa: FBT001 - a value of the row, handed on
    """Begin to climb again: the owner took on less than this."""
    return replace(
        climb,
        begun_at=at,
        climbs_from=at,
        level=NOBODY_YET,
        rounds=0,
        worst=worst,
        grave=climb.grave or grave,
        acknowledged_at=None,
        acknowledged_by=None,
        comment=None,
        news_at=None,
    )


def _kept_still(
    climb: Escalation,
    standing: Sequence[Trouble],
    loud: Sequence[Trouble],
    quiet_until: datetime | None,
) -> datetime | None:
    """Return until when nothing may be told; None: it may be."""
    if not loud:
        return min(trouble.silent_until for trouble in standing if trouble.silent_until)
    if climb.grave or climb.acknowledged_at is not None:
        return None
    return quiet_until


def _paused(climb: Escalation, ladder: Ladder, at: datetime, until: datetime | None) -> Escalation:
    """Wait, and do not let levels run up meanwhile: once it may, it climbs on step by step."""
    return replace(_released(replace(climb, held=True), ladder, at), held=True, due_at=until)


def _released(climb: Escalation, ladder: Ladder, at: datetime) -> Escalation:
    """Count on from here what was due while nothing could be told."""
    due = _climb_due(climb, ladder)
    if not climb.held or due is None or due >= at:
        return climb
    return replace(climb, climbs_from=climb.climbs_from + (at - due))


def _climb_due(climb: Escalation, ladder: Ladder) -> datetime | None:
    """Return when the next level, or the next repeat, is due."""
    if climb.acknowledged_at is not None or not ladder.afters:
        return None
    last = len(ladder.afters) - 1
    if climb.level < last:
        return climb.climbs_from + ladder.due_after(climb.level + 1, grave=climb.grave)
    top = climb.climbs_from + ladder.due_after(last, grave=climb.grave)
    return top + (climb.rounds + 1) * ladder.repeat_every


def _told(
    climb: Escalation, loud: Sequence[Trouble], ladder: Ladder, at: datetime
) -> tuple[Escalation, tuple[Telling, ...]]:
    """Tell what is due of what stands."""
    if climb.acknowledged_at is not None or not ladder.afters:
        return climb, ()
    reached = _reached(climb, ladder, at)
    before = tuple(range(min(climb.level + 1, len(ladder.afters))))
    everything = tuple(trouble.id for trouble in loud)
    fresh = tuple(trouble.id for trouble in loud if trouble.fresh or trouble.changed)
    if not fresh:  # in the same words it hits a route now: they must hear that, too
        fresh = tuple(trouble.id for trouble in loud if trouble.grave)
    tellings: tuple[Telling, ...] = ()
    added = fresh and climb.news_at is not None and (reached or climb.news_at <= at)
    if reached:
        climb = replace(climb, level=reached[-1])
        if reached[-1] == len(ladder.afters) - 1:  # repeats count from when it really was told
            wait = ladder.due_after(reached[-1], grave=climb.grave)
            climb = replace(climb, climbs_from=at - wait)
        tellings = (Telling(word=Word.CALLED, levels=reached, troubles=everything),)
    elif (due := _climb_due(climb, ladder)) is not None and due <= at:
        late = at - due  # after a long stop one repeat stands for all that were missed
        climb = replace(climb, rounds=climb.rounds + 1, climbs_from=climb.climbs_from + late)
        tellings = (Telling(word=Word.REPEATED, levels=before, troubles=everything),)
        added = ()
    if added and before:
        tellings += (Telling(word=Word.ADDED, levels=before, troubles=fresh),)
    if not tellings:
        return climb, ()
    worst = max(trouble.rank for trouble in loud)
    return replace(climb, worst=worst, news_at=None), tellings


def _reached(climb: Escalation, ladder: Ladder, at: datetime) -> tuple[int, ...]:
    """Return the levels that are due and not told, in order; a level without anybody adds one."""
    found: list[int] = []
    for level in range(climb.level + 1, len(ladder.afters)):
        due = climb.climbs_from + ladder.due_after(level, grave=climb.grave)
        vacant = bool(found) and found[-1] in ladder.nobody
        if due > at and not vacant:
            break
        found.append(level)
    return tuple(found)


def _over(
    climb: Escalation,
    ends: Sequence[Trouble],
    ladder: Ladder,
    at: datetime,
    quiet_until: datetime | None,
) -> Step:
    """End it: at once, but what came and went only after it stayed away for a while."""
    settled = tuple(trouble.id for trouble in ends)
    over = replace(climb, closed_at=at, due_at=None, news_at=None, held=False)
    if not ends:
        return Step(escalation=over)
    last = [trouble for trouble in ends if trouble.ended_at == _last(ends)]
    if any(trouble.awaited and not trouble.worded for trouble in last):
        return Step(escalation=_paused(climb, ladder, at, None))
    due = at  # what is awaited of an earlier end never comes: the last one's words stand for it
    if any(trouble.waves > 1 or not (trouble.worded or trouble.awaited) for trouble in ends):
        due = _last(ends) + ladder.calm_for
    if quiet_until is not None and not climb.grave:
        due = max(due, quiet_until)
    if due > at:
        return Step(escalation=_paused(climb, ladder, at, due))
    said = tuple(trouble.id for trouble in ends if trouble.worded)
    tellings = (Telling(word=Word.ENDED, levels=(), troubles=said),) if said else ()
    return Step(escalation=over, tellings=tellings, settled=settled)


def _last(ends: Iterable[Trouble]) -> datetime:
    return max(trouble.ended_at for trouble in ends if trouble.ended_at is not None)


def _ends_due(ends: Collection[Trouble], ladder: Ladder, at: datetime) -> bool:
    """While others of the group stand, an end waits: most of them come back one after another."""
    return bool(ends) and _last(ends) + ladder.calm_for <= at


def _next(
    climb: Escalation,
    standing: Iterable[Trouble],
    loud: Iterable[Trouble],
    ends: Sequence[Trouble],
    ladder: Ladder,
) -> datetime | None:
    """Return when to look again, unless something happens before."""
    moments = [_climb_due(climb, ladder)]
    if climb.acknowledged_at is None and any(trouble.fresh or trouble.changed for trouble in loud):
        moments.append(climb.news_at)
    moments += [trouble.silent_until for trouble in standing]
    moments += [_last(ends) + ladder.calm_for] if ends else []
    return min((moment for moment in moments if moment is not None), default=None)
