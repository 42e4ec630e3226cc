"""What the API answers in figures: risks and losses, availability, the report, and `/health`."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from sentinel.domain.cause import Ability, Cause, Severity, State
from sentinel.domain.message import MessageState
from sentinel.domain.posture import Posture
from sentinel.domain.resilience import LossKind
from sentinel.domain.risks import Gravity, RiskKind
from sentinel.web.replies import Reply
from sentinel.web.replies_channels import OutageOut


class RiskOut(Reply):
    """One risk."""

    kind: RiskKind
    gravity: Gravity
    subject: str
    due_at: AwareDatetime | None
    routes: list[str]
    sentence_de: str
    sentence_en: str


class LossOut(Reply):
    """What the loss of one thing would do to each route; reach in followers."""

    kind: LossKind
    name: str
    stranded: list[str]
    degraded: list[str]
    reach_lost: int
    reach_total: int
    sentence_de: str
    sentence_en: str


class OperatorOut(Reply):
    """What hangs on one operator; `share` is of all followers, from 0 to 1."""

    operator: str
    channels: list[str]
    reach: int
    share: float


class RisksOut(Reply):
    """The risk register, the gravest first; all at once, so `next` is null."""

    items: list[RiskOut]
    losses: list[LossOut]
    operators: list[OperatorOut]
    next: None


class FiguresOut(Reply):
    """Availability in figures; `share` is of the time in which the state was known."""

    share: float | None
    known: float | None
    up_s: float
    degraded_s: float
    down_s: float
    unknown_s: float
    checks: int
    failures: int
    mean_ms: float | None
    slowest_ms: float | None


class DayOut(FiguresOut):
    """One day (UTC) of one ability."""

    day: date
    ability: Ability


class AvailabilityOut(Reply):
    """The last days of one channel; all at once, so `next` is null."""

    channel: str
    begins: AwareDatetime = Field(alias="from")
    ends: AwareDatetime = Field(alias="to")
    abilities: dict[Ability, FiguresOut]
    items: list[DayOut]
    next: None


class ReportedChannelOut(FiguresOut):
    """One ability of a channel over the whole period."""

    channel: str
    ability: Ability
    in_rules: bool


class CountsOut(Reply):
    """How many messages were accepted."""

    accepted: int
    by_state: dict[MessageState, int]
    by_severity: dict[Severity, int]


class ReportOut(Reply):
    """What happened between two days (UTC, both included)."""

    organisation: str
    begins: date = Field(alias="from")
    ends: date = Field(alias="to")
    made_at: AwareDatetime
    channels: list[ReportedChannelOut]
    outages: list[OutageOut]
    outages_whole: bool
    messages: CountsOut


class HealthCheckOut(Reply):
    """One check of `/health`; `output` only for callers with `read`."""

    status: Literal["pass", "warn", "fail"]
    component: str = Field(alias="componentType")
    observed: float | None = Field(default=None, alias="observedValue")
    unit: str = Field(default="", alias="observedUnit")
    state: State | None = None
    cause: Cause | None = None
    time: AwareDatetime | None = None
    output: str = ""


class HealthOut(Reply):
    """How everything stands."""

    status: Literal["pass", "warn", "fail"]
    version: str
    release: str = Field(alias="releaseId")
    service: str = Field(alias="serviceId")
    hold: bool
    posture: Posture
    stranded: int
    checks: dict[str, list[HealthCheckOut]]
