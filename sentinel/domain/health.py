"""The health of a channel: what each ability is, judged from observations.

One strand per ability and probe (`sentinel.domain.strand`); the verdict is the
worst that any strand still says. Two things stand above the strands: our own
line (while it is lost, nothing that was only counted is held against the
platform) and flapping (after too many changes, coming back needs a calm).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sentinel.domain import strand
from sentinel.domain.cause import EFFECTS, Ability, Cause, Severity, State
from sentinel.domain.observation import Observation
from sentinel.domain.recovery import at_moment, beside, next_event
from sentinel.domain.recovery import released as strand_released
from sentinel.domain.rules import FailOverWhen, Flapping, Probing
from sentinel.domain.strand import REACHABILITY, Strand, after, believed, unseen
from sentinel.domain.voice import calm_again_at, recent, voted
from sentinel.domain.wording import say
from sentinel.errors import Phrase

DELIVERY = strand.DELIVERY
"""The probe name under which outcomes of real posts are observed."""

_CONFIGURATION = "configuration"  # the strand under which a broken configuration stands


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHealth:
    """Everything remembered of one channel; survives a restart as it is."""

    channel: str
    strands: Mapping[str, Strand] = field(default_factory=dict)  # by "ability/probe"
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

    `family_calm` (`sentinel.domain.family.calm`) decides whether a confirmed
    credential error is believed. For `check`, which judges at once, pass a
    `probing` whose `fall` and `rise` are 1.
    """
    cause = believed(observation.finding, family_calm=family_calm)
    ability = observation.finding.ability
    key, trial = f"{ability}/{observation.probe}", f"{ability}/{DELIVERY}"
    strands = _strands_at(health, probing, at)
    strands[key] = after(
        strands.get(key) or unseen(observation, at), observation, cause, probing, at
    )
    if key != trial and trial in strands:
        strands[trial] = beside(strands[trial], observation, cause, probing, at)
    if _crossed_the_line(observation):
        strands = {key: _on_line(strand) for key, strand in strands.items()}
    return _judged(health, strands, probing.flapping, at)


def at_time(health: ChannelHealth, probing: Probing, at: datetime) -> ChannelHealth:
    """Return the health as it stands at `at` if nothing more was observed.

    What grew stale no longer counts, resets have come, calms have passed. The
    very same object comes back if nothing changed.
    """
    due = next_change_at(health, probing, at)
    if due is None or due > at:
        return health
    return _judged(health, _strands_at(health, probing, at), probing.flapping, at)


def next_change_at(health: ChannelHealth, probing: Probing, at: datetime) -> datetime | None:
    """Return when, not before `at`, `at_time` next changes something; None: never."""
    events = [next_event(strand, probing) for strand in health.strands.values()]
    for ability, verdict in health.verdicts.items():
        mine = _of(health.strands, ability)
        if verdict.state is not State.UP and voted(mine).state is State.UP:
            changes = health.changes.get(ability, ())
            events.append(calm_again_at(mine, changes, probing.flapping, at) or at)
    earliest = min((event for event in events if event), default=None)
    return max(earliest, at) if earliest else None


def misconfigured(health: ChannelHealth, evidence: str, at: datetime) -> ChannelHealth:
    """Return the health of a channel that its configuration keeps from working at all."""
    strands = dict(health.strands)
    for ability in health.verdicts:
        known = strands.get(f"{ability}/{_CONFIGURATION}")
        if known and known.evidence == evidence:
            continue
        strands[f"{ability}/{_CONFIGURATION}"] = Strand(
            probe=_CONFIGURATION,
            ability=ability,
            state=State.DOWN,
            cause=Cause.BAD_CONFIGURATION,
            evidence=evidence,
            since=at,
            seen_at=at,
            fell=True,
        )
    return health if strands == health.strands else _judged(health, strands, None, at)


def configured(health: ChannelHealth, at: datetime) -> ChannelHealth:
    """Return the health once the configuration is whole: what was observed counts again."""
    return forget(health, _CONFIGURATION, at)


def forget(health: ChannelHealth, probe: str, at: datetime) -> ChannelHealth:
    """Return the health without anything that `probe` said: for a probe that was switched off."""
    strands = {key: kept for key, kept in health.strands.items() if kept.probe != probe}
    if len(strands) == len(health.strands):
        return health
    return _judged(health, strands, None, at)


