"""A message's whole life in a random town: planned, tried, looked up, planned again."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Cause, Severity
from sentinel.domain.delivery import (
    Accepted,
    DeliveryState,
    Failed,
    FindResult,
    Found,
    NotSeen,
    Outcome,
    ProvenAbsent,
    Receipt,
    Refused,
    Scope,
    Throttled,
    Unclear,
)
from sentinel.domain.message import MessageState
from sentinel.domain.pauses import REPEAT_AFTER
from sentinel.domain.plan import Plan, Reason
from sentinel.domain.rules import Route
from tests.domain.course import MINUTE, NOON, SECOND
from tests.domain.town import PUBLISH, Town, bad, message, up, view

S = DeliveryState
RECEIPT = Receipt(post_id="1")
NAMES = ("a", "b", "c")
CAUSES = [Cause.TLS, Cause.RATE_LIMITED, Cause.STALE, Cause.SLOW, Cause.ACCOUNT_LOCKED]

outcomes: st.SearchStrategy[Outcome] = st.sampled_from(
    [
        Accepted(receipt=RECEIPT),
        Failed(Cause.TLS),
        Unclear(Cause.TLS),
        Refused(Cause.PLAN_REFUSED),
        Refused(Cause.CONTENT_REJECTED, Scope.CONTENT),
        Throttled(until=None),
        Throttled(until=NOON + 10 * MINUTE),
    ]
)
results: st.SearchStrategy[FindResult] = st.sampled_from(
    [Found(RECEIPT), ProvenAbsent(), NotSeen(), NotSeen(repeatable=True)]
)


class Life:
    """A town in which things happen; every promise is looked at after each of them."""

    def __init__(self, severity: Severity, copies: int) -> None:
        route = Route(name="katastrophe", priority=NAMES, always=("seite",), copies=copies)
        board = {name: view(name) for name in ("seite", *NAMES)}
        self.town = Town(routes=(route,), message=message(severity), board=board)
        self.posted: set[str] = set()  # accounts on which it is out, or may be
        self.decide()

    def decide(self) -> Plan:
        live = {d.id for d in self.town.deliveries if d.live}
        plan = self.town.carry_out()
        deliveries = self.town.deliveries
        accounts = [d.account for d in deliveries]
        assert len(accounts) == len(set(accounts)), "one delivery for each account"
        assert live <= {d.id for d in deliveries if d.live}, "what is live stays live"
        self.is_kept(plan)
        return plan

    def is_kept(self, plan: Plan) -> None:
        """Promise 1: carried, being carried, stranded with an alarm, or over."""
        under_way = {d.state for d in self.town.deliveries} & {S.PLANNED, S.PUBLISHING, S.UNKNOWN}
        match plan.state:
            case MessageState.LIVE:
                live = {d.channel for d in self.town.deliveries if d.live}
                assert "seite" in live
                assert len(live & set(NAMES)) >= self.town.routes[0].copies
            case MessageState.ACCEPTED:
                assert under_way
            case MessageState.STRANDED:
                assert plan.stranded == ("katastrophe",)
                self.last_one_is_tried(plan)
            case _:
                assert self.town.at >= self.town.message.expires_at

    def last_one_is_tried(self, plan: Plan) -> None:
        """If anything may be tried at all, it is, within a minute."""
        states = {d.channel: d.state for d in self.town.deliveries}
        live = sum(states.get(name) is S.PUBLISHED for name in NAMES)
        if live >= self.town.routes[0].copies:
            return  # the list carries it; it is stranded for the always channel
        unclear = {note.channel for note in plan.passed if note.reason is Reason.UNCLEAR}
        under_way = any(
            states.get(name) is S.PUBLISHING
            or (states.get(name) is S.UNKNOWN and name not in unclear)
            for name in NAMES
        )
        free = [
            name
            for name in NAMES
            if states.get(name) in {None, S.PLANNED, S.MOVED}
            and self.town.board[name].verdicts[PUBLISH].cause is not Cause.ACCOUNT_LOCKED
        ]
        dues = [plan.due[name] for name in NAMES if name in plan.wanted]
        assert under_way or not free or min(dues) <= self.town.at + MINUTE

    def attempt(self, name: str, outcome: Outcome) -> None:
        if self.town.on_hold or name not in {d.channel for d in self.town.deliveries}:
            return
        tried = self.town.of(name)
        if tried.state is not S.PLANNED or tried.due_at > self.town.at:
            return
        assert name not in self.posted, "posted twice"
        assert self.town.at < self.town.message.expires_at, "posted too late"
        self.town.begin(name)
        self.decide()  # something else changes in mid-flight
        self.town.end(name, outcome)
        if isinstance(outcome, Accepted | Unclear):
            self.posted.add(name)
        self.decide()

    def look_up(self, name: str, result: FindResult) -> None:
        if name not in {d.channel for d in self.town.deliveries}:
            return
        unclear = self.town.of(name)
        if unclear.state is not S.UNKNOWN or unclear.due_at > self.town.at:
            return
        waited = self.town.at - unclear.since >= REPEAT_AFTER
        again = isinstance(result, NotSeen) and result.repeatable and waited
        if isinstance(result, ProvenAbsent) or again:
            self.posted.discard(name)
        self.town.find(name, result)
        self.decide()

    def judge(self, name: str, cause: Cause | None) -> None:
        at = self.town.at
        self.town.judge(name, up(since=at) if cause is None else bad(cause, since=at))
        self.decide()

    def wait(self, time: timedelta) -> None:
        self.town.wait(time)
        self.decide()

    def settle_down(self) -> Plan:
        """Everything works again, and whatever is due is done, for a quarter of an hour."""
        for name in self.town.board:
            self.judge(name, None)
        for _ in range(60):
            self.wait(15 * SECOND)
            for name in self.town.board:
                self.look_up(name, NotSeen())
                self.attempt(name, Accepted(receipt=RECEIPT))
        return self.decide()


happenings = st.lists(
    st.one_of(
        st.tuples(st.just("attempt"), st.sampled_from(("seite", *NAMES)), outcomes),
        st.tuples(st.just("attempt"), st.sampled_from(("seite", *NAMES)), outcomes),
        st.tuples(st.just("look_up"), st.sampled_from(("seite", *NAMES)), results),
        st.tuples(
            st.just("judge"),
            st.sampled_from(("seite", *NAMES)),
            st.none() | st.sampled_from(CAUSES),
        ),
        st.tuples(st.just("wait"), st.sampled_from([1, 2, 5, 20, 70, 1800]), st.none()),
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([Severity.SEVERE, Severity.MINOR]),
    st.integers(1, 2),
    happenings,
    st.booleans(),
)
def test_whatever_happens_a_message_is_kept_and_never_posted_twice(
    severity: Severity,
    copies: int,
    happened: list[tuple[str, str | int, object]],
    late: bool,  # noqa: FBT001 - a case
) -> None:
    life = Life(severity, copies)

    for what, where, how in happened:
        if what == "wait":
            life.wait(int(where) * SECOND)
        else:
            getattr(life, what)(where, how)
    if late:
        life.wait(timedelta(hours=24))
        assert life.decide().state in {MessageState.LIVE, MessageState.EXPIRED}
        return

    plan = life.settle_down()
    if plan.state is not MessageState.LIVE:  # what refused the text, or cannot be known, is lost
        lost = [d for d in life.town.deliveries if d.state in {S.REFUSED, S.UNKNOWN}]
        usable = 4 - len(lost)
        assert plan.state is MessageState.STRANDED
        assert usable < 1 + copies or any(d.channel == "seite" for d in lost)
