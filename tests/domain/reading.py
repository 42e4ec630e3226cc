"""A second, naive reading of the rule of choosing, written from the documents alone.

It knows one route, looks at one channel after the other, and says which
channels of the priority list shall carry the message now. Sections: contract 1
(routes, causes) and 7 (messages), design 4 (outcomes) and 5 (health).
"""

from dataclasses import dataclass, field

from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.delivery import Delivery, DeliveryState
from sentinel.domain.health import Verdict
from sentinel.domain.rules import FailOverWhen, Mode
from tests.domain.town import Town

_ROUTINE_ONLY = {"quota_low", "slow"}
_DOUBTS = {"stale", "not_observed"}
_UNTIL_RESET = {"rate_limited", "quota_exhausted"}
_WORSE = {"up": 0, "unknown": 1, "degraded": 2, "down": 3}


@dataclass
class Said:
    """What shall be so with the priority list of one route."""

    wanted: set[str] = field(default_factory=set)
    last: set[str] = field(default_factory=set)  # of these: last resorts
    live: bool = False
    stranded: bool = False


class Reading:
    def __init__(self, town: Town) -> None:
        self.town, self.route = town, town.routes[0]
        self.grave = town.message.effective_severity in {"extreme", "severe"}

    def of(self, name: str) -> Delivery | None:
        account = self.town.board[name].channel.account
        return next((d for d in self.town.deliveries if d.account == account), None)

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
        return seen and verdict.since > delivery.since

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
        if self.verdict(name).state is State.UP:
            start.append(self.verdict(name).since)
        over = max(start) + self.route.reroute_after
        hopeless = delivery.attempts > 0 and delivery.cause and delivery.due_at >= over
        return self.town.at >= over or bool(hopeless)

    def waits_for_reset(self, name: str, delivery: Delivery | None) -> bool:
        """Throttled: wait if `until` is before the deadline, else move on."""
        if delivery is None or self.grave or delivery.state is not DeliveryState.PLANNED:
            return False
        over = delivery.planned_at + self.route.reroute_after
        troubles = [
            verdict
            for ability in (Ability.PUBLISH, Ability.READ_BACK, Ability.PUBLIC)
            if ability in self.route.needs
            and (verdict := self.town.board[name].verdicts.get(ability))
            and self.leaves(verdict)
        ]
        tried = delivery.attempts > 0 and delivery.cause is not None
        in_time = delivery.due_at < over and self.town.at < over
        return tried and in_time and str(troubles[0].cause) in _UNTIL_RESET

    def usable(self, name: str) -> bool:
        """Whether an unsent post may be, or go on waiting, there."""
        delivery = self.of(name)
        if not self.in_service(name):
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

    def under_way(self, said: Said, names: list[str]) -> tuple[int, int, int]:
        """Count what carries it, what is being tried without much hope, and what is in doubt."""
        carrying = slow = doubts = 0
        for name in names:
            delivery = self.of(name)
            state = delivery.state if delivery else None
            if delivery is None or state is DeliveryState.PUBLISHED:
                carrying += delivery is not None
            elif state is DeliveryState.UNKNOWN:
                late = self.town.at >= delivery.since + self.route.reroute_after
                carrying += not self.grave and delivery.finds == 0 and not late
            elif state is DeliveryState.PUBLISHING:
                if self.in_service(name) and self.verdict(name).cause != "account_locked":
                    said.wanted.add(name)
                hopeless = self.diverted(name) or self.repeated(delivery)
                slow += hopeless
                doubts += not hopeless and self.doubtful(name)
                carrying += not hopeless and not self.doubtful(name)
        return carrying, slow, doubts

    def repeated(self, delivery: Delivery) -> bool:
        """Whether this is a try after its time, for lack of anything better."""
        patient = delivery.since - delivery.planned_at < self.route.reroute_after
        failed = delivery.attempts > 1 and delivery.cause is not None
        return failed and (self.grave or not patient)

    def said(self) -> Said:
        said, copies = Said(), self.route.copies
        names = sorted(
            self.route.priority,
            key=lambda n: self.town.board[n].channel.mode is Mode.STANDBY,
        )
        states = [d.state for n in names if (d := self.of(n))]
        said.live = states.count(DeliveryState.PUBLISHED) >= copies
        carrying, slow, doubts = self.under_way(said, names)
        missing = copies - carrying - (0 if self.grave else slow)
        for name in filter(self.usable, names):
            if missing > 0:
                said.wanted.add(name)
            if self.doubtful(name):
                doubts += missing > 0
            else:
                carrying, missing = carrying + 1, missing - 1
        said.stranded = carrying + doubts < copies
        if said.stranded:
            more = max(0, copies - carrying - doubts - slow)
            said.last = set(self.worst_last(names, said.wanted)[:more])
            said.wanted |= said.last
        return said

    def worst_last(self, names: list[str], used: set[str]) -> list[str]:
        """The bad ones, best first: by state, then gravity of cause, then priority."""
        left = []
        for place, name in enumerate(names):
            delivery = self.of(name)
            if name in used or not self.in_service(name):
                continue
            if self.verdict(name).cause is Cause.ACCOUNT_LOCKED:
                continue
            if delivery and delivery.state not in {DeliveryState.PLANNED, DeliveryState.MOVED}:
                continue
            needed = [v for a, v in self.town.board[name].verdicts.items() if a in self.route.needs]
            grades = [(_WORSE[v.state], GRAVITY.get(str(v.cause), 0)) for v in needed]
            left.append((max(grades), place, name))
        return [name for _, _, name in sorted(left)]


GRAVITY = {
    "uplink_lost": 30,
    "stale": 20,
    "not_observed": 10,
    "slow": 5,
    "quota_low": 10,
    "reader_restricted": 15,
    "not_visible": 18,
    "rate_limited": 20,
    "quota_exhausted": 25,
    "platform_defending": 30,
    "platform_fault": 40,
    "unreachable": 50,
    "permission_missing": 65,
    "credential_rejected": 70,
    "bad_configuration": 80,
    "account_locked": 90,
}
