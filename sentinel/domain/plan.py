"""The words of a routing decision: what it reads, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Delivery, DeliveryState, step
from sentinel.domain.health import Verdict
from sentinel.domain.message import Message, MessageState
from sentinel.domain.posture import Stance
from sentinel.domain.rules import Channel, Freeze, Route


class Reason(StrEnum):
    """Why a channel was passed over (or used against the rule)."""

    OFF = "off"
    FROZEN = "frozen"
    REMOVED = "removed"
    NOT_CHOSEN = "not_chosen"
    NO_EXERCISES = "no_exercises"
    IMPAIRED = "impaired"  # a needed ability is not what it should be
    FAILED = "failed"  # tried, certainly not posted
    WAITED = "waited"  # unsent for `reroute_after`
    UNCLEAR = "unclear"  # perhaps posted; the route goes on without knowing
    CHANNEL_REFUSED = "channel_refused"
    CONTENT_REFUSED = "content_refused"
    DOUBT = "doubt"  # used, but a grave message also goes to the next
    LAST_RESORT = "last_resort"  # used although it looks bad: nothing better is left
    EARLIER_UNDER_WAY = "earlier_under_way"  # an earlier link of its chain is being posted there
    NOT_NEEDED = "not_needed"  # enough others carry it


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One channel as routing sees it."""

    channel: Channel
    verdicts: Mapping[Ability, Verdict]
    freeze: Freeze | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """One channel passed over (or used in doubt, or as a last resort) by one route, and why."""

    route: str
    channel: str
    reason: Reason
    ability: Ability | None = None
    cause: Cause | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What should be so now."""

    wanted: Mapping[str, frozenset[str]] = field(default_factory=dict)  # channel -> routes
    due: Mapping[str, datetime] = field(default_factory=dict)  # channel -> not before
    dropped: Mapping[str, Passed] = field(default_factory=dict)  # unsent deliveries to move
    passed: tuple[Passed, ...] = ()
    stranded: tuple[str, ...] = ()  # routes
    late: frozenset[str] = frozenset()  # of the wanted: better channels that came back (backfill)
    hopes: bool = False  # live, but a better channel may still come back: keep deciding
    last_resort: frozenset[str] = frozenset()  # of the wanted: used although they look bad
    afresh: frozenset[str] = frozenset()  # of the wanted: begun before, and usable again
    state: MessageState
    ends: DeliveryState | None = None  # the message is over: what is unsent of it ends like this
    wake_at: datetime | None = None  # decide again at the latest then


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything that a decision about one message reads."""

    message: Message
    routes: Sequence[Route]
    board: Mapping[str, View]
    deliveries: Sequence[Delivery]
    at: datetime
    on_hold: bool = False
    stance: Stance | None = None  # calm or crisis, as last turned; None: calm
    waiting_since: datetime | None = None  # waiting before then does not count: a hold, a restart
    earlier: Sequence[Delivery] = ()  # of the earlier links of its chain
    missed: frozenset[tuple[str, str]] = frozenset()  # (route, channel): passed over for trouble


def kept_on(delivery: Delivery, name: str, plan: Plan, at: datetime) -> Delivery:
    """Return a delivery not yet live as it goes on, on the channel `name`, which `plan` wants.

    A channel that is usable again gets a fresh chance. One that is only the
    last resort keeps its history: it stays tried and waited for in vain.
    """
    changes: dict[str, Any] = {"channel": name, "routes": tuple(sorted(plan.wanted[name]))}
    if delivery.state is DeliveryState.MOVED:
        changes["due_at"] = max(plan.due[name], at)
    if delivery.state is DeliveryState.PLANNED:
        changes["due_at"] = min(plan.due[name], delivery.due_at)
    if name in plan.afresh:
        changes |= {"cause": None, "evidence": "", "planned_at": at}
    moved = delivery.state is DeliveryState.MOVED
    return step(delivery, DeliveryState.PLANNED if moved else delivery.state, at, **changes)
