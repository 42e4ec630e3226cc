"""One question, several vantages: what the majority of those who looked lately says.

Only answers to the same question are votes: a track of another probe is another
question. A vantage that looked too long ago is silent. A bad word needs a
majority; where the votes are even, the good one stands, for a place that cannot
see only ever errs to the bad. So a blind minority changes nothing.

What the platform itself said of our account (a refusal, a limit, a lock) is no
blindness: it acts at once, from wherever it was heard, until a majority has
asked the same after it and was answered otherwise.

With one vantage all of this is what that vantage says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sentinel.domain.cause import Cause, State
from sentinel.domain.observation import Observation
from sentinel.domain.track import Track, needs_person

GONE_AFTER = timedelta(hours=1)
"""A vantage that has been stale for so long is forgotten: nodes get new names."""


def questions(tracks: Iterable[Track]) -> list[list[Track]]:
    """Return the tracks of one ability, those that answer the same question together."""
    groups: dict[tuple[str, bool], list[Track]] = {}
    for track in tracks:
        groups.setdefault((track.probe, track.shared), []).append(track)
    return list(groups.values())


def voters(question: Sequence[Track]) -> list[Track]:
    """Return those tracks of one question that have a say in it now."""
    speaking = [track for track in question if track.state is not State.UNKNOWN]
    if len(speaking) == 1:
        return speaking
    words = [track.cause_at for track in speaking if track.decisive and track.cause_at]
    if not words:
        return speaking
    heard = max(words)
    return [track for track in speaking if track.decisive or track.seen_at >= heard]


def word(question: Sequence[Track]) -> State | None:
    """Return what the vantages together answer to one question; None: nobody has a say."""
    if len(question) == 1:  # the usual case, and the same by the rules below
        state = question[0].state
        return None if state is State.UNKNOWN else state
    voting = voters(question)
    if not voting:
        return None
    if any(needs_person(track) for track in voting):
        return State.DOWN
    states = sorted((track.state for track in voting), key=lambda state: state.badness)
    decisive = any(track.decisive for track in voting)
    return states[len(states) // 2 if decisive else (len(states) - 1) // 2]


def last_bad(question: Sequence[Track]) -> datetime | None:
    """Return when a majority of those who look last had a failure between them."""
    looking = [track for track in question if track.state is not State.UNKNOWN] or question
    failed = sorted((track.last_bad_at for track in looking if track.last_bad_at), reverse=True)
    needed = len(looking) // 2
    return failed[needed] if needed < len(failed) else None


def outvoted(tracks: Iterable[Track], observation: Observation, probe: str) -> bool:
    """Return whether a bad finding is this vantage's own: most others ask `probe` and see well."""
    ability, here = observation.finding.ability, observation.vantage
    others = [
        track
        for track in tracks
        if track.ability is ability
        and track.probe == probe
        and not track.shared
        and track.vantage != here
        and track.state is not State.UNKNOWN
        and track.cut_off is None
    ]
    well = sum(track.seen is None for track in others)
    return well > len(others) - well


def cut_off(tracks: Iterable[Track]) -> str | None:
    """Return the evidence that our line is lost, if nobody is left who can see; else None."""
    mine = list(tracks)
    blind = {track.vantage for track in mine if track.cut_off is not None}
    if not blind:
        return None
    sighted = any(
        not track.shared and track.vantage not in blind and track.state is not State.UNKNOWN
        for track in mine
    )
    if sighted:
        return None
    return next(track.cut_off for track in mine if track.cut_off is not None)


def begun(tracks: Iterable[Track], fresh: Track) -> Track:
    """Return the first track of a vantage that joins: it begins where the others stand.

    Otherwise one good look from a new place would bring back in one step what
    takes `rise` of them, or do without the doubt that an old failure left.
    """
    mates = [
        track
        for track in tracks
        if track.ability is fresh.ability and track.probe == fresh.probe and not track.shared
    ]
    fallen = [track for track in mates if track.fell and not track.decisive]
    if fresh.shared or not fallen or word(mates) is State.UP:
        return fresh
    return _like(fallen[0], fresh)


def _like(other: Track, fresh: Track) -> Track:
    return Track(
        probe=fresh.probe,
        ability=fresh.ability,
        vantage=fresh.vantage,
        proves=fresh.proves,
        state=other.state,
        cause=other.cause,
        evidence=other.evidence,
        since=other.since,
        cause_at=other.cause_at,
        seen_at=fresh.seen_at,
        fell=True,
    )


def gone(question: Iterable[Track], here: str, at: datetime) -> list[Track]:
    """Return the tracks of vantages that have long been silent, while the one `here` looks."""
    return [
        track
        for track in question
        if not track.shared
        and track.vantage != here
        and track.cause is Cause.STALE
        and track.since + GONE_AFTER <= at
    ]
