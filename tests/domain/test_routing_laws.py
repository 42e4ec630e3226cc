"""Laws of choosing channels, over random towns: against a naive reading, and for ever after."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Cause, Severity, State
from sentinel.domain.delivery import Delivery, DeliveryState
from sentinel.domain.health import Verdict
from sentinel.domain.message import Kind, MessageState
from sentinel.domain.plan import Reason, View
from sentinel.domain.rules import FailOverWhen, Freeze, Mode, OnRecovery, Route
from tests.domain.course import MINUTE, NOON, SECOND
from tests.domain.gravity import GRAVITY
from tests.domain.reading import Reading
from tests.domain.town import PUBLIC, PUBLISH, Town, bad, channel, delivery, message, up

S = DeliveryState
OUT_OR_MAYBE = {S.PUBLISHED, S.PUBLISHING, S.UNKNOWN}
NAMES = ("a", "b", "c", "d")
PUBLIC_ONLY = {Cause.READER_RESTRICTED, Cause.NOT_VISIBLE}
CAUSES = [Cause(word) for word in GRAVITY]
# Patience ends after 20 s: what matters happens around that, and around now.
moments = st.sampled_from([-40, -20, -1, 0, 1, 19, 20, 40]).map(lambda s: NOON + s * SECOND)
past = st.sampled_from([0, -1, -19, -20, -21, -30, -40]).map(lambda s: NOON + s * SECOND)
ahead = st.sampled_from([1, 40]).map(lambda s: NOON + s * SECOND)  # the clock was set back since


@st.composite
def verdicts(draw: st.DrawFn, causes: list[Cause]) -> Verdict:
    cause = draw(st.sampled_from(causes)) if draw(st.integers(0, 3)) == 0 else None
    since, half_open = draw(past | past | ahead), draw(st.booleans())
    if cause is None:
        return up(since=since, half_open=half_open)
    return bad(cause, since=since, half_open=half_open and cause is Cause.STALE)


@st.composite
def views(draw: st.DrawFn, name: str) -> View:
    mode = draw(st.sampled_from([Mode.ACTIVE] * 4 + [Mode.STANDBY, Mode.FROZEN, Mode.OFF]))
    known = {PUBLISH: draw(verdicts([c for c in CAUSES if c not in PUBLIC_ONLY]))}
    if draw(st.booleans()):
        known[PUBLIC] = draw(verdicts([*PUBLIC_ONLY, Cause.STALE, Cause.NOT_OBSERVED]))
    freeze = None
    if draw(st.integers(0, 5)) == 0:
        until = draw(st.none() | moments)
        freeze = Freeze(channel=name, reason="-", by="u", until=until)
    return View(channel=channel(name, mode=mode), verdicts=known, freeze=freeze)


@st.composite
def deliveries(draw: st.DrawFn, name: str) -> Delivery | None:
    state = draw(
        st.none()
        | st.sampled_from(
            [
                *(S.PLANNED, S.PLANNED, S.MOVED, S.MOVED, S.PUBLISHING, S.PUBLISHING),
                *(S.PUBLISHED, S.PUBLISHED, S.UNKNOWN, S.REFUSED),
            ]
        )
    )
    if state is None:
        return None
    planned = draw(past)
    since = draw(past.filter(lambda at: at >= planned)) if planned < NOON else NOON
    untried = state in {S.PLANNED, S.MOVED} and draw(st.booleans())
    attempts = 0 if untried else draw(st.integers(1, 9))
    cause = draw(st.sampled_from([Cause.TLS, Cause.RATE_LIMITED, Cause.PLAN_REFUSED]))
    never_failed = untried or (state is S.PUBLISHING and attempts == 1)
    return delivery(
        name,
        state,
        planned_at=planned,
        since=since,
        due_at=draw(moments),
        attempts=attempts,
        cause=None if never_failed else draw(st.none() | st.just(cause)),
        finds=draw(st.integers(0, 2)) if state is S.UNKNOWN else 0,
    )


@st.composite
def towns(draw: st.DrawFn, *, begun: bool = True) -> Town:
    names = NAMES[: draw(st.integers(1, 4))]
    needs = draw(st.sampled_from([{PUBLISH}, {PUBLISH, PUBLIC}]))
    route = Route(
        name="katastrophe",
        priority=names,
        copies=draw(st.integers(1, len(names))),
        needs=frozenset(needs),
        fail_over_when=draw(st.sampled_from(FailOverWhen)),
        on_recovery=draw(st.sampled_from(OnRecovery)),
    )
    known = [draw(deliveries(name)) for name in names] if begun else []
    return Town(
        routes=(route,),
        message=message(draw(st.sampled_from([Severity.SEVERE, Severity.MODERATE]))),
        board={name: draw(views(name)) for name in names},
        deliveries=[one for one in known if one],
        on_hold=draw(st.integers(0, 5)) == 0,
        waiting_since=draw(st.none() | past),
        why=draw(st.dictionaries(_places(names), st.sampled_from(Reason))),
    )


def _places(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, str]]:
    return st.tuples(st.just("katastrophe"), st.sampled_from(names))


@st.composite
def follow_ups(draw: st.DrawFn) -> Town:
    """A town that decides about an update or all-clear, and its earlier link's deliveries."""
    town = draw(towns())
    earlier = [draw(left_behind(name)) for name in town.board]
    kind = draw(st.sampled_from([Kind.UPDATE, Kind.ALL_CLEAR]))
    town.message = replace(town.message, id="m2", chain="m", kind=kind, references=("m",))
    town.earlier = [one for one in earlier if one is not None]
    return town


