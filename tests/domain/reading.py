"""A second, naive reading of the rule of choosing, written from the documents alone.

It knows one route, looks at one channel after the other, and says which
channels of the priority list shall carry the message now. Sections: contract 1
(routes, causes) and 7 (messages, follow-ups), design 4 (outcomes), 5 (health)
and 7 (promises).
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.delivery import Delivery, DeliveryState
from sentinel.domain.health import Verdict
from sentinel.domain.rules import FailOverWhen, Mode, OnRecovery
from tests.domain.gravity import GRAVITY
from tests.domain.town import Town

_ROUTINE_ONLY = {"quota_low", "slow"}
_DOUBTS = {"stale", "not_observed"}
_UNTIL_RESET = {"rate_limited", "quota_exhausted"}
REACHED = {"published", "publishing", "unknown", "awaiting_person"}
TROUBLES = {"impaired", "failed", "waited", "channel_refused", "frozen"}
_WORSE = {"up": 0, "unknown": 1, "degraded": 2, "down": 3}


@dataclass
class Said:
    """What shall be so with the priority list of one route."""

    wanted: set[str] = field(default_factory=set)
    last: set[str] = field(default_factory=set)  # of these: last resorts
    late: set[str] = field(default_factory=set)  # of these: better channels that came back
    hopes: bool = False
    live: bool = False
    stranded: bool = False


class Reading:
    def __init__(self, town: Town) -> None:
        self.town, self.route = town, town.routes[0]
        self.grave = town.message.effective_severity in {"extreme", "severe"}
        self.copies = 0 if town.message.kind == "all_clear" else self.route.copies
        self.names = sorted(
            self.route.priority, key=lambda n: town.board[n].channel.mode is Mode.STANDBY
        )

    def of(self, name: str) -> Delivery | None:
        account = self.town.board[name].channel.account
        return next((d for d in self.town.deliveries if d.account == account), None)

    def before(self, name: str) -> list[Delivery]:
        """What earlier links of the chain have there: out, perhaps out, or in a person's hands."""
        account = self.town.board[name].channel.account
        return [d for d in self.town.earlier if d.account == account and d.state in REACHED]

    def waits_since(self, name: str) -> datetime | None:
        """Since when an earlier link is being posted there: a follow-up never overtakes it."""
        own = self.of(name)
        if own is not None and own.state in {"published", "publishing", "unknown"}:
            return None
        return max((d.since for d in self.before(name) if d.state == "publishing"), default=None)

    def verdict(self, name: str) -> Verdict:
        return self.town.board[name].verdicts[Ability.PUBLISH]

    def in_service(self, name: str) -> bool:
        seen = self.town.board[name]
        thawed = seen.freeze is None or (seen.freeze.until or self.town.at) <= self.town.at
        if seen.freeze is not None and seen.freeze.until is None:
            thawed = False
        return seen.channel.mode in {Mode.ACTIVE, Mode.STANDBY} and thawed

    def leaves(self, verdict: Verdict) -> bool:
        """Column "diverts" of the contract's table."""
        cause = str(verdict.cause)
        if verdict.cause is None or cause in _DOUBTS:
            return False
        if cause in _ROUTINE_ONLY:
            return not self.grave and self.route.fail_over_when is FailOverWhen.DEGRADED
        return self.grave if cause == "uplink_lost" else True

    def diverted(self, name: str) -> bool:
        verdicts = self.town.board[name].verdicts
        return any(self.leaves(v) for ability, v in verdicts.items() if ability in self.route.needs)

    def doubtful(self, name: str) -> bool:
        if not self.grave:
            return False
        for ability in self.route.needs:
            verdict = self.town.board[name].verdicts.get(ability)
            if verdict is None or verdict.cause is None:
                continue
            never = verdict.cause is Cause.NOT_OBSERVED and ability is Ability.PUBLISH
            if never or verdict.cause is Cause.STALE:
                return True
        return False

    def back(self, name: str, delivery: Delivery) -> bool:
        """Whether publish has recovered since: it is seen to work, or a person said try again."""
        verdict = self.verdict(name)
        seen = verdict.state in {State.UP, State.DEGRADED} or (
            verdict.state is State.UNKNOWN and verdict.half_open
        )
        return seen and delivery.since < verdict.since <= self.town.at

    def refused(self, delivery: Delivery) -> bool:
        return delivery.cause is Cause.PLAN_REFUSED

    def waiting_counts(self, name: str) -> bool:
        return not self.town.on_hold and self.verdict(name).cause is not Cause.UPLINK_LOST

    def patience_ends(self, name: str, delivery: Delivery) -> bool:
        if not self.waiting_counts(name):
            return False
        start = [delivery.planned_at]
        if self.town.waiting_since:
            start.append(self.town.waiting_since)
        verdict = self.verdict(name)
        if verdict.state is State.UP or verdict.cause is Cause.STALE:
            start.append(verdict.since)
        over = max(start) + self.route.reroute_after
        hopeless = delivery.attempts > 0 and delivery.cause and delivery.due_at >= over
        return self.town.at >= over or bool(hopeless)

    def waits_for_reset(self, name: str, delivery: Delivery | None) -> bool:
        """Throttled: wait if `until` is before the deadline, else move on."""
        if delivery is None or self.grave or delivery.state is not DeliveryState.PLANNED:
            return False
        over = delivery.planned_at + self.route.reroute_after
        tried = delivery.attempts > 0 and delivery.cause is not None
        in_time = delivery.due_at < over and self.town.at < over
        return tried and in_time and str(self.trouble(name).cause) in _UNTIL_RESET

    def trouble(self, name: str) -> Verdict:
        """The verdict for which a message leaves a channel that it leaves."""
        abilities = (Ability.PUBLISH, Ability.READ_BACK, Ability.PUBLIC)
        needed = (a for a in abilities if a in self.route.needs)
        found = (self.town.board[name].verdicts.get(ability) for ability in needed)
        return next(verdict for verdict in found if verdict and self.leaves(verdict))

    def usable(self, name: str) -> bool:
        """Whether an unsent post may be, or go on waiting, there."""
        delivery = self.of(name)
        if not self.in_service(name) or self.waits_since(name):
            return False
        if self.diverted(name) and not self.waits_for_reset(name, delivery):
            return False
        return delivery is None or self.may_stay(name, delivery)

    def may_stay(self, name: str, delivery: Delivery) -> bool:
        tried = delivery.attempts > 0 and delivery.cause is not None
        back = self.back(name, delivery)
        if delivery.state is DeliveryState.PLANNED:
            if tried and (back or self.grave or self.refused(delivery)):
                return back
            return not self.patience_ends(name, delivery)
        if tried and not self.grave and not self.refused(delivery):
            tried = self.waiting_counts(name)  # a hold or our own line: no failure of theirs
        waited = delivery.since - delivery.planned_at >= self.route.reroute_after
        waited = waited and self.patience_ends(name, delivery)
        return delivery.state is DeliveryState.MOVED and (back or not (tried or waited))

    def too_long(self, since: datetime) -> bool:
        """A grave message waits for a post in flight no longer than `reroute_after`."""
        return self.grave and self.town.at >= since + self.route.reroute_after

    def under_way(self, said: Said, names: list[str]) -> Counter[str]:
        """Count what carries it, what is being tried without much hope, and what is in doubt."""
        found: Counter[str] = Counter()
        for name in names:
            delivery, waits = self.of(name), self.waits_since(name)
            if waits is not None:
                found["long" if self.too_long(waits) else "carrying"] += self.in_service(name)
            elif delivery is None or delivery.state is DeliveryState.PUBLISHED:
                found["carrying"] += delivery is not None
            elif delivery.state is DeliveryState.UNKNOWN:
                found["carrying"] += self.looked_for(delivery)
            elif delivery.state is DeliveryState.PUBLISHING:
                if self.in_service(name) and self.verdict(name).cause != "account_locked":
                    said.wanted.add(name)
                found[self.in_flight(name, delivery)] += 1
        return found

    def looked_for(self, delivery: Delivery) -> bool:
        late = self.town.at >= delivery.since + self.route.reroute_after
        return not self.grave and delivery.finds == 0 and not late

    def in_flight(self, name: str, delivery: Delivery) -> str:
        if self.diverted(name) or self.repeated(delivery):
            return "slow"
        if self.too_long(delivery.since):
            return "long"
        return "doubts" if self.doubtful(name) else "carrying"

    def repeated(self, delivery: Delivery) -> bool:
        """Whether this is a try after its time, for lack of anything better."""
        patient = delivery.since - delivery.planned_at < self.route.reroute_after
        failed = delivery.attempts > 1 and delivery.cause is not None
        return failed and (self.grave or not patient)

    def said(self) -> Said:
        said, copies = Said(), self.copies
        names = sorted(self.names, key=lambda name: not self.before(name))
        states = [d.state for n in names if (d := self.of(n))]
        listed = said.live = states.count(DeliveryState.PUBLISHED) >= copies
        self.pay_debts(said)
        found = self.under_way(said, names)
        missing = copies - found["carrying"] - (0 if self.grave else found["slow"])
        for name in filter(self.usable, names):
            if missing > 0:
                said.wanted.add(name)
            if self.doubtful(name):
                found["doubts"] += missing > 0
            else:
                found["carrying"], missing = found["carrying"] + 1, missing - 1
        short = copies - found["carrying"] - found["doubts"] - found["long"]
        if short > 0:
            said.stranded = True
            said.last = set(self.worst_last(names, said.wanted)[: max(0, short - found["slow"])])
            said.wanted |= said.last
        if listed:
            self.make_up(said)
        return said

    def pay_debts(self, said: Said) -> None:
        """A follow-up goes wherever an earlier link is or may be, or strands: nothing stands in."""
        for name in filter(self.before, self.names):
            own = self.of(name)
            if own is not None and own.live:
                continue
            said.live = False
            if self.waits_since(name) is not None:
                continue
            state = own.state if own else None
            if not self.in_service(name) or state is DeliveryState.REFUSED:
                said.stranded = True
            elif own is not None and state is DeliveryState.UNKNOWN:
                over = own.since + self.route.reroute_after
                said.stranded |= own.finds > 0 or self.town.at >= over
            else:
                self.insist(said, name, own)

    def insist(self, said: Said, name: str, own: Delivery | None) -> None:
        leaves = self.diverted(name) and not self.waits_for_reset(name, own)
        down = leaves and self.trouble(name).state is State.DOWN
        said.stranded |= down
        tried = own is not None and own.attempts > 0 and own.cause is not None
        refused = tried and own is not None and own.state is DeliveryState.MOVED and down
        if not refused and self.verdict(name).cause is not Cause.ACCOUNT_LOCKED:
            said.wanted.add(name)

    def make_up(self, said: Said) -> None:
        """Better channels that were passed over for trouble and are well again get it late."""
        if self.route.on_recovery is OnRecovery.SKIP:
            return
        better = 0
        for name in self.names:
            own = self.of(name)
            state = own.state if own else DeliveryState.PLANNED
            if better >= self.copies:
                return
            waits = self.waits_since(name) is not None and self.in_service(name)
            if waits or state in {"published", "publishing"}:
                better += 1
            elif own is not None and state is DeliveryState.UNKNOWN:
                better += self.looked_for(own)
            elif state in {"planned", "moved"} and self.missed(name):
                said.hopes = True
                if self.usable(name) and not self.doubtful(name):
                    said.late.add(name)
                    said.wanted.add(name)
                    better += 1

    def missed(self, name: str) -> bool:
        seen = self.town.board[name]
        frozen = seen.channel.mode is not Mode.OFF and not self.in_service(name)
        bad = self.in_service(name) and not self.usable(name)
        return frozen or bad or self.town.why.get((self.route.name, name)) in TROUBLES

    def worst_last(self, names: list[str], used: set[str]) -> list[str]:
        """The bad ones, best first: by state, then gravity of cause, then priority."""
        left = []
        for place, name in enumerate(names):
            delivery = self.of(name)
            if name in used or not self.in_service(name) or self.waits_since(name):
                continue
            if self.verdict(name).cause is Cause.ACCOUNT_LOCKED:
                continue
            if delivery and delivery.state not in {DeliveryState.PLANNED, DeliveryState.MOVED}:
                continue
            needed = [v for a, v in self.town.board[name].verdicts.items() if a in self.route.needs]
            grades = [(_WORSE[v.state], GRAVITY.get(str(v.cause), 0)) for v in needed]
            left.append((max(grades), place, name))
        return [name for _, _, name in sorted(left)]
