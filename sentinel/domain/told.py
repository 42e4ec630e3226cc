"""What one observation changes on all the tracks of a channel, and what time alone changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sentinel.domain.cause import EFFECTS, NETWORK, Ability, Cause, State
from sentinel.domain.counting import after
from sentinel.domain.observation import Observation
from sentinel.domain.quorum import begun, gone, outvoted
from sentinel.domain.recovery import at_moment, beside
from sentinel.domain.rules import Probing
from sentinel.domain.track import CONFIGURATION, DELIVERY, REACHABILITY, Track, key_of, unseen

Tracks = Mapping[str, Track]
"""The tracks of one channel, by `track.key_of`."""


def told(
    tracks: Tracks, observation: Observation, cause: Cause | None, probing: Probing, at: datetime
) -> dict[str, Track]:
    """Return the tracks after one more observation, believed to mean `cause`."""
    now = passed(tracks, probing, at)
    if _blind_post(now, observation, cause):
        return now
    ability, probe = observation.finding.ability, observation.probe
    key, trial = key_of(ability, probe, observation.vantage), key_of(ability, DELIVERY, "")
    track = now.get(key) or begun(now.values(), unseen(observation, at))
    now[key] = after(track, observation, cause, probing, at)
    if key != trial and trial in now:
        overruled = cause is not None and outvoted(now.values(), observation, probe)
        if not overruled:
            now[trial] = beside(now[trial], observation, cause, probing, at)
    if _crossed_the_line(observation):
        now = {name: _on_line(some, observation.vantage) for name, some in now.items()}
    question = [some for some in now.values() if some.ability is ability and some.probe == probe]
    for silent in gone(question, observation.vantage, at):
        del now[key_of(silent.ability, silent.probe, silent.vantage)]
    return now


def passed(tracks: Tracks, probing: Probing, at: datetime) -> dict[str, Track]:
    """Return the tracks as they stand at `at` if nothing more was observed."""
    return {key: _at(track, probing, at) for key, track in tracks.items()}


def changed(before: Tracks, after: Tracks) -> list[Track]:
    """Return the tracks that are new or another value, and those that are gone."""
    now = [track for key, track in after.items() if before.get(key) is not track]
    return now + [track for key, track in before.items() if key not in after]


def broken(tracks: Tracks, ability: Ability, evidence: str, at: datetime) -> dict[str, Track]:
    """Return the tracks of a channel whose configuration keeps an ability from working."""
    key = key_of(ability, CONFIGURATION, "")
    known = tracks.get(key)
    if known and known.evidence == evidence:
        return dict(tracks)
    track = Track(
        probe=CONFIGURATION,
        ability=ability,
        state=State.DOWN,
        cause=Cause.BAD_CONFIGURATION,
        evidence=evidence,
        since=at,
        cause_at=at,
        seen_at=at,
        fell=True,
    )
    return {**tracks, key: track}


def _at(track: Track, probing: Probing, at: datetime) -> Track:
    """Return the track at `at`; what is well and fresh, as most are, needs no closer look."""
    fresh = track.fresh_until is None or at < track.fresh_until
    return track if fresh and not track.fell else at_moment(track, probing, at)


def _blind_post(tracks: Tracks, observation: Observation, cause: Cause | None) -> bool:
    """Return whether a post failed only because this vantage cannot see.

    Its own look at the address fails too, and most other vantages' do not.
    """
    if observation.probe != DELIVERY or cause not in NETWORK:
        return False
    own = tracks.get(key_of(observation.finding.ability, REACHABILITY, observation.vantage))
    failing = own is not None and (own.seen is not None or own.cut_off is not None)
    return failing and outvoted(tracks.values(), observation, REACHABILITY)


def _crossed_the_line(observation: Observation) -> bool:
    """Return whether this observation shows that our line works; a ledger's sums do not."""
    finding = observation.finding
    if finding.cause and EFFECTS[finding.cause].state is State.UNKNOWN:
        return False
    return finding.proves or observation.probe == REACHABILITY


def _on_line(track: Track, vantage: str) -> Track:
    if track.cut_off is None or track.vantage != vantage:
        return track
    return replace(track, cut_off=None)
