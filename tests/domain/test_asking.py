"""Asking a person to post: when the route waits for them, and when it goes on without them."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain import asking
from sentinel.domain.by_person import confirmed
from sentinel.domain.cause import Cause, Severity
from sentinel.domain.delivery import Accepted, Delivery, DeliveryState, Failed, Receipt, step
from sentinel.domain.message import Kind, MessageState
from sentinel.domain.plan import Reason
from tests.domain.chains import Chain
from tests.domain.course import MINUTE, NOON, SECOND
from tests.domain.town import Town, bad, town, wanted, why

S = DeliveryState
WITHIN = 10 * MINUTE
OUT = Accepted(receipt=Receipt(post_id="1"))
UNSEEN = bad(Cause.NOT_OBSERVED)


def asked(where: Town, name: str = "hand") -> Delivery:
    """A person is asked, as the service asks for what was planned and is due."""
    planned = where.of(name)
    assert planned.state is S.PLANNED
    waiting = asking.ask(planned, WITHIN, where.at)
    waiting = replace(waiting, memory={**waiting.memory, **asking.marks(["presse"], where.at)})
    where.put(waiting)
    return waiting


def by_hand(*names: str, severity: Severity = Severity.MODERATE, always: bool = False) -> Town:
    """A town where nobody can see whether whoever posts by hand is there."""
    where = town(
        *(names if always else ("hand", *names)),
        severity=severity,
        always=("hand",) if always else (),
    )
    where.judge("hand", UNSEEN)
    where.carry_out()
    asked(where)
    return where


def say_so(where: Town, name: str = "hand") -> None:
    out = confirmed(where.of(name), who="link:presse", permalink=None, at=where.at)
    where.put(out)


# --- waiting ----------------------------------------------------------------------------


def test_a_routine_message_waits_for_the_person_until_the_limit_and_then_goes_on() -> None:
    where = by_hand("x")

    where.wait(WITHIN - SECOND)
    before = where.carry_out()
    where.wait(SECOND)
    after = where.carry_out()

    assert wanted(before) == {"hand"}
    assert wanted(after) == {"x"}
    assert why(after, "hand") == [Reason.WAITED]
    assert where.of("hand").state is S.MOVED


def test_a_grave_message_goes_to_the_next_channel_meanwhile() -> None:
    where = by_hand("x", severity=Severity.SEVERE)

    plan = where.carry_out()

    assert wanted(plan) == {"hand", "x"}
    assert why(plan, "hand") == [Reason.DOUBT]


def test_who_was_asked_is_not_dropped_because_another_channel_was_faster() -> None:
    where = by_hand("x", severity=Severity.SEVERE)
    where.carry_out()
    where.post("x", OUT)
    where.wait(30 * SECOND)

    plan = where.carry_out()

    assert plan.state is MessageState.LIVE
    assert where.of("hand").state is S.AWAITING_PERSON
    assert plan.wake_at == NOON + WITHIN / 2


def test_a_confirmation_makes_it_live_and_names_the_contact() -> None:
    where = by_hand("x")
    where.wait(MINUTE)
    say_so(where)

    plan = where.carry_out()

    assert plan.state is MessageState.LIVE
    assert where.of("hand").confirmed_by == "link:presse"
    assert where.of("hand").posted_at is None  # nobody saw when


def test_a_late_confirmation_counts_although_the_route_went_on() -> None:
    where = by_hand("x")
    where.wait(WITHIN)
    where.carry_out()
    where.post("x", Failed(Cause.TLS))

    say_so(where)

    assert where.carry_out().state is MessageState.LIVE


def test_nobody_is_asked_again_however_bad_all_other_channels_are() -> None:
    where = by_hand("x")
    where.wait(WITHIN)
    where.carry_out()
    where.fall("x")

    plan = where.carry_out()

    assert "hand" not in plan.wanted
    assert plan.state is MessageState.STRANDED


def test_where_nothing_can_stand_in_the_limit_strands_the_message() -> None:
    where = by_hand("x", always=True)
    where.post("x", OUT)

    before = where.carry_out()
    where.wait(WITHIN)
    after = where.carry_out()

    assert (before.state, before.wake_at) == (MessageState.ACCEPTED, NOON + WITHIN / 2)
    assert after.state is MessageState.STRANDED
    assert where.of("hand").state is S.MOVED
    assert "hand" not in where.carry_out().wanted


def test_a_frozen_channel_takes_the_task_back() -> None:
    where = by_hand("x")
    where.freeze("hand")

    assert wanted(where.carry_out()) == {"x"}
    where.release("hand")
    assert wanted(where.carry_out()) == {"x"}
    assert where.of("hand").state is S.MOVED


# --- reminding --------------------------------------------------------------------------------


def test_one_reminder_falls_due_at_half_of_the_time() -> None:
    where = by_hand("x")
    waiting = where.of("hand")
    half = NOON + WITHIN / 2

    assert not asking.to_remind(waiting, half - SECOND)
    assert asking.to_remind(waiting, half)
    assert not asking.to_remind(waiting, NOON + WITHIN)
    reminded = replace(waiting, memory={**waiting.memory, asking.REMINDED: "-"})
    assert not asking.to_remind(reminded, half)
    assert asking.wake_at(waiting, NOON) == half
    assert asking.wake_at(waiting, half) == NOON + WITHIN


# --- what follows -------------------------------------------------------------------------------


def test_an_all_clear_is_owed_to_a_person_who_was_only_asked() -> None:
    chain = Chain(by_hand("x"))
    chain.wait(WITHIN)
    chain.carry_out()

    chain.follow(Kind.ALL_CLEAR)
    plan = chain.carry_out()

    assert "hand" in plan.wanted
    assert chain.alarm.of("hand").state is S.WITHDRAWN


def test_an_all_clear_that_nobody_confirms_strands() -> None:
    chain = Chain(by_hand())
    say_so(chain.alarm)
    chain.follow(Kind.ALL_CLEAR)
    chain.carry_out()
    asked(chain.last)

    chain.wait(WITHIN)

    assert chain.carry_out().state is MessageState.STRANDED


# --- laws ----------------------------------------

SPANS = {"minute": MINUTE, "half": WITHIN / 2, "hour": 60 * MINUTE, "day": 1440 * MINUTE}
HAPPENINGS = (
    *(*SPANS, "minute", "confirm", "freeze", "release", "hold", "resume"),
    *("fall", "rise", "post", "withdraw", "all_clear", "update"),
)


class Life:
    """A chain to which things happen; who is asked when is written down."""

    def __init__(self, severity: Severity, *, always: bool) -> None:
        where = town(
            *(("x", "y") if always else ("hand", "x", "y")),
            severity=severity,
            always=("hand",) if always else (),
        )
        where.judge("hand", UNSEEN)
        self.chain = Chain(where)
        self.held = False
        self.asked: dict[str, list[datetime]] = {}
        self.reminded: dict[str, list[datetime]] = {}
        self.decide()

    def decide(self) -> None:
        for link in self.chain.links:
            link.on_hold = self.held
        self.chain.carry_out()
        for link in self.chain.links:
            for delivery in link.deliveries:
                if delivery.channel == "hand":
                    self.serve(link, delivery)
        self.chain.carry_out()

    def serve(self, link: Town, delivery: Delivery) -> None:
        """Do as the service does: ask what is planned and due, remind what is half-way."""
        mark, message = f"{link.message.id}/{delivery.id}", link.message
        live = message.withdrawn_at is None and message.superseded_at is None
        if self.held:
            return
        if delivery.state is S.PLANNED and delivery.due_at <= link.at:
            assert live, "asked for what is over"
            assert link.at < message.expires_at, "asked after the end"
            self.asked.setdefault(mark, []).append(link.at)
            asked(link)
        elif asking.to_remind(delivery, link.at):
            assert live, "reminded of what is over"
            assert link.at < message.expires_at, "reminded after the end"
            self.reminded.setdefault(mark, []).append(link.at)
            memory = {**delivery.memory, asking.REMINDED: "-"}
            link.put(replace(delivery, memory=memory))

    def happens(self, what: str) -> None:
        if what in SPANS:
            self.chain.wait(SPANS[what])
        else:
            getattr(self, what)()
        self.decide()

    def each(self) -> list[tuple[Town, Delivery]]:
        return [(link, delivery) for link in self.chain.links for delivery in link.deliveries]

    def confirm(self) -> None:
        for link, delivery in self.each():
            if delivery.channel == "hand" and delivery.state in {S.AWAITING_PERSON, S.MOVED}:
                say_so(link)

    def post(self) -> None:
        for link, delivery in self.each():
            if delivery.channel != "hand" and delivery.state is S.PLANNED:
                link.put(step(delivery, S.PUBLISHED, link.at, receipt=OUT.receipt))

    def freeze(self) -> None:
        self.chain.alarm.freeze("hand")

    def release(self) -> None:
        self.chain.alarm.release("hand")

    def hold(self) -> None:
        self.held = True

    def resume(self) -> None:
        self.held = False

    def fall(self) -> None:
        self.chain.alarm.fall("x")

    def rise(self) -> None:
        self.chain.alarm.rise("x")

    def withdraw(self) -> None:
        last = self.chain.last
        last.message = replace(last.message, withdrawn_at=last.at)

    def all_clear(self) -> None:
        if len(self.chain.links) < 4:
            self.chain.follow(Kind.ALL_CLEAR)

    def update(self) -> None:
        if len(self.chain.links) < 4:
            self.chain.follow(Kind.UPDATE)


@given(
    severity=st.sampled_from([Severity.SEVERE, Severity.MODERATE]),
    always=st.booleans(),
    story=st.lists(st.sampled_from(HAPPENINGS), max_size=14),
)
@settings(max_examples=150, deadline=timedelta(seconds=5))
def test_whatever_happens_nobody_is_asked_twice_or_after_the_end(
    severity: Severity,
    always: bool,  # noqa: FBT001 - a case
    story: list[str],
) -> None:
    life = Life(severity, always=always)

    for what in story:
        life.happens(what)

    assert all(len(times) == 1 for times in life.asked.values())
    assert all(len(times) == 1 for times in life.reminded.values())
    for mark, (reminded,) in life.reminded.items():
        (first,) = life.asked[mark]
        assert first + WITHIN / 2 <= reminded < first + WITHIN
    for link in life.chain.links:
        for delivery in link.deliveries:
            if asking.waits(delivery):
                assert not asking.over(delivery, link.at), "waits beyond the limit"