def released(health: ChannelHealth, ability: Ability | None, at: datetime) -> ChannelHealth:
    """Return the health after a person said of `ability` (None: of all): try it again.

    Ends a locked account, a reset that is still to come, and refused
    deliveries; the first message then goes alone. What probes see stays.
    """
    strands = {
        key: strand_released(strand, at) if ability in {None, strand.ability} else strand
        for key, strand in health.strands.items()
    }
    return _judged(health, strands, None, at)


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


def explain(channel: str, ability: Ability, verdict: Verdict) -> Phrase:
    """Return one sentence for a press officer: what works or does not, and why."""
    return say(
        channel,
        ability,
        verdict.state,
        verdict.cause,
        until=verdict.until,
        half_open=verdict.half_open,
    )


def sentence(channel: str, ability: Ability, verdict: Verdict, language: str) -> str:
    """Return the sentence of `explain` in one language."""
    return explain(channel, ability, verdict).in_(language)


def _diverts(verdict: Verdict, fail_over_when: FailOverWhen, severity: Severity) -> bool:
    moves = verdict.cause is None or EFFECTS[verdict.cause].diverts.moves(severity)
    match verdict.state:
        case State.UP:
            return False
        case State.DEGRADED:
            return moves and fail_over_when is FailOverWhen.DEGRADED
        case State.DOWN | State.UNKNOWN:
            return moves


def _crossed_the_line(observation: Observation) -> bool:
    """Return whether this observation shows that our line works; a ledger's sums do not."""
    finding = observation.finding
    if finding.cause and EFFECTS[finding.cause].state is State.UNKNOWN:
        return False
    return finding.proves or observation.probe == REACHABILITY


def _on_line(strand: Strand) -> Strand:
    return strand if strand.cut_off is None else replace(strand, cut_off=None)


def _strands_at(health: ChannelHealth, probing: Probing, at: datetime) -> dict[str, Strand]:
    return {key: at_moment(strand, probing, at) for key, strand in health.strands.items()}


def _of(strands: Mapping[str, Strand], ability: Ability) -> tuple[Strand, ...]:
    return tuple(strand for strand in strands.values() if strand.ability is ability)


def _judged(
    health: ChannelHealth, strands: Mapping[str, Strand], flapping: Flapping | None, at: datetime
) -> ChannelHealth:
    """Return the health with these strands and new verdicts. `flapping` None: a person's act."""
    verdicts = dict(health.verdicts)
    changes = dict(health.changes)
    for ability in dict.fromkeys((*verdicts, *(s.ability for s in strands.values()))):
        before, mine = verdicts.get(ability), _of(strands, ability)
        lately = recent(changes.get(ability, ()), flapping, at) if flapping else None
        verdict = verdicts[ability] = _verdict(before, mine, at)
        if flapping and lately is not None:
            calm = calm_again_at(mine, lately, flapping, at)
            if before and calm and calm > at and _comes_back(before, verdict):
                verdicts[ability] = _waiting(before, verdict, len(lately), calm)
            elif _changed(before, verdict):
                lately = (*lately, at)
            changes[ability] = lately
    kept = {ability: times for ability, times in changes.items() if times}
    return replace(health, strands=strands, verdicts=verdicts, changes=kept)


def _verdict(before: Verdict | None, mine: Sequence[Strand], at: datetime) -> Verdict:
    voice = voted(mine)
    same = before is not None and before.state is voice.state
    if before and voice.state is State.UNKNOWN:  # each doubt has its own beginning
        same = same and before.cause is voice.cause
    return Verdict(
        state=voice.state,
        cause=voice.cause,
        evidence=voice.evidence,
        since=before.since if before and same else at,
        until=voice.until,
        half_open=any(strand.half_open for strand in mine),
        checked_at=max((strand.seen_at for strand in mine), default=None),
    )


def _waiting(before: Verdict, now: Verdict, changes: int, calm: datetime) -> Verdict:
    """Return the old verdict, kept because the ability flaps."""
    why = f"{changes} changes lately: waits for a calm until {calm:%H:%M:%S} UTC"
    return replace(before, evidence=why, until=calm, checked_at=now.checked_at)


def _comes_back(before: Verdict, now: Verdict) -> bool:
    return now.state is State.UP and before.state in {State.DOWN, State.DEGRADED}


def _changed(before: Verdict | None, now: Verdict) -> bool:
    """Return whether this is a change between up and not up. A doubt is not."""
    if before is None or State.UNKNOWN in {before.state, now.state}:
        return False
    return (before.state is State.UP) != (now.state is State.UP)
