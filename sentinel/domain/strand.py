"""One probe's word on one ability, with its own counters.

Each probe counts for itself, so that a good answer to one question never heals
the bad answer to another (the token check stayed 200 while writes were
refused: NWS, April 2023).

             bad, acts                     rise better ones
  up ----------------------> down, degraded ---------------> up
   |                            |    |  ^
   | not seen lately            |    |  | fails once
   v                            |    v  |
  unknown <---------------------+   half-open (delivery only) ---a post---> up
          not seen lately, reset

When a cause acts is a row of `cause.EFFECTS`; how it ends stands here:

- held by a reset time: only that time (or a person) ends it;
- needs a person: only `released` ends it;
- a probe's other findings: `rise` better ones of the same probe end it;
- a delivery's: a post that went out, or, half-open, `rise` good findings of
  other probes of publish, or a calm without failures. Where the platform
  refused to let us write, only the write path's good findings count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sentinel.domain.cause import CREDENTIAL, EFFECTS, NETWORK, Ability, Acts, Cause, State
from sentinel.domain.observation import Finding, Observation
from sentinel.domain.rules import Probing

DELIVERY = "delivery"
"""The probe name under which outcomes of real posts are observed."""

WRITE_PATH = "write_path"
REACHABILITY = "reachability"
FRESH_INTERVALS = 3
"""What nobody has seen again for so many intervals is stale."""

_TWICE = 2
_PASSING = NETWORK | {Cause.PLATFORM_FAULT}  # ends by itself, and asking does no harm


@dataclass(frozen=True, slots=True, kw_only=True)
class Strand:
    """What one probe says of one ability, with its own counters."""

    probe: str
    ability: Ability
    state: State
    cause: Cause | None = None
    evidence: str = ""
    since: datetime
    until: datetime | None = None
    bad: int = 0  # failures in a row
    good: int = 0  # successes in a row; of a delivery that is down: other probes' successes
    last_bad_at: datetime | None = None
    seen_at: datetime
    fresh_until: datetime | None = None
    proves: bool = True
    vantage: str = ""
    hard: int = 0  # findings in a row that say down
    answered: int = 0  # findings in a row that say anything better than down
    seen: Cause | None = None  # what the last finding said
    fell: bool = False  # taken down or degraded, and not yet brought back
    half_open: bool = False  # back on trial: the next failure takes it down at once
    cut_off: str | None = None  # evidence that our own line is lost, while it is


def believed(finding: Finding, *, family_calm: bool) -> Cause | None:
    """Return the cause to go by: a credential error is one only if confirmed in a calm family."""
    if finding.cause in CREDENTIAL and not (finding.confirmed and family_calm):
        return Cause.PLATFORM_FAULT
    return finding.cause


def again_after(strand: Strand, probing: Probing, every: timedelta) -> timedelta | None:
    """Return how soon a probe, whose turn comes `every` so often, must look again out of turn.

    A streak that has begun is completed soon. And what fell for something that
    passes by itself is not left to a rare probe: a channel that works again
    would stay down until its turn, and a stranded message with it.
    """
    if 0 < strand.bad < probing.fall or 0 < strand.good < probing.rise:
        return probing.recheck_after
    return probing.every if every > probing.every and may_be_over(strand) else None


def may_be_over(strand: Strand) -> bool:
    """Return whether the probe fell for something that can be over at any moment."""
    return strand.fell and strand.cause in _PASSING


def unseen(observation: Observation, at: datetime) -> Strand:
    """Return the strand on which `observation` will be the first word."""
    return Strand(
        probe=observation.probe,
        ability=observation.finding.ability,
        state=State.UNKNOWN,
        cause=Cause.NOT_OBSERVED,
        since=at,
        seen_at=at,
        proves=observation.finding.proves,
        vantage=observation.vantage,
    )


def after(
    strand: Strand, observation: Observation, cause: Cause | None, probing: Probing, at: datetime
) -> Strand:
    """Return the strand after one more observation, believed to mean `cause`."""
    finding = observation.finding
    if cause is Cause.UPLINK_LOST:  # says nothing of the platform: counters stay as they are
        return replace(strand, cut_off=finding.evidence, vantage=observation.vantage)
    fresh = observation.fresh_until
    if fresh is None and observation.probe == DELIVERY:  # a post proves no more than a check
        fresh = at + FRESH_INTERVALS * probing.every
    heard = replace(
        strand,
        seen_at=at,
        fresh_until=fresh,
        vantage=observation.vantage,
        cut_off=None,
    )
    match EFFECTS[cause].state if cause else State.UP:
        case State.UNKNOWN:
            return strand
        case None:
            return heard
        case State.DOWN:
            return _worse(heard, finding, cause, probing, at)
        case State.UP | State.DEGRADED:
            return _better(heard, finding, cause, probing, at)


def held_until(strand: Strand) -> datetime | None:
    """Return until when the platform's own word holds the strand down; None: not held."""
    if strand.fell and strand.cause and EFFECTS[strand.cause].lasts_until_reset:
        return strand.until
    return None


