"""A town with channels and one message: shortens the stories that tests of routing tell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sentinel.domain.cause import EFFECTS, Ability, Cause, Severity, State
from sentinel.domain.chain import HANDED
from sentinel.domain.delivery import (
    Delivery,
    DeliveryState,
    FindResult,
    Outcome,
    Rendered,
    settle,
    settle_find,
    step,
)
from sentinel.domain.health import Verdict
from sentinel.domain.late import TROUBLES, outlasts
from sentinel.domain.message import Content, Message
from sentinel.domain.plan import Passed, Plan, Reason, Situation, View, kept_on
from sentinel.domain.routing import decide
from sentinel.domain.rules import Channel, Freeze, Mode, Route
from tests.domain.course import NOON

PUBLISH, READ_BACK, PUBLIC, LISTEN = Ability
LONG_AGO = NOON - timedelta(hours=1)


def up(**changes: Any) -> Verdict:
    return replace(Verdict(state=State.UP, cause=None, evidence="", since=LONG_AGO), **changes)


def bad(cause: Cause, **changes: Any) -> Verdict:
    """The verdict that a cause makes."""
    state = EFFECTS[cause].state or State.UP
    made = Verdict(state=state, cause=cause, evidence=f"saw {cause}", since=LONG_AGO)
    return replace(made, **changes)


def channel(name: str, **changes: Any) -> Channel:
    made = Channel(name=name, platform="mastodon", operator=name, account=f"{name}-account")
    return replace(made, **changes)


def view(name: str, **verdicts: Verdict) -> View:
    known = {Ability(ability): verdict for ability, verdict in verdicts.items()}
    return View(channel=channel(name), verdicts={PUBLISH: up(), **known})


def message(severity: Severity = Severity.SEVERE, **content: Any) -> Message:
    """An alert, accepted at noon."""
    return Message(
        id="m",
        number=17,
        chain="m",
        content=Content(headline="Bombe", text="Bitte gehen.", severity=severity, **content),
        routes=("katastrophe",),
        accepted_at=NOON,
        expires_at=NOON + timedelta(hours=24),
        effective_severity=severity,
    )


def delivery(name: str, state: DeliveryState = DeliveryState.PLANNED, **changes: Any) -> Delivery:
    made = Delivery(
        id=f"d-{name}",
        message_id="m",
        channel=name,
        account=f"{name}-account",
        routes=("katastrophe",),
        state=state,
        rendered=Rendered(text="Bombe", key=name, length=5, limit=280),
        planned_at=NOON,
        due_at=NOON,
        since=NOON,
    )
    return replace(made, **changes)


@dataclass
class Town:
    """Everything that a decision reads; `step` of a story change it, `plan` asks."""

    routes: tuple[Route, ...]
    message: Message
    board: dict[str, View] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    at: datetime = NOON
    on_hold: bool = False
    waiting_since: datetime | None = None
    earlier: list[Delivery] = field(default_factory=list)  # of the earlier links of its chain
    why: dict[tuple[str, str], Reason] = field(default_factory=dict)  # by route and channel

    @property
    def situation(self) -> Situation:
        return Situation(
            message=self.message,
            routes=self.routes,
            board=self.board,
            deliveries=self.deliveries,
            at=self.at,
            on_hold=self.on_hold,
            waiting_since=self.waiting_since,
            earlier=self.earlier,
            missed=frozenset(where for where, why in self.why.items() if why in TROUBLES),
        )

    def plan(self) -> Plan:
        return decide(self.situation)

    def carry_out(self) -> Plan:
        """Decide, and do as the planner does."""
        plan = self.plan()
        self.deliveries = carried_out(plan, self.situation)
        for note in plan.passed:
            where = (note.route, note.channel)
            if where not in self.why or not outlasts(self.why[where], note.reason):
                self.why[where] = note.reason
        return plan

    def of(self, name: str) -> Delivery:
        account = self.board[name].channel.account
        return next(d for d in self.deliveries if d.account == account)

    def put(self, changed: Delivery) -> None:
        self.deliveries = [changed if d.id == changed.id else d for d in self.deliveries]

    def begin(self, name: str) -> None:
        """The dispatcher writes an attempt down."""
        tried = self.of(name)
        self.put(step(tried, DeliveryState.PUBLISHING, self.at, attempts=tried.attempts + 1))

    def end(self, name: str, outcome: Outcome) -> None:
        self.put(settle(self.of(name), outcome, self.at))

    def post(self, name: str, outcome: Outcome) -> None:
        self.begin(name)
        self.end(name, outcome)

    def find(self, name: str, result: FindResult) -> None:
        self.put(settle_find(self.of(name), result, self.at))

    def wait(self, time: timedelta) -> None:
        self.at += time

    def judge(self, name: str, verdict: Verdict, ability: Ability = PUBLISH) -> None:
        """A channel's verdict changes."""
        verdicts = {**self.board[name].verdicts, ability: verdict}
        self.board[name] = replace(self.board[name], verdicts=verdicts)

    def fall(self, name: str, cause: Cause = Cause.PLATFORM_FAULT, **changes: Any) -> None:
        self.judge(name, bad(cause, since=self.at, **changes))

    def rise(self, name: str) -> None:
        self.judge(name, up(since=self.at))

    def alter(self, name: str, **changes: Any) -> None:
        """The rules change."""
        seen = self.board[name]
        self.board[name] = replace(seen, channel=replace(seen.channel, **changes))

    def freeze(self, name: str, until: datetime | None = None) -> None:
        freeze = Freeze(channel=name, reason="gekapert", by="u1", until=until)
        self.board[name] = replace(self.board[name], freeze=freeze)

    def release(self, name: str) -> None:
        self.board[name] = replace(self.board[name], freeze=None)


