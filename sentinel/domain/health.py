"""The health of a channel: what each ability is, judged from observations.

One track per ability, probe and vantage (`sentinel.domain.track`); what several
vantages make of one question is `sentinel.domain.quorum`; the verdict is the
worst that the answer to any question still says. Two things stand above the
tracks: our own line (while it is lost, nothing that was only counted is held
against the platform) and flapping (after too many changes, coming back needs a
calm).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo

from sentinel.domain import recovery, track
from sentinel.domain.cause import EFFECTS, Ability, Cause, Severity, State
from sentinel.domain.counting import believed, doubted
from sentinel.domain.evidence import Evidence, evidence_of, grounds
from sentinel.domain.observation import Observation
from sentinel.domain.rules import FailOverWhen, Flapping, Probing
from sentinel.domain.told import broken, changed, passed, told
from sentinel.domain.track import CONFIGURATION, Track, key_of
from sentinel.domain.voice import Voice, calm_again_at, recent, voices
from sentinel.domain.wording import say
from sentinel.errors import Phrase

DELIVERY = track.DELIVERY
"""The probe name under which outcomes of real posts are observed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The state of an ability, its cause, its evidence, since when."""

    state: State
    cause: Cause | None
    evidence: str
    since: datetime
    until: datetime | None = None
    half_open: bool = False  # back after publish failures: the first message goes alone
    checked_at: datetime | None = None
    items: tuple[Evidence, ...] = ()  # the checks that say so, the weightiest first
    known: State | None = None  # the last state that was no doubt
    flaps: bool = False  # seen well again, but too many changes lately: waits for a calm


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHealth:
    """Everything remembered of one channel; survives a restart as it is."""

    channel: str
    tracks: Mapping[str, Track] = field(default_factory=dict)  # by `track.key_of`
    verdicts: Mapping[Ability, Verdict] = field(default_factory=dict)
    changes: Mapping[Ability, tuple[datetime, ...]] = field(default_factory=dict)  # for flapping


def blank(channel: str, abilities: Iterable[Ability], at: datetime) -> ChannelHealth:
    """Return the health of a channel of which nothing was observed yet."""
    nothing = Verdict(state=State.UNKNOWN, cause=Cause.NOT_OBSERVED, evidence="", since=at)
    return ChannelHealth(channel=channel, verdicts=dict.fromkeys(abilities, nothing))


def observe(
    health: ChannelHealth,
    observation: Observation,
    probing: Probing,
    *,
    family_calm: bool,
    at: datetime,
) -> ChannelHealth:
    """Return the health after one more observation.

    `family_calm` (`sentinel.domain.family.at_peace`) decides whether a confirmed
    credential error is believed; nothing else needs it. For `check`, which judges at once, pass a
    `probing` whose `fall` and `rise` are 1.
    """
    cause = believed(observation.finding, health.tracks.values(), family_calm=family_calm)
    tracks = told(health.tracks, observation, cause, probing, at)
    return _judged(health, tracks, probing.flapping, at)


def at_time(health: ChannelHealth, probing: Probing, at: datetime) -> ChannelHealth:
    """Return the health as it stands at `at` if nothing more was observed.

    What grew stale no longer counts, resets have come, calms have passed. The
    very same object comes back if nothing changed.
    """
    due = next_change_at(health, probing, at)
    if due is None or due > at:
        return health
    return _judged(health, passed(health.tracks, probing, at), probing.flapping, at)


def next_change_at(health: ChannelHealth, probing: Probing, at: datetime) -> datetime | None:
    """Return when, not before `at`, `at_time` next changes something; None: never."""
    events = [recovery.next_event(track, probing) for track in health.tracks.values()]
    waiting = [a for a, verdict in health.verdicts.items() if verdict.state is not State.UP]
    said = voices(health.tracks.values(), waiting) if waiting else {}
    for ability in waiting:
        if said[ability].state is State.UP:
            mine, changes = _of(health.tracks, ability), health.changes.get(ability, ())
            events.append(calm_again_at(mine, changes, probing.flapping, at) or at)
    earliest = min((event for event in events if event), default=None)
    return max(earliest, at) if earliest else None


def misconfigured(health: ChannelHealth, evidence: str, at: datetime) -> ChannelHealth:
    """Return the health of a channel that its configuration keeps from working at all."""
    tracks = dict(health.tracks)
    for ability in health.verdicts:
        tracks = broken(tracks, ability, evidence, at)
    return health if tracks == health.tracks else _judged(health, tracks, None, at)


def configured(health: ChannelHealth, at: datetime) -> ChannelHealth:
    """Return the health once the configuration is whole: what was observed counts again."""
    return forget(health, CONFIGURATION, at)


def forget(health: ChannelHealth, probe: str, at: datetime) -> ChannelHealth:
    """Return the health without anything that `probe` said: for a probe that was switched off."""
    tracks = {key: kept for key, kept in health.tracks.items() if kept.probe != probe}
    return health if tracks == health.tracks else _judged(health, tracks, None, at)


def released(health: ChannelHealth, ability: Ability | None, at: datetime) -> ChannelHealth:
    """Return the health after a person said of `ability` (None: of all): try it again.

    Ends a locked account, a reset that is still to come, and refused deliveries;
    the first message then goes alone. What probes see stays.
    """
    tracks = {
        key: recovery.released(track, at) if ability in {None, track.ability} else track
        for key, track in health.tracks.items()
    }
    return _judged(health, tracks, None, at)


def disbelieved(health: ChannelHealth, at: datetime) -> ChannelHealth:
    """Return the health without the belief that the credential is bad.

    For `sentinel.domain.family.shaken`: a sibling fell soon after.
    """
    tracks = {key: doubted(track, at) for key, track in health.tracks.items()}
    return health if tracks == health.tracks else _judged(health, tracks, None, at)


def track_of(health: ChannelHealth, ability: Ability, probe: str, vantage: str) -> Track | None:
    """Return what a probe last said of an ability from a vantage (empty: our own books)."""
    return health.tracks.get(key_of(ability, probe, vantage))


def unusable(
    verdicts: Mapping[Ability, Verdict],
    needs: Iterable[Ability],
    fail_over_when: FailOverWhen,
    severity: Severity,
) -> tuple[Ability, Verdict] | None:
    """Return the first needed ability whose verdict diverts a message of this severity."""
    needed = frozenset(needs)
    for ability in Ability:
        verdict = verdicts.get(ability)
        if ability in needed and verdict and _diverts(verdict, fail_over_when, severity):
            return ability, verdict
    return None


def doubtful(
    verdicts: Mapping[Ability, Verdict], needs: Iterable[Ability], severity: Severity
) -> Verdict | None:
    """Return the doubt for which a grave message also goes to the next channel, if any."""
    needed = frozenset(needs)
    for ability in Ability:
        verdict = verdicts.get(ability)
        if ability not in needed or verdict is None or not severity.grave:
            continue
        never = verdict.cause is Cause.NOT_OBSERVED and ability is Ability.PUBLISH
        if verdict.state is State.UNKNOWN and (never or verdict.cause is Cause.STALE):
            return verdict
    return None


def worst(verdicts: Mapping[Ability, Verdict]) -> State:
    """Return the worst state of a channel. What was never observed counts only if nothing was."""
    states = (v.state for v in verdicts.values() if v.cause is not Cause.NOT_OBSERVED)
    return max(states, key=lambda state: state.badness, default=State.UNKNOWN)


def explain(channel: str, ability: Ability, verdict: Verdict, zone: tzinfo = UTC) -> Phrase:
    """Return one sentence for a press officer: what works or does not, and why, in local time."""
    return say(
        channel,
        ability,
        verdict.state,
        verdict.cause,
        until=verdict.until,
        half_open=verdict.half_open,
        flaps=verdict.flaps,
        grounds=grounds(verdict.items, verdict.state, zone),
        edge=verdict.items[0].edge if verdict.items else "",
        zone=zone,
    )


def _diverts(verdict: Verdict, fail_over_when: FailOverWhen, severity: Severity) -> bool:
    moves = verdict.cause is None or EFFECTS[verdict.cause].diverts.moves(severity)
    match verdict.state:
        case State.UP:
            return False
        case State.DEGRADED:
            return moves and fail_over_when is FailOverWhen.DEGRADED
        case State.DOWN | State.UNKNOWN:
            return moves


def _of(tracks: Mapping[str, Track], ability: Ability) -> tuple[Track, ...]:
    return tuple(track for track in tracks.values() if track.ability is ability)


def _judged(
    health: ChannelHealth, tracks: Mapping[str, Track], flapping: Flapping | None, at: datetime
) -> ChannelHealth:
    """Return the health with these tracks and new verdicts. `flapping` None: a person's act."""
    verdicts = dict(health.verdicts)
    changes = dict(health.changes)
    for ability, voice in _voices(health, tracks).items():
        before, mine = verdicts.get(ability), _of(tracks, ability)
        lately = recent(changes.get(ability, ()), flapping, at) if flapping else None
        verdict = verdicts[ability] = _verdict(before, voice, mine, at)
        if flapping and lately is not None:
            calm = calm_again_at(mine, lately, flapping, at)
            if before and calm and calm > at and _comes_back(before, verdict):
                verdicts[ability] = _waiting(before, verdict, len(lately), calm)
            elif _changed(before, verdict):
                lately = (*lately, at)
            changes[ability] = lately
    kept = {ability: times for ability, times in changes.items() if times}
    return replace(health, tracks=tracks, verdicts=verdicts, changes=kept)