def needs_person(strand: Strand) -> bool:
    """Return whether only a person can end what the strand says."""
    return strand.fell and strand.cause is not None and EFFECTS[strand.cause].needs_person


def stuck(strand: Strand, at: datetime) -> bool:
    """Return whether no good finding can end what the strand says."""
    over = held_until(strand)
    return needs_person(strand) or (over is not None and at < over)


def _worse(
    strand: Strand, finding: Finding, cause: Cause | None, probing: Probing, at: datetime
) -> Strand:
    """Count a finding that says down, and take the strand down if it acts."""
    counted = replace(
        strand,
        bad=strand.bad + 1,
        hard=strand.hard + 1,
        good=0,
        answered=0,
        last_bad_at=at,
        seen=cause,
    )
    if cause is None:
        return counted
    if strand.fell and strand.cause in CREDENTIAL and finding.cause in CREDENTIAL - {cause}:
        return _taken(counted, finding, cause, at)  # the belief is withdrawn, the state stays
    acts = strand.half_open or _acts(counted, strand.seen, cause, probing)
    return _taken(counted, finding, cause, at) if acts and _yields(strand, cause) else counted


def _better(
    strand: Strand, finding: Finding, cause: Cause | None, probing: Probing, at: datetime
) -> Strand:
    """Count a finding that says up or degraded, and follow it if it acts."""
    counted = replace(
        strand,
        bad=strand.bad + 1 if cause else 0,
        hard=0,
        good=0 if cause else strand.good + 1,
        answered=strand.answered + 1,
        last_bad_at=at if cause else strand.last_bad_at,
        seen=cause,
        proves=strand.proves if cause else finding.proves,
        half_open=False,
    )
    if stuck(strand, at):
        return counted
    low = cause is not None and _acts(counted, strand.seen, cause, probing)
    if cause and low and (strand.state is not State.DOWN or counted.answered >= probing.rise):
        return _taken(counted, finding, cause, at) if _yields(strand, cause) else counted
    streak = counted.good if strand.state is State.DEGRADED else counted.answered
    if strand.fell and streak < probing.rise and strand.probe != DELIVERY:
        return counted
    return _up(counted, finding, at)


def _acts(counted: Strand, before: Cause | None, cause: Cause, probing: Probing) -> bool:
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


def _yields(strand: Strand, cause: Cause) -> bool:
    """Return whether what the strand says now gives way to `cause`.

    What was counted gives way to whatever acts. What acted at once gives way
    only to something at least as grave that acts at once: three time-outs do
    not make a locked account a healthy one.
    """
    if not strand.fell or strand.cause is None or strand.state is State.UNKNOWN:
        return True
    standing, new = EFFECTS[strand.cause], EFFECTS[cause]
    if standing.acts is not Acts.AT_ONCE or standing.state is not new.state:
        return True
    return new.acts is Acts.AT_ONCE and new.gravity >= standing.gravity


def _taken(strand: Strand, finding: Finding, cause: Cause, at: datetime) -> Strand:
    state = EFFECTS[cause].state or strand.state
    said = finding.until if finding.until and finding.until > at else None
    until = said or (strand.until if cause is strand.cause else None)
    return replace(
        strand,
        state=state,
        cause=cause,
        evidence=finding.evidence,
        since=strand.since if state is strand.state else at,
        until=until,
        fell=True,
        half_open=False,
    )


def _up(strand: Strand, finding: Finding, at: datetime) -> Strand:
    return replace(
        strand,
        state=State.UP,
        cause=None,
        evidence=finding.evidence,
        since=strand.since if strand.state is State.UP else at,
        until=None,
        fell=False,
    )
