"""How a track ends or changes other than by its own probe: by time, by others, by a person.

The law of every ending stands in the drawing of `sentinel.domain.track`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sentinel.domain.cause import EFFECTS, Acts, Cause, State
from sentinel.domain.observation import Observation
from sentinel.domain.rules import Probing
from sentinel.domain.track import (
    DELIVERY,
    FRESH_INTERVALS,
    REACHABILITY,
    WRITE_PATH,
    Track,
    held_until,
    needs_person,
    stuck,
)


def beside(
    track: Track, observation: Observation, cause: Cause | None, probing: Probing, at: datetime
) -> Track:
    """Return the delivery track after another probe of the same ability was observed."""
    if track.state is not State.DOWN or stuck(track, at):
        return track
    if not _encourages(track, observation):
        return track
    if cause:
        return replace(track, good=0) if EFFECTS[cause].state is State.DOWN else track
    encouraged = replace(track, good=track.good + 1)
    if encouraged.good < probing.rise:
        return encouraged
    return _on_trial(encouraged, observation.fresh_until, at)


def at_moment(track: Track, probing: Probing, at: datetime) -> Track:
    """Return the track as it stands at `at`, if nothing more was observed."""
    while (due := next_event(track, probing)) and due <= at:
        if due == _stale_at(track):
            track = _stale(track, due)
        elif due == _calm_at(track, probing) or track.probe == DELIVERY:
            track = _on_trial(track, due + FRESH_INTERVALS * probing.every, due)
        else:
            track = _over(track, due)
    return track


def next_event(track: Track, probing: Probing) -> datetime | None:
    """Return when `at_moment` next changes the track; None: never."""
    events = (_ends_at(track), _calm_at(track, probing), _stale_at(track))
    return min((event for event in events if event), default=None)


def released(track: Track, at: datetime) -> Track:
    """Return the track after a person said: try it again.

    It ends what no probe can end by itself; a probe's own findings stay.
    """
    effect = EFFECTS[track.cause] if track.cause and track.fell else None
    delivery = track.probe == DELIVERY
    if effect is None or not (delivery or effect.needs_person or effect.lasts_until_reset):
        return track
    return _forgotten(replace(track, half_open=delivery, bad=0, hard=0), at)


def _on_trial(track: Track, fresh_until: datetime | None, at: datetime) -> Track:
    """Return a delivery track that is up again until the first message shows whether it is."""
    return replace(
        track,
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
        bad_since=None,
        cause_at=None,
    )


def _over(track: Track, at: datetime) -> Track:
    """Return a probe's track when its reset has come."""
    if track.good:  # it was well already, only the platform's word held it down
        return replace(track, state=State.UP, cause=None, since=at, until=None, fell=False)
    return _forgotten(replace(track, bad=0, hard=0), at)


def _stale(track: Track, at: datetime) -> Track:
    """Return the track when it is too old. One that was bad leaves a doubt (`fell` stays)."""
    return replace(_forgotten(track, at), fell=track.fell, good=0, answered=0)


def _forgotten(track: Track, at: datetime) -> Track:
    return replace(
        track,
        state=State.UNKNOWN,
        cause=Cause.STALE,
        since=at,
        until=None,
        fresh_until=None,
        fell=False,
    )


def _encourages(track: Track, observation: Observation) -> bool:
    """Return whether a good word of this probe speaks for a delivery track that is down."""
    effect = EFFECTS[track.cause] if track.cause else None
    refused = effect and effect.acts is Acts.AT_ONCE and not effect.lasts_until_reset
    if refused or track.cause is Cause.PLATFORM_DEFENDING:
        return observation.probe == WRITE_PATH
    return observation.finding.proves or observation.probe == REACHABILITY


def _ends_at(track: Track) -> datetime | None:
    """Return when it is over by the platform's own word, for what acted at once."""
    if not track.fell or track.cause is None or needs_person(track):
        return None
    return track.until if EFFECTS[track.cause].acts is Acts.AT_ONCE else None


def _calm_at(track: Track, probing: Probing) -> datetime | None:
    """Return when a delivery track that is down has been left in peace for long enough."""
    held = held_until(track) or needs_person(track)
    if track.probe != DELIVERY or track.state is not State.DOWN or held:
        return None
    return track.last_bad_at + probing.flapping.calm_for if track.last_bad_at else None


def _stale_at(track: Track) -> datetime | None:
    bad_delivery = track.probe == DELIVERY and track.fell
    if bad_delivery or held_until(track) or needs_person(track):
        return None
    return track.fresh_until
