"""What the API answers about people: who is told, who is on call, who may what, and the posture."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from sentinel.domain.posture import Posture, Why
from sentinel.domain.silence import SilenceKind
from sentinel.web.access import Scope
from sentinel.web.replies import Reply
from sentinel.web.replies_channels import OutageOut


class EscalationOut(Reply):
    """How far an escalation has climbed; `level` counts from 1, 0: nobody was told yet."""

    id: str
    level: int
    levels: int
    told: list[str]
    repeats: int
    grave: bool
    next_at: AwareDatetime | None
    closed_at: AwareDatetime | None


class WholeOutageOut(OutageOut):
    """An outage with its escalation, and the ids of those that staff are told of with it."""

    escalation: EscalationOut | None
    together: list[str] = Field(alias="with")


class SilenceOut(Reply):
    """What alarms nobody for a time."""

    id: str
    kind: SilenceKind
    channel: str | None
    operator: str | None
    channels: list[str]
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    ended_at: AwareDatetime | None
    reason: str
    by: str
    created_at: AwareDatetime
    state: Literal["planned", "active", "over"]


class GapOut(Reply):
    """A time in which nobody is on call."""

    begins: AwareDatetime = Field(alias="from")
    ends: AwareDatetime = Field(alias="to")


class NextOut(Reply):
    """Who comes next, and for how long."""

    contacts: list[str]
    begins: AwareDatetime = Field(alias="from")
    until: AwareDatetime | None


class CalendarOut(Reply):
    """How reading a rota's calendar goes."""

    read: bool
    fetched_at: AwareDatetime | None
    trouble: str | None
    trouble_de: str | None
    trouble_en: str | None
    skipped: int


class RotaOut(Reply):
    """Who is on call."""

    name: str
    on_call: list[str]
    until: AwareDatetime | None
    next: NextOut | None
    gaps: list[GapOut]
    strangers: list[str]
    calendar: CalendarOut


class StanceOut(Reply):
    """How the city stands: calm or crisis, since when, and what turned it."""

    posture: Posture
    since: AwareDatetime | None
    why: Why | None
    reason: str
    by: str | None
    message: int | None


class HoldOut(Reply):
    """Why all publishing is stopped."""

    reason: str
    by: str
    since: AwareDatetime


class HeldOut(Reply):
    """Whether all publishing is stopped; null: it goes on."""

    hold: HoldOut | None


class TokenOut(Reply):
    """An access token, never itself."""

    id: str
    name: str
    scopes: list[Scope]
    created_at: AwareDatetime
    created_by: str | None
    expires_at: AwareDatetime | None
    revoked_at: AwareDatetime | None


class NewTokenOut(TokenOut):
    """A new access token, this once with itself."""

    token: str


class RevokedOut(Reply):
    """A token that has ended."""

    id: str
    revoked_at: AwareDatetime


class UserOut(Reply):
    """Somebody who may log in."""

    id: str
    name: str
    may: list[Scope]
    created_at: AwareDatetime
    created_by: str
    password_set_at: AwareDatetime
