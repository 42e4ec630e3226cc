"""How one channel may stand towards one message, as words; judged in `sentinel.domain.standing`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sentinel.domain.cause import Ability
from sentinel.domain.health import Verdict
from sentinel.domain.plan import Reason


class Standing(StrEnum):
    """What a route may expect of a channel now."""

    LIVE = "live"
    UNDER_WAY = "under_way"  # being published, or an unclear outcome is being looked up
    STRUGGLING = "struggling"  # being published, but the channel is impaired or takes too long
    READY = "ready"  # may be used
    DOUBTFUL = "doubtful"  # used, or being published; but a grave message also goes to the next
    SPENT = "spent"  # passed over


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How a channel stands, and why."""

    standing: Standing
    reason: Reason | None = None
    ability: Ability | None = None
    verdict: Verdict | None = None
    wake_at: datetime | None = None  # when it will be spent if nothing happens until then