def _voices(health: ChannelHealth, tracks: Mapping[str, Track]) -> Mapping[Ability, Voice]:
    """Return what is said of each ability of which something else may be said than before.

    Without a changed track that is so only where it waits for a calm.
    """
    others = changed(health.tracks, tracks)
    abilities = {track.ability for track in others} | set(health.changes)
    causes = {t.cause for t in others} | {v.cause for v in health.verdicts.values()}
    if Cause.BAD_CONFIGURATION in causes:  # it is of every ability, whichever showed it
        abilities |= set(health.verdicts)
    return voices([track for track in tracks.values() if track.ability in abilities], abilities)


def _verdict(
    before: Verdict | None, voice: Voice, mine: tuple[Track, ...], at: datetime
) -> Verdict:
    same = before is not None and before.state is voice.state
    if before and voice.state is State.UNKNOWN:  # each doubt has its own beginning
        same = same and before.cause is voice.cause
    return Verdict(
        state=voice.state,
        cause=voice.cause,
        evidence=voice.evidence,
        since=before.since if before and same else at,
        until=voice.until,
        half_open=any(track.half_open for track in mine),
        checked_at=max((track.seen_at for track in mine), default=None),
        items=evidence_of(voice.by),
        known=_known(before) if voice.state is State.UNKNOWN else voice.state,
    )


def _waiting(before: Verdict, now: Verdict, changes: int, calm: datetime) -> Verdict:
    """Return the old verdict, kept because the ability flaps. Of a lost line a doubt stays."""
    why = f"{changes} changes lately: waits for a calm until {calm:%H:%M:%S} UTC"
    if before.cause is Cause.UPLINK_LOST:
        before = replace(before, cause=Cause.STALE, since=now.since)
    return replace(before, evidence=why, until=calm, checked_at=now.checked_at, flaps=True)


def _comes_back(before: Verdict, now: Verdict) -> bool:
    """Return whether it was bad when it was last known, and is seen well. Doubt is no way round."""
    return now.state is State.UP and _known(before) in {State.DOWN, State.DEGRADED}


def _changed(before: Verdict | None, now: Verdict) -> bool:
    """Return whether this is a change between up and not up. A doubt is not, its end may be."""
    known = _known(before)
    if known is None or now.state is State.UNKNOWN:
        return False
    return (known is State.UP) != (now.state is State.UP)


def _known(verdict: Verdict | None) -> State | None:
    if verdict is None:
        return None
    return verdict.known if verdict.state is State.UNKNOWN else verdict.state
