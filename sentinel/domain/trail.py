"""What a walk along one route finds and wants; the parts of the walk write into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sentinel.domain.chain import OUT_OR_MAYBE, Debt
from sentinel.domain.delivery import Delivery, DeliveryState
from sentinel.domain.pauses import backoff
from sentinel.domain.plan import Passed, Reason, Situation
from sentinel.domain.rules import Mode, Route
from sentinel.domain.standing import Look, in_vain
from sentinel.domain.stands import Stand


@dataclass(slots=True)
class Trail:
    """The walk along one route's channels: what it found, and what it wants."""

    route: Route
    situation: Situation
    look: Look
    debts: Mapping[str, Debt]  # by account, of the whole message
    wanted: dict[str, datetime] = field(default_factory=dict)  # channel -> not before
    last_resort: set[str] = field(default_factory=set)  # of the wanted
    late: set[str] = field(default_factory=set)  # of the wanted: better channels that came back
    passed: list[Passed] = field(default_factory=list)
    wakes: list[datetime] = field(default_factory=list)
    asked: bool = True  # False: the message was never meant for any channel of this route
    live: bool = False
    stranded: bool = False
    hopes: bool = False  # live, and a better channel may still come back

    def want(self, name: str, not_before: datetime) -> None:
        """Have the channel carry the message, not before the given time."""
        self.wanted[name] = max(not_before, self.situation.at)

    def note(self, name: str, reason: Reason, stand: Stand | None = None) -> None:
        """Note why the channel is passed over, or used against the rule."""
        delivery, verdict = self.look.delivery(name), stand.verdict if stand else None
        note = Passed(
            route=self.route.name,
            channel=name,
            reason=reason,
            ability=stand.ability if stand else None,
            cause=verdict.cause if verdict else (delivery.cause if delivery else None),
            evidence=verdict.evidence if verdict else (delivery.evidence if delivery else ""),
        )
        if note not in self.passed:
            self.passed.append(note)

    def note_shut(self, name: str) -> None:
        """Note why nothing may be posted on the channel at all; look again when that ends."""
        self.note(name, self.look.shut(name) or Reason.REMOVED)
        if (thaws_at := self.look.thaws_at(name)) is not None:
            self.wakes.append(thaws_at)

    def owed(self, name: str) -> Debt | None:
        """Return what the message owes to the channel's account, if anything."""
        view = self.look.view(name)
        return self.debts.get(view.channel.account) if view else None

    def waits(self, name: str) -> bool:
        """Return whether an earlier link is still being posted there, and this one must wait."""
        debt, own = self.owed(name), self.look.delivery(name)
        begun = own is not None and own.state in OUT_OR_MAYBE
        return debt is not None and debt.under_way_since is not None and not begun

    def closed(self, name: str) -> bool:
        """Return whether nothing may be posted on the channel, or only a person may free it."""
        return self.look.shut(name) is not None or self.look.locked(name)

    def in_order(self) -> list[str]:
        """Return the priority list, standby channels last."""

        def standby(name: str) -> bool:
            view = self.look.view(name)
            return view is not None and view.channel.mode is Mode.STANDBY

        return sorted(self.route.priority, key=standby)

    def not_before(self, name: str, delivery: Delivery | None) -> datetime:
        """Return when to try: what is planned keeps its time, unless its channel has recovered."""
        if delivery is None or (in_vain(delivery) and self.look.recovered(name, delivery)):
            return self.situation.at
        if delivery.state is not DeliveryState.MOVED:
            return delivery.due_at
        pause = backoff(delivery.attempts) if in_vain(delivery) else timedelta()
        return delivery.since + pause
