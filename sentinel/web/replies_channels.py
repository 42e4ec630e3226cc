"""What the API answers about channels, what broke, and what each verdict rests on."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.outage import OutageKind
from sentinel.domain.rules import Mode
from sentinel.domain.shortage import Nearness
from sentinel.web.replies import Both, Reply


class CheckOut(Reply):
    """What one check saw; `vantage` is the node that looked, null: our own books."""

    probe: str
    vantage: str | None
    at: AwareDatetime
    saw: str
    cause: Cause | None
    in_a_row: int
    good_since: int
    since: AwareDatetime
    edge: str | None


class EdgeCheckOut(CheckOut):
    """What one check saw; of an outage of an edge, on which channel."""

    channel: str = ""


class VerdictOut(Reply):
    """The state of one ability, and why."""

    state: State
    cause: Cause | None
    evidence: str
    since: AwareDatetime | None
    until: AwareDatetime | None
    held_by: str | None
    sentence: Both | None
    checks: list[CheckOut]


class QuotaOut(Reply):
    """One window of a limit, and when it will be used up."""

    name: str
    limit: int | float | None
    remaining: int | float | None
    resets_at: AwareDatetime | None
    exhausted_at: AwareDatetime | None
    exhausted_earliest: AwareDatetime | None
    exhausted_latest: AwareDatetime | None
    reserve: int | float
    reserved_at: AwareDatetime | None
    cost: int | float
    source: str
    shared_with: list[str]
    nearness: Nearness
    sentence_de: str | None
    sentence_en: str | None


class CredentialOut(Reply):
    """When the credential ends, if that is known."""

    expires_at: AwareDatetime | None


class FreezeOut(Reply):
    """Why a channel is out of service, by whom, and until when."""

    reason: str
    by: str
    until: AwareDatetime | None


class OperatorWordOut(Reply):
    """What an operator says of itself: evidence, by which nothing is judged."""

    says: str
    text: str
    source: str
    at: AwareDatetime


class ChannelOut(Reply):
    """A channel with its four abilities."""

    id: str
    platform: str
    operator: str
    mode: Mode
    reach: int | None
    by_hand: bool
    abilities: dict[Ability, VerdictOut]
    quota: list[QuotaOut]
    credential: CredentialOut
    pending: int
    frozen: FreezeOut | None
    operator_says: OperatorWordOut | None


class FrozenOut(Reply):
    """Whether a channel is out of service now; null: it was put back."""

    id: str
    frozen: FreezeOut | None


class ResultOut(Reply):
    """What one probe found just now; `noted` judges nothing."""

    channel: str
    probe: str
    ability: Ability | None
    result: Literal["good", "bad", "noted"]
    cause: Cause | None
    evidence: str
    duration_ms: float


class CheckedOut(Reply):
    """What every probe of a channel found, and how it stands now."""

    items: list[ResultOut]
    channels: list[ChannelOut]


class OutageOut(Reply):
    """Something that broke, and who takes care of it."""

    id: str
    kind: OutageKind
    channel: str | None
    ability: Ability | None
    operator: str | None
    cause: Cause | None
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    acknowledged_by: str | None
    acknowledged_at: AwareDatetime | None
    comment: str | None
    waves: int
    messages: list[str]
    channels: list[str]
    sentence: Both | None
    checks: list[EdgeCheckOut]
