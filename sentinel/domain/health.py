"""The health of a channel: what each ability is, judged from observations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sentinel.domain.cause import Ability, Cause, State

DELIVERY = "delivery"
"""The probe name under which outcomes of real posts are observed."""


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
    good: int = 0  # successes in a row
    last_bad_at: datetime | None = None
    seen_at: datetime
    fresh_until: datetime | None = None
    proves: bool = True
    vantage: str = ""


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
