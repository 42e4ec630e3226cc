"""What all strands together say of an ability now, and whether it flaps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sentinel.domain.cause import EFFECTS, Acts, Cause, State
from sentinel.domain.rules import Flapping
from sentinel.domain.strand import Strand


@dataclass(frozen=True, slots=True)
class Voice:
    """What is said of an ability."""

    state: State
    cause: Cause | None = None
    evidence: str = ""
    until: datetime | None = None

    @property
    def badness(self) -> tuple[int, int]:
        """The greater, the worse: by state, then by the cause's gravity."""
        return self.state.badness, EFFECTS[self.cause].gravity if self.cause else 0


def voted(strands: Iterable[Strand]) -> Voice:
    """Return the worst that any strand of one ability says.

    While our own line is lost, nothing that was only counted is held against
    the platform, and nothing good is believed either.
    """
    mine = tuple(strands)
    voices = [voice for strand in mine if (voice := _voice(strand))]
    lost = next((strand.cut_off for strand in mine if strand.cut_off is not None), None)
    if lost is not None:
        voices = [v for v in voices if v.cause and EFFECTS[v.cause].acts is not Acts.COUNTED]
        voices.append(Voice(State.UNKNOWN, Cause.UPLINK_LOST, lost))
    if voices:
        return max(voices, key=lambda voice: voice.badness)
    stale = any(strand.cause is Cause.STALE and strand.proves for strand in mine)
    return Voice(State.UNKNOWN, Cause.STALE if stale else Cause.NOT_OBSERVED)


def recent(changes: Iterable[datetime], flapping: Flapping, at: datetime) -> tuple[datetime, ...]:
    """Return those changes that still lie within the window."""
    return tuple(change for change in changes if change + flapping.within > at)


def calm_again_at(
    strands: Iterable[Strand], changes: Iterable[datetime], flapping: Flapping, at: datetime
) -> datetime | None:
    """Return until when a flapping ability must stay calm to count as up; None: not flapping."""
    lately = recent(changes, flapping, at)
    last = max((s.last_bad_at for s in strands if s.last_bad_at), default=None)
    if len(lately) <= flapping.changes or last is None:
        return None
    return min(last + flapping.calm_for, lately[-flapping.changes - 1] + flapping.within)


def _voice(strand: Strand) -> Voice | None:
    """Return what a strand says of its ability now; None: nothing."""
    if strand.state in {State.DOWN, State.DEGRADED}:
        return Voice(strand.state, strand.cause, strand.evidence, strand.until)
    if strand.state is State.UNKNOWN and strand.fell:
        return Voice(State.UNKNOWN, Cause.STALE, strand.evidence)
    if strand.state is State.UP and strand.proves:
        return Voice(State.UP, evidence=strand.evidence)
    return None
