"""How a strand ends or changes other than by its own probe: by time, by others, by a person.

The law of every ending stands in the drawing of `sentinel.domain.strand`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sentinel.domain.cause import EFFECTS, Acts, Cause, State
from sentinel.domain.observation import Observation
from sentinel.domain.rules import Probing
from sentinel.domain.strand import (
    DELIVERY,
    FRESH_INTERVALS,
    REACHABILITY,
    WRITE_PATH,
    Strand,
    held_until,
    needs_person,
    stuck,
)


def beside(
    strand: Strand, observation: Observation, cause: Cause | None, probing: Probing, at: datetime
) -> Strand:
    """Return the delivery strand after another probe of the same ability was observed."""
    if strand.state is not State.DOWN or stuck(strand, at):
        return strand
    if not _encourages(strand, observation):
        return strand
    if cause:
        return replace(strand, good=0) if EFFECTS[cause].state is State.DOWN else strand
    encouraged = replace(strand, good=strand.good + 1)
    if encouraged.good < probing.rise:
        return encouraged
    return _on_trial(encouraged, observation.fresh_until, at)


def at_moment(strand: Strand, probing: Probing, at: datetime) -> Strand:
    """Return the strand as it stands at `at`, if nothing more was observed."""
    while (due := next_event(strand, probing)) and due <= at:
        if due == _stale_at(strand):
            strand = _stale(strand, due)
        elif due == _calm_at(strand, probing) or strand.probe == DELIVERY:
            strand = _on_trial(strand, due + FRESH_INTERVALS * probing.every, due)
        else:
            strand = _over(strand, due)
    return strand


def next_event(strand: Strand, probing: Probing) -> datetime | None:
    """Return when `at_moment` next changes the strand; None: never."""
    events = (_ends_at(strand), _calm_at(strand, probing), _stale_at(strand))
    return min((event for event in events if event), default=None)


def released(strand: Strand, at: datetime) -> Strand:
    """Return the strand after a person said: try it again.

    It ends what no probe can end by itself; a probe's own findings stay.
    """
    effect = EFFECTS[strand.cause] if strand.cause and strand.fell else None
    delivery = strand.probe == DELIVERY
    if effect is None or not (delivery or effect.needs_person or effect.lasts_until_reset):
        return strand
    return _forgotten(replace(strand, half_open=delivery, bad=0, hard=0), at)


def _on_trial(strand: Strand, fresh_until: datetime | None, at: datetime) -> Strand:
    """Return a delivery strand that is up again until the first message shows whether it is."""
    return replace(
        strand,
        state=State.UP,
        cause=None,
        evidence="on trial after failures",
        since=at,
        until=None,
        fresh_until=fresh_until,
        fell=False,
        half_open=True,
        bad=0,
        hard=0,
    )


def _over(strand: Strand, at: datetime) -> Strand:
    """Return a probe's strand when its reset has come."""
    if strand.good:  # it was well already, only the platform's word held it down
        return replace(strand, state=State.UP, cause=None, since=at, until=None, fell=False)
    return _forgotten(replace(strand, bad=0, hard=0), at)


def _stale(strand: Strand, at: datetime) -> Strand:
    """Return the strand when it is too old. One that was bad leaves a doubt (`fell` stays)."""
    return replace(_forgotten(strand, at), fell=strand.fell, good=0, answered=0)


def _forgotten(strand: Strand, at: datetime) -> Strand:
    return replace(
        strand,
        state=State.UNKNOWN,
        cause=Cause.STALE,
        since=at,
        until=None,
        fresh_until=None,
        fell=False,
    )


def _encourages(strand: Strand, observation: Observation) -> bool:
    """Return whether a good word of this probe speaks for a delivery strand that is down."""
    effect = EFFECTS[strand.cause] if strand.cause else None
    if effect and effect.acts is Acts.AT_ONCE and not effect.lasts_until_reset:
        return observation.probe == WRITE_PATH
    return observation.finding.proves or observation.probe == REACHABILITY


def _ends_at(strand: Strand) -> datetime | None:
    """Return when it is over by the platform's own word, for what acted at once."""
    if not strand.fell or strand.cause is None or needs_person(strand):
        return None
    return strand.until if EFFECTS[strand.cause].acts is Acts.AT_ONCE else None


def _calm_at(strand: Strand, probing: Probing) -> datetime | None:
    """Return when a delivery strand that is down has been left in peace for long enough."""
    held = held_until(strand) or needs_person(strand)
    if strand.probe != DELIVERY or strand.state is not State.DOWN or held:
        return None
    return strand.last_bad_at + probing.flapping.calm_for if strand.last_bad_at else None


def _stale_at(strand: Strand) -> datetime | None:
    bad_delivery = strand.probe == DELIVERY and strand.fell
    if bad_delivery or held_until(strand) or needs_person(strand):
        return None
    return strand.fresh_until
