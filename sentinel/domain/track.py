"""One probe's word on one ability, from one vantage, with its own counters.

Each probe counts for itself, so that a good answer to one question never heals
the bad answer to another (the token check stayed 200 while writes were
refused: NWS, April 2023). Each vantage counts for itself too, and what several
of them make of one question stands in `sentinel.domain.quorum`.

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
  refused to let us write, or turned our posts away to defend itself, only the
  write path's good findings count: reading well was never the question.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sentinel.domain.cause import EFFECTS, NETWORK, Ability, Acts, Cause, State
from sentinel.domain.observation import Observation
from sentinel.domain.rules import Probing

DELIVERY = "delivery"
"""The probe name under which outcomes of real posts are observed."""

CONFIGURATION = "configuration"
"""The probe name under which a broken configuration stands."""

WRITE_PATH = "write_path"
REACHABILITY = "reachability"
FRESH_INTERVALS = 3
"""What nobody has seen again for so many intervals is stale."""

_EVERYWHERE = frozenset({DELIVERY, CONFIGURATION})  # of the account, whoever found out
_PASSING = NETWORK | {Cause.PLATFORM_FAULT, Cause.SLOW}  # ends by itself; asking does no harm


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """What one probe says of one ability from one vantage, with its own counters."""

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
    bad_since: datetime | None = None  # when the present run of failures began
    cause_at: datetime | None = None  # when the cause that stands first acted
    edge: str = ""  # whose error page the last finding was, if it was an edge's
    denied_at: datetime | None = None  # when our credential was last refused, believed or not
    down_at: datetime | None = None  # when it was last down for what a whole operator falls for

    @property
    def shared(self) -> bool:
        """True if it is of the account and not of a place: posts, our own books, the rules."""
        return not self.vantage or self.probe in _EVERYWHERE

    @property
    def decisive(self) -> bool:
        """True if it says down or degraded by the platform's own word, which acts at once."""
        if self.state not in {State.DOWN, State.DEGRADED} or self.cause is None:
            return False
        return EFFECTS[self.cause].acts in {Acts.AT_ONCE, Acts.CONFIRMED}


def key_of(ability: Ability, probe: str, vantage: str) -> str:
    """Return the name of a track: one for each vantage, or one of the account for all."""
    shared = not vantage or probe in _EVERYWHERE
    return f"{ability}/{probe}" if shared else f"{ability}/{probe}/{vantage}"


def again_after(track: Track, probing: Probing, every: timedelta) -> timedelta | None:
    """Return how soon a probe, whose turn comes `every` so often, must look again out of turn.

    A streak that has begun is completed soon, and what has just fallen is looked
    at once more: three random time-outs in a row happen to a channel about twice
    a year, and then it is over in seconds. What fell for something that passes
    by itself is not left to a rare probe: a channel that works again would stay
    down until its turn, and a stranded message with it. What a reset holds down
    is left in peace: no look could bring it back before.
    """
    if held_until(track) is not None:
        return None
    if 0 < track.bad <= probing.fall or 0 < track.good < probing.rise:
        return probing.recheck_after
    return probing.every if every > probing.every and may_be_over(track) else None


def may_be_over(track: Track) -> bool:
    """Return whether the probe fell for something that can be over at any moment."""
    return track.fell and track.cause in _PASSING


def unseen(observation: Observation, at: datetime) -> Track:
    """Return the track on which `observation` will be the first word."""
    return Track(
        probe=observation.probe,
        ability=observation.finding.ability,
        state=State.UNKNOWN,
        cause=Cause.NOT_OBSERVED,
        since=at,
        seen_at=at,
        proves=observation.finding.proves,
        vantage=observation.vantage,
    )


def held_until(track: Track) -> datetime | None:
    """Return until when the platform's own word holds the track down; None: not held."""
    if track.fell and track.cause and EFFECTS[track.cause].lasts_until_reset:
        return track.until
    return None


def needs_person(track: Track) -> bool:
    """Return whether only a person can end what the track says."""
    return track.fell and track.cause is not None and EFFECTS[track.cause].needs_person


def stuck(track: Track, at: datetime) -> bool:
    """Return whether no good finding can end what the track says."""
    over = held_until(track)
    return needs_person(track) or (over is not None and at < over)
