"""Laws of chains: whatever happens, the all-clear follows the alarm, and nothing overtakes it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Cause, Severity
from sentinel.domain.delivery import (
    Accepted,
    Delivery,
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
    Unclear,
    step,
)
from sentinel.domain.message import Kind, MessageState
from sentinel.domain.plan import Plan
from sentinel.domain.rules import OnRecovery, Route
from tests.domain.chains import Chain
from tests.domain.course import SECOND
from tests.domain.town import Town, bad, message, up, view

S = DeliveryState
OUT = Accepted(receipt=Receipt(post_id="1"))
NAMES = ("seite", "a", "b", "c")
CAUSES = [Cause.TLS, Cause.RATE_LIMITED, Cause.STALE, Cause.ACCOUNT_LOCKED]
OUTCOMES: list[Outcome] = [
    *(OUT, OUT, Failed(Cause.TLS), Unclear(Cause.TLS), Refused(Cause.PLAN_REFUSED)),
    Refused(Cause.CONTENT_REJECTED, Scope.CONTENT),
]
RESULTS: list[FindResult] = [Found(OUT.receipt), ProvenAbsent(), NotSeen()]


class ChainLife:
    """A chain to which things happen; every promise is looked at after each of them."""

    def __init__(self, severity: Severity, on_recovery: OnRecovery) -> None:
        route = Route(
            name="katastrophe", always=("seite",), priority=NAMES[1:], on_recovery=on_recovery
        )
        board = {name: view(name) for name in NAMES}
        self.chain = Chain(Town(routes=(route,), message=message(severity), board=board))
        self.posted: set[tuple[str, str]] = set()  # message and channel: out, or perhaps out
        self.decide()

    @property
    def at(self) -> Town:
        return self.chain.alarm

    def decide(self) -> Plan:
        plan = self.chain.carry_out()
        for place, link in enumerate(self.chain.links):
            self.keeps_its_promises(link, overtaken=place < len(self.chain.links) - 1)
        return plan

    def keeps_its_promises(self, link: Town, *, overtaken: bool) -> None:
        accounts = [delivery.account for delivery in link.deliveries]
        assert len(accounts) == len(set(accounts)), "one delivery for each account"
        plan = link.plan()
        if link.message.superseded_at is not None:
            assert overtaken
            assert not plan.wanted
            assert not {d.state for d in link.deliveries} & {S.PLANNED, S.MOVED}
        if link.message.awaits_approval:
            assert not link.deliveries
        for name in plan.late:
            assert link.routes[0].on_recovery is OnRecovery.BACKFILL
            assert (link.message.id, name) not in self.posted
            assert plan.state is not MessageState.EXPIRED

    def links_with(self, name: str, state: DeliveryState) -> list[tuple[Town, Delivery]]:
        found = [(link, d) for link in self.chain.links for d in link.deliveries]
        return [(link, d) for link, d in found if d.channel == name and d.state is state]

    def begin(self, name: str, _: object) -> None:
        for link, delivery in self.links_with(name, S.PLANNED):
            if delivery.due_at <= link.at and not link.on_hold:
                mark = (link.message.id, name)
                assert mark not in self.posted, "posted twice"
                assert link.at < link.message.expires_at, "posted too late"
                assert link.message.superseded_at is None, "posted after its follow-up"
                before = self.chain.earlier(link)
                under_way = {d.channel for d in before if d.state is S.PUBLISHING}
                assert name not in under_way, "overtakes an earlier link"
                link.begin(name)
        self.decide()

    def end(self, name: str, outcome: Outcome) -> None:
        for link, _ in self.links_with(name, S.PUBLISHING):
            link.end(name, outcome)
            if isinstance(outcome, Accepted | Unclear):
                self.posted.add((link.message.id, name))
        self.decide()

    def look_up(self, name: str, result: FindResult) -> None:
        for link, _ in self.links_with(name, S.UNKNOWN):
            link.find(name, result)
            if isinstance(result, ProvenAbsent):
                self.posted.discard((link.message.id, name))
        self.decide()

    def confirm(self, name: str, _: object) -> None:
        """A person says that it is out where it was refused."""
        for link, delivery in self.links_with(name, S.REFUSED):
            link.put(step(delivery, S.PUBLISHED, link.at, confirmed_by="person:u1"))
        self.decide()

    def judge(self, name: str, cause: Cause | None) -> None:
        at = self.at.at
        self.at.judge(name, up(since=at) if cause is None else bad(cause, since=at))
        self.decide()

    def freeze(self, name: str, frozen: bool) -> None:  # noqa: FBT001 - a case
        self.at.freeze(name) if frozen else self.at.release(name)
        self.decide()

    def follow(self, _: str, how: tuple[Kind, dict[str, Any]]) -> None:
        kind, changes = how
        if "in_minutes" in changes:
            changes = {"not_before": self.at.at + timedelta(minutes=changes["in_minutes"])}
        self.chain.follow(kind, **changes)
        self.decide()

    def approve(self, *_: object) -> None:
        for link in self.chain.links:
            if link.message.awaits_approval and link.message.superseded_at is None:
                link.message = replace(link.message, approved_at=link.at)
        self.decide()

    def wait(self, _: str, seconds: int) -> None:
        self.chain.wait(seconds * SECOND)
        self.decide()

    def settle_down(self) -> Plan:
        """Everything works again, and whatever is due is done, for a quarter of an hour."""
        for name in NAMES:
            self.freeze(name, frozen=False)
            self.judge(name, None)
        for _ in range(20):
            self.wait("", 45)
            for name in NAMES:
                self.end(name, OUT)
                self.begin(name, None)
                self.end(name, OUT)
        return self.decide()


names = st.sampled_from(NAMES)
follow_ups = st.tuples(
    st.sampled_from([Kind.UPDATE, Kind.ALL_CLEAR]),
    st.sampled_from(
        [{}, {}, {"in_minutes": 5}, {"needs_approval": True}, {"channels": ("seite",)}]
    ),
)
happenings = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), names, st.none()),
        st.tuples(st.just("begin"), names, st.none()),
        st.tuples(st.just("end"), names, st.sampled_from(OUTCOMES)),
        st.tuples(st.just("look_up"), names, st.sampled_from(RESULTS)),
        st.tuples(st.just("confirm"), names, st.none()),
        st.tuples(st.just("judge"), names, st.none() | st.sampled_from(CAUSES)),
        st.tuples(st.just("freeze"), names, st.booleans()),
        st.tuples(st.just("follow"), st.just(""), follow_ups),
        st.tuples(st.just("approve"), st.just(""), st.none()),
        st.tuples(st.just("wait"), st.just(""), st.sampled_from([1, 5, 20, 70, 400])),
    ),
    max_size=30,
)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from([Severity.SEVERE, Severity.MINOR]),
    st.sampled_from(OnRecovery),
    happenings,
)
def test_whatever_happens_the_all_clear_reaches_every_carrier_or_is_stranded(
    severity: Severity, on_recovery: OnRecovery, happened: list[tuple[str, str, object]]
) -> None:
    life = ChainLife(severity, on_recovery)

    for what, where, how in happened:
        getattr(life, what)(where, how)
    life.approve()
    life.follow("", (Kind.ALL_CLEAR, {}))
    plan = life.settle_down()

    carriers = {d.account for d in life.chain.earlier(life.chain.last) if d.state in CARRIERS}
    heard = {d.account for d in life.chain.last.deliveries if d.live}
    refused = {d.account for d in life.chain.last.deliveries if d.state in {S.REFUSED, S.UNKNOWN}}
    assert plan.state in {MessageState.LIVE, MessageState.STRANDED}
    assert (plan.state is MessageState.LIVE) == (carriers | {"seite-account"} <= heard)
    assert carriers <= heard | refused


CARRIERS = {S.PUBLISHED, S.UNKNOWN}


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(OnRecovery), happenings)
def test_after_its_end_nothing_of_a_chain_goes_out(
    on_recovery: OnRecovery, happened: list[tuple[str, str, object]]
) -> None:
    life = ChainLife(Severity.SEVERE, on_recovery)

    for what, where, how in happened:
        getattr(life, what)(where, how)
    life.chain.wait(timedelta(hours=30))
    life.decide()

    for link in life.chain.links:
        assert not link.plan().wanted
        assert not {d.state for d in link.deliveries} & {S.PLANNED, S.MOVED, S.AWAITING_PERSON}