def town(
    *names: str,
    severity: Severity = Severity.SEVERE,
    always: tuple[str, ...] = (),
    standby: Iterable[str] = (),
    content: Mapping[str, Any] | None = None,
    **route: Any,
) -> Town:
    """A town with one route whose priority list is `names`; every channel is up."""
    made = Town(
        routes=(Route(name="katastrophe", priority=names, always=always, **route),),
        message=message(severity, **(content or {})),
        board={name: view(name) for name in (*always, *names)},
    )
    for name in standby:
        made.alter(name, mode=Mode.STANDBY)
    return made


def carried_out(plan: Plan, situation: Situation) -> list[Delivery]:
    """Return the deliveries after a plan was carried out as the planner does it."""
    at, by_account = situation.at, {d.account: d for d in situation.deliveries}
    for one in situation.deliveries:
        if one.id in plan.dropped:
            note = plan.dropped[one.id]
            moved = step(_handed(one), DeliveryState.MOVED, at, cause=note.cause or one.cause)
            by_account[one.account] = moved
    for name, routes in plan.wanted.items():
        account = situation.board[name].channel.account
        known = by_account.get(account)
        if known is None:
            by_account[account] = delivery(
                name,
                account=account,
                routes=tuple(sorted(routes)),
                planned_at=at,
                since=at,
                due_at=plan.due[name],
            )
        else:
            by_account[account] = kept_on(known, name, plan, at)
    if plan.ends is None:
        return list(by_account.values())
    return [
        step(_handed(d), plan.ends, at) if d.state in _UNSENT else d for d in by_account.values()
    ]


_UNSENT = {DeliveryState.PLANNED, DeliveryState.AWAITING_PERSON, DeliveryState.MOVED}


def _handed(given_up: Delivery) -> Delivery:
    """What a person had in hand may be out, whatever becomes of it."""
    if given_up.state is not DeliveryState.AWAITING_PERSON:
        return given_up
    return replace(given_up, memory={**given_up.memory, HANDED: "yes"})


def wanted(plan: Plan) -> set[str]:
    return set(plan.wanted)


def last_resort(plan: Plan) -> set[str]:
    return set(plan.last_resort)


def why(plan: Plan, name: str) -> list[Reason]:
    """The reasons given for a channel, in order."""
    return [note.reason for note in plan.passed if note.channel == name]


def note(plan: Plan, name: str) -> Passed:
    return next(note for note in plan.passed if note.channel == name)
