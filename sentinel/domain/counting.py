"""How one more finding changes a track: what is counted, what acts, what gives way.

The drawing of what a track may become stands in `sentinel.domain.track`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sentinel.domain.cause import CREDENTIAL, EFFECTS, NETWORK, Ability, Acts, Cause, State
from sentinel.domain.observation import Finding, Observation, reset_of
from sentinel.domain.rules import Probing
from sentinel.domain.track import DELIVERY, FRESH_INTERVALS, Track, stuck

BELIEF_SETTLES = timedelta(minutes=10)
"""Until then the belief in a credential error is withdrawn if its family turns out to fall."""

OPERATORS_OWN = NETWORK | {Cause.PLATFORM_FAULT, Cause.PLATFORM_DEFENDING}
"""What takes an operator's channels down together, beside token errors that are none."""

_TWICE = 2


def believed(finding: Finding, tracks: Iterable[Track], *, family_calm: bool) -> Cause | None:
    """Return the cause to go by: a credential error is one only if confirmed in a calm family.

    That of reading or listening is confirmed by what is believed of publishing
    already: the credential is the same, and the platform is not failing.
    """
    if finding.cause not in CREDENTIAL:
        return finding.cause
    known = finding.ability is not Ability.PUBLISH and any(map(_refused, tracks))
    return finding.cause if family_calm and (finding.confirmed or known) else Cause.PLATFORM_FAULT


def after(
    track: Track, observation: Observation, cause: Cause | None, probing: Probing, at: datetime
) -> Track:
    """Return the track after one more observation, believed to mean `cause`."""
    finding = observation.finding
    if cause is Cause.UPLINK_LOST:  # says nothing of the platform: counters stay as they are
        return replace(track, cut_off=finding.evidence, vantage=observation.vantage)
    fresh = observation.fresh_until
    if fresh is None and observation.probe == DELIVERY:  # a post proves no more than a check
        fresh = at + FRESH_INTERVALS * probing.every
    if cause is None and finding.perhaps_late:  # what was said before holds a little longer
        return replace(track, fresh_until=fresh, vantage=observation.vantage)
    state = EFFECTS[cause].state if cause else State.UP
    if state is State.UNKNOWN:
        return track
    counters = _counters(track, cause, at, down=state is State.DOWN) if state else {}
    counted = replace(
        track,
        seen_at=at,
        fresh_until=fresh,
        vantage=observation.vantage,
        cut_off=None,
        edge=finding.edge,
        denied_at=at if finding.cause in CREDENTIAL else track.denied_at,
        proves=track.proves if cause else finding.proves,
        **counters,
    )
    match state:
        case None:
            return counted
        case State.DOWN:
            return _fallen(_worse(counted, track.seen, finding, cause, probing), at)
        case _:
            return _fallen(_better(counted, track.seen, finding, cause, probing), at)


def doubted(track: Track, at: datetime) -> Track:
    """Return the track without its belief that the credential is bad: its family falls.

    What was seen stays: the channel is down, but for the platform's fault.
    """
    if not track.fell or track.cause not in CREDENTIAL:
        return track
    return _fallen(replace(track, cause=Cause.PLATFORM_FAULT, cause_at=at), at)


def _refused(track: Track) -> bool:
    return track.ability is Ability.PUBLISH and track.fell and track.cause in CREDENTIAL


def _counters(track: Track, cause: Cause | None, at: datetime, *, down: bool) -> dict[str, Any]:
    """Return how a finding is counted: one that says down, or one that says up or degraded."""
    counted: dict[str, Any] = {
        "bad": track.bad + 1 if cause else 0,
        "hard": track.hard + 1 if down else 0,
        "good": 0 if cause else track.good + 1,
        "answered": 0 if down else track.answered + 1,
        "bad_since": (track.bad_since or at) if cause else None,
        "seen": cause,
    }
    return counted | ({"last_bad_at": at} if cause else {}) | ({} if down else {"half_open": False})


def _worse(
    counted: Track, before: Cause | None, finding: Finding, cause: Cause | None, probing: Probing
) -> Track:
    """Take the track down, if a finding that says down acts. `before` is what was seen before."""
    at = counted.seen_at
    if cause is None:
        return counted
    if counted.fell and counted.cause in CREDENTIAL and finding.cause in CREDENTIAL - {cause}:
        young = counted.cause_at is not None and at < counted.cause_at + BELIEF_SETTLES
        # The belief is withdrawn, the state stays; an old belief is not shaken any more.
        return _taken(counted, finding, cause, at) if young else counted
    acts = counted.half_open or _acts(counted, before, cause, probing)
    return _taken(counted, finding, cause, at) if acts and _yields(counted, cause) else counted


def _better(
    counted: Track, before: Cause | None, finding: Finding, cause: Cause | None, probing: Probing
) -> Track:
    """Follow a finding that says up or degraded, if it acts. `before` is what was seen before."""
    at = counted.seen_at
    if stuck(counted, at):
        return counted
    low = cause is not None and _acts(counted, before, cause, probing)
    if cause and low and (counted.state is not State.DOWN or counted.answered >= probing.rise):
        return _taken(counted, finding, cause, at) if _yields(counted, cause) else counted
    streak = counted.good if counted.state is State.DEGRADED else counted.answered
    if counted.fell and streak < probing.rise and counted.probe != DELIVERY:
        return counted
    return _up(counted, finding, at)


def _acts(counted: Track, before: Cause | None, cause: Cause, probing: Probing) -> bool:
    """Return whether `cause`, already counted, acts now. `before` is what was seen before it."""
    effect = EFFECTS[cause]
    run = counted.hard if effect.state is State.DOWN else counted.bad
    match effect.acts:
        case Acts.COUNTED:
            return run >= probing.fall
        case Acts.TWICE:
            again = before is not None and EFFECTS[before].acts is Acts.TWICE
            return run >= probing.fall or (again and run >= _TWICE)
        case Acts.AT_ONCE | Acts.CONFIRMED:
            return True
        case Acts.NEVER:
            return False


def _yields(track: Track, cause: Cause) -> bool:
    """Return whether what the track says now gives way to `cause`.

    What was counted gives way to whatever acts. What acted at once gives way
    only to something at least as grave that acts at once: three time-outs do
    not make a locked account a healthy one.
    """
    if not track.fell or track.cause is None or track.state is State.UNKNOWN:
        return True
    standing, new = EFFECTS[track.cause], EFFECTS[cause]
    if standing.acts is not Acts.AT_ONCE or standing.state is not new.state:
        return True
    return new.acts is Acts.AT_ONCE and new.gravity >= standing.gravity


def _taken(track: Track, finding: Finding, cause: Cause, at: datetime) -> Track:
    state = EFFECTS[cause].state or track.state
    said = reset_of(finding.until, at)
    said = said if said and said > at else None
    until = said or (track.until if cause is track.cause else None)
    return replace(
        track,
        state=state,
        cause=cause,
        evidence=finding.evidence,
        since=track.since if state is track.state else at,
        cause_at=track.cause_at if track.fell and cause is track.cause else at,
        until=until,
        fell=True,
        half_open=False,
    )


def _up(track: Track, finding: Finding, at: datetime) -> Track:
    if track.state is State.UP and not track.fell and track.evidence == finding.evidence:
        return track
    return replace(
        track,
        state=State.UP,
        cause=None,
        evidence=finding.evidence,
        since=track.since if track.state is State.UP else at,
        cause_at=None,
        until=None,
        fell=False,
    )


def _fallen(track: Track, at: datetime) -> Track:
    down = track.state is State.DOWN and track.cause in OPERATORS_OWN
    return replace(track, down_at=at) if down else track
