"""Silences and maintenance: what stays quiet, and until when. A stranded message never does."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sentinel.domain.outage import OutageKind

SilenceKind: TypeAlias = Literal["silence", "maintenance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A time in which outages of a channel, an operator, or of all, alarm nobody.

    Neither `channel` nor `operator` nor `channels`: all. `maintenance` is
    announced to staff, a `silence` is not. `actor_*` is who asked for it.
    """

    id: str
    kind: SilenceKind
    channel: str | None = None
    operator: str | None = None
    channels: tuple[str, ...] = ()  # of maintenance that the rules state
    starts_at: datetime
    ends_at: datetime
    reason: str
    actor_kind: str
    actor_id: str
    created_at: datetime
    begun_at: datetime | None = None  # its begin was journalled
    ended_at: datetime | None = None  # its end was: by time, or by a person before it

    @property
    def of_all(self) -> bool:
        """True when it names nothing, and so means everything."""
        return not (self.channel or self.operator or self.channels)

    def holds(self, at: datetime) -> bool:
        """Return whether it is in force at `at`."""
        return self.ended_at is None and self.starts_at <= at < self.ends_at

    def covers(
        self, kind: str, channel: str | None, operator: str | None, hit: Collection[str]
    ) -> bool:
        """Return whether an outage falls under it, whenever that is.

        `hit` are the channels behind an edge: it is covered when all of them are.
        """
        if kind == OutageKind.STRANDED:
            return False
        if self.of_all:
            return True
        if self.operator is not None and self.operator == operator:
            return True
        named = {*self.channels, *([self.channel] if self.channel else [])}
        touched = {channel} if channel else set(hit)
        return bool(touched) and touched <= named


def silent_until(
    silences: Iterable[Silence],
    at: datetime,
    *,
    kind: str,
    channel: str | None,
    operator: str | None,
    hit: Collection[str] = (),
) -> datetime | None:
    """Return until when an outage alarms nobody; None: it may alarm at `at`.

    Silences that overlap count as one, as far as they reach without a gap.
    """
    ends = [(s.starts_at, s.ends_at) for s in silences if _bears(s, kind, channel, operator, hit)]
    until = at
    for starts_at, ends_at in sorted(ends):
        if starts_at <= until < ends_at:
            until = ends_at
    return until if until > at else None


def _bears(
    silence: Silence, kind: str, channel: str | None, operator: str | None, hit: Collection[str]
) -> bool:
    return silence.ended_at is None and silence.covers(kind, channel, operator, hit)


def subject_of(silence: Silence) -> Mapping[str, object]:
    """Return what a silence is about, as the journal and the interface show it."""
    return {
        "channel": silence.channel,
        "operator": silence.operator,
        "channels": list(silence.channels),
    }