@st.composite
def left_behind(draw: st.DrawFn, name: str) -> Delivery | None:
    """What an earlier link left on a channel."""
    state = draw(st.none() | st.sampled_from([*OUT_OR_MAYBE, *S]))
    return state and delivery(name, state, since=draw(past), planned_at=NOON - MINUTE)


@settings(max_examples=600, deadline=None)
@given(towns() | follow_ups())
def test_the_plan_is_what_a_naive_reading_of_the_documents_says(town: Town) -> None:
    plan, said = town.plan(), Reading(town).said()

    assert set(plan.wanted) == said.wanted
    assert set(plan.last_resort) == said.last
    assert set(plan.late) == said.late
    assert plan.hopes == said.hopes
    assert (plan.state is MessageState.LIVE) == said.live
    assert bool(plan.stranded) == (said.stranded and not said.live) or said.live


@given(towns() | follow_ups())
def test_the_same_facts_give_the_same_plan_and_carrying_it_out_changes_nothing(
    town: Town,
) -> None:
    first = town.carry_out()
    again = town.carry_out()

    assert again.wanted == first.wanted
    assert again.dropped == {}
    assert again.stranded == first.stranded
    assert again.last_resort == first.last_resort
    assert (again.late, again.hopes) == (first.late, first.hopes)
    assert again.state is first.state
    assert again.wake_at == first.wake_at


@given(towns() | follow_ups())
def test_nothing_is_wanted_where_nothing_may_be_posted(town: Town) -> None:
    plan = town.plan()

    for name in plan.wanted:
        seen, verdict = town.board[name], town.board[name].verdicts[PUBLISH]
        assert seen.channel.mode in {Mode.ACTIVE, Mode.STANDBY}
        assert seen.freeze is None or (seen.freeze.until and seen.freeze.until <= town.at)
        assert verdict.cause is not Cause.ACCOUNT_LOCKED


@given(towns() | follow_ups())
def test_what_is_out_or_may_be_out_is_neither_dropped_nor_repeated(town: Town) -> None:
    plan = town.plan()

    for one in town.deliveries:
        if one.state in {S.PUBLISHED, S.UNKNOWN, S.REFUSED}:
            assert one.channel not in plan.wanted
        if one.state not in {S.PLANNED, S.AWAITING_PERSON}:
            assert one.id not in plan.dropped


@given(towns() | follow_ups())
def test_every_channel_is_used_or_passed_over_with_a_reason(town: Town) -> None:
    plan = town.plan()

    noted = {note.channel for note in plan.passed}
    out = {d.channel for d in town.deliveries if d.state in OUT_OR_MAYBE}
    assert set(town.board) == set(plan.wanted) | noted | out


@given(towns(begun=False))
def test_a_route_with_a_usable_channel_left_is_never_stranded(town: Town) -> None:
    town.routes = (replace(town.routes[0], copies=1),)
    usable = [
        name
        for name in town.board
        if Reading(town).in_service(name) and not Reading(town).diverted(name)
    ]
    assume(usable)

    assert town.plan().stranded == ()


@given(towns(begun=False))
def test_the_first_usable_channel_is_chosen(town: Town) -> None:
    town.routes = (replace(town.routes[0], copies=1),)
    for name, seen in town.board.items():  # nothing in doubt, nothing on standby
        if seen.channel.mode is Mode.STANDBY:
            town.alter(name, mode=Mode.ACTIVE)
        for ability, verdict in seen.verdicts.items():
            if verdict.state is State.UNKNOWN:
                town.judge(name, up(), ability)
    naive = Reading(town)
    usable = [n for n in town.board if naive.in_service(n) and not naive.diverted(n)]
    assume(usable)

    plan = town.plan()

    assert list(plan.wanted) == usable[:1]
    before = list(town.board)[: list(town.board).index(usable[0])]
    assert set(before) <= {n.channel for n in plan.passed if n.reason is not Reason.NOT_NEEDED}


@given(towns(), st.timedeltas(timedelta(), timedelta(days=3)))
def test_nothing_is_wanted_after_the_end(town: Town, later: timedelta) -> None:
    town.at = town.message.expires_at + later

    plan = town.carry_out()

    assert not plan.wanted
    assert plan.state in {MessageState.LIVE, MessageState.EXPIRED}
    if plan.state is MessageState.EXPIRED:
        assert not any(d.pending for d in town.deliveries if d.state is not S.PUBLISHING)


@given(towns())
def test_a_message_that_nobody_works_on_does_not_wait_unseen(town: Town) -> None:
    """Whatever the dispatcher fails to do, looking again when told to ends in an alarm."""
    line_lost = any(s.verdicts[PUBLISH].cause is Cause.UPLINK_LOST for s in town.board.values())
    assume(not town.on_hold and not line_lost)
    assume(not any(d.state is S.PUBLISHING for d in town.deliveries))

    plan = town.carry_out()
    while plan.state is MessageState.ACCEPTED:
        assert plan.wake_at is not None
        assert plan.wake_at > town.at
        town.at = plan.wake_at
        plan = town.carry_out()

    assert plan.state in {MessageState.STRANDED, MessageState.LIVE}
    assert town.at <= NOON + 10 * MINUTE
