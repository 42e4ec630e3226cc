"""What all tracks together say of an ability now, and whether it flaps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sentinel.domain.cause import EFFECTS, Ability, Acts, Cause, State
from sentinel.domain.quorum import cut_off, last_bad, questions, voters, word
from sentinel.domain.rules import Flapping
from sentinel.domain.track import Track


@dataclass(frozen=True, slots=True)
class Voice:
    """What is said of an ability. `by` are the tracks that say so, the first one loudest."""

    state: State
    cause: Cause | None = None
    evidence: str = ""
    until: datetime | None = None
    by: tuple[Track, ...] = ()

    @property
    def badness(self) -> tuple[int, int]:
        """The greater, the worse: by state, then by the cause's gravity."""
        return self.state.badness, EFFECTS[self.cause].gravity if self.cause else 0


def voices(tracks: Collection[Track], abilities: Iterable[Ability]) -> Mapping[Ability, Voice]:
    """Return what is said of each ability. A wrong configuration takes all of them down."""
    mine: dict[Ability, list[Track]] = {ability: [] for ability in abilities}
    for track in tracks:
        mine.setdefault(track.ability, []).append(track)
    said = {ability: voted(some) for ability, some in mine.items()}
    wrong = [voice for voice in said.values() if voice.cause is Cause.BAD_CONFIGURATION]
    if not wrong:
        return said
    return {
        ability: max(voice, wrong[0], key=lambda one: one.badness)
        for ability, voice in said.items()
    }


def voted(tracks: Iterable[Track]) -> Voice:
    """Return the worst that the answers to any question about one ability say.

    While our own line is lost, nothing that was only counted is held against
    the platform, and nothing good is believed either.
    """
    mine = tuple(tracks)
    said = [voice for question in questions(mine) if (voice := _answer(question))]
    lost = cut_off(mine)
    if lost is not None:
        said = [v for v in said if v.cause and EFFECTS[v.cause].acts is not Acts.COUNTED]
        blind = tuple(track for track in mine if track.cut_off is not None)
        said.append(Voice(State.UNKNOWN, Cause.UPLINK_LOST, lost, by=blind))
    if said:
        loudest = max(said, key=lambda voice: voice.badness)
        return _together(loudest, said)
    stale = tuple(track for track in mine if track.cause is Cause.STALE and track.proves)
    return Voice(State.UNKNOWN, Cause.STALE if stale else Cause.NOT_OBSERVED, by=stale)


def recent(changes: Iterable[datetime], flapping: Flapping, at: datetime) -> tuple[datetime, ...]:
    """Return those changes that still lie within the window."""
    return tuple(change for change in changes if change + flapping.within > at)


def calm_again_at(
    tracks: Iterable[Track], changes: Iterable[datetime], flapping: Flapping, at: datetime
) -> datetime | None:
    """Return until when a flapping ability must stay calm to count as up; None: not flapping."""
    lately = recent(changes, flapping, at)
    if len(lately) <= flapping.changes:
        return None
    failed = [moment for question in questions(tracks) if (moment := last_bad(question))]
    if not failed:
        return None
    return min(max(failed) + flapping.calm_for, lately[-flapping.changes - 1] + flapping.within)


def _answer(question: Sequence[Track]) -> Voice | None:
    """Return what the answers to one question say of their ability now; None: nothing."""
    state = word(question)
    if state is None:
        doubts = tuple(track for track in question if track.fell)
        return Voice(State.UNKNOWN, Cause.STALE, doubts[0].evidence, by=doubts) if doubts else None
    if state is State.UP:
        proof = tuple(track for track in question if track.state is State.UP and track.proves)
        return Voice(State.UP, evidence=proof[0].evidence, by=proof) if proof else None
    saying = [track for track in voters(question) if track.state is state]
    by = tuple(sorted(saying, key=_gravity, reverse=True))
    return Voice(state, by[0].cause, by[0].evidence, by[0].until, by)


def _gravity(track: Track) -> int:
    return EFFECTS[track.cause].gravity if track.cause else 0


def _together(loudest: Voice, said: Iterable[Voice]) -> Voice:
    """Return the loudest voice with all who say the same, itself first."""
    others = [
        track
        for voice in said
        if voice is not loudest and (voice.state, voice.cause) == (loudest.state, loudest.cause)
        for track in voice.by
    ]
    by = (*loudest.by, *others)
    return Voice(loudest.state, loudest.cause, loudest.evidence, loudest.until, by)
