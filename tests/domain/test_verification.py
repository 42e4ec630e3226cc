"""Looking at what went out: soon, a few times, never at the expense of anything else."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Delivery, DeliveryState, Receipt, Rendered
from sentinel.domain.observation import Finding
from sentinel.domain.quota import Room, Source
from sentinel.domain.verification import (
    GIVEN_UP_AFTER,
    LOOKS_AFTER,
    SIGHTS,
    Glance,
    Unverified,
    after_look,
    given_up,
    glances,
    in_pace,
    is_due,
    next_look,
    spares,
    unseen,
)
from tests.domain.course import MINUTE, NOON, SECOND

READ_BACK, PUBLIC = SIGHTS
BOTH = frozenset(SIGHTS)
HOUR = timedelta(hours=1)

ages = st.integers(0, 3 * 3600).map(lambda seconds: timedelta(seconds=seconds))
moments = ages.map(lambda age: NOON + age)


def posted(**changes: object) -> Delivery:
    plain = Delivery(
        id="d",
        message_id="m",
        channel="x-stadt",
        account="x:stadt",
        routes=("katastrophe",),
        state=DeliveryState.PUBLISHED,
        rendered=Rendered(text="Bombe", key="k", length=5, limit=280),
        planned_at=NOON,
        due_at=NOON,
        since=NOON,
        posted_at=NOON,
        receipt=Receipt(post_id="17"),
        evidence="HTTP 200",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def post(name: str, at: datetime, account: str = "x:stadt") -> Unverified:
    return Unverified(delivery=name, account=account, posted_at=at, unseen=BOTH)


def says(ability: Ability, cause: Cause | None, evidence: str = "HTTP 404") -> Finding:
    return Finding(ability=ability, cause=cause, evidence=evidence)


# When


def test_a_post_is_looked_at_after_seconds_and_four_times_more_within_the_hour() -> None:
    looks, looked_at = [], None
    while (moment := next_look(NOON, looked_at)) is not None:
        looks.append(moment - NOON)
        looked_at = moment

    assert looks == [3 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR]


def test_looks_that_were_missed_are_made_up_by_one() -> None:
    began = NOON + 20 * MINUTE

    assert is_due(NOON, None, began)
    assert not is_due(NOON, began, began + 30 * MINUTE)
    assert is_due(NOON, began, NOON + HOUR)
    assert not is_due(NOON, None, NOON + GIVEN_UP_AFTER)


@given(st.lists(moments, max_size=60))
def test_however_often_it_is_asked_a_post_is_looked_at_five_times_at_most(
    asked: list[datetime],
) -> None:
    looks: list[datetime] = []
    for at in sorted(asked):
        if is_due(NOON, looks[-1] if looks else None, at):
            looks.append(at)

    assert len(looks) <= len(LOOKS_AFTER)
    assert all(at - NOON >= pause for at, pause in zip(looks, LOOKS_AFTER, strict=False))
    assert all(at < NOON + GIVEN_UP_AFTER for at in looks)


# Which


posts = st.lists(
    st.builds(
        Unverified,
        delivery=st.uuids().map(str),
        account=st.sampled_from(["x:stadt", "threads:stadt", "mastodon:stadt"]),
        posted_at=moments,
        unseen=st.sets(st.sampled_from(SIGHTS)).map(frozenset),
    ),
    max_size=12,
)
allowed = st.dictionaries(
    st.sampled_from(["x:stadt", "threads:stadt", "mastodon:stadt"]),
    st.sets(st.sampled_from(SIGHTS)).map(frozenset),
)


@settings(max_examples=200)
@given(posts, allowed, moments, st.integers(0, 4))
def test_the_newest_post_comes_first_one_at_a_time_on_each_account(
    waiting: list[Unverified], may: dict[str, frozenset[Ability]], at: datetime, limit: int
) -> None:
    chosen = glances(waiting, {}, at, may=may, limit=limit)

    by_id = {each.delivery: each for each in waiting}
    accounts = [glance.account for glance in chosen]
    assert len(chosen) <= limit
    assert len(set(accounts)) == len(accounts)
    assert all(glance.ability in may[glance.account] for glance in chosen)
    times = [by_id[glance.delivery].posted_at for glance in chosen]
    assert all(newer >= older for newer, older in pairwise(times))
    for glance in chosen:
        newer = [
            each
            for each in waiting
            if each.account == glance.account
            and each.posted_at > by_id[glance.delivery].posted_at
            and is_due(each.posted_at, None, at)
            and each.unseen & may[each.account]
        ]
        assert newer == []


def test_a_burst_is_looked_at_post_by_post() -> None:
    burst = [post(f"d{number}", NOON + number * SECOND) for number in range(3)]
    looked: dict[tuple[str, Ability], datetime] = {}
    seen = []

    for tick in range(6):
        at = NOON + (5 + tick) * SECOND
        for glance in glances(burst, looked, at, may={"x:stadt": BOTH}, limit=9):
            looked[glance.delivery, glance.ability] = at
            seen.append((glance.delivery, glance.ability))

    assert seen == [(name, ability) for name in ("d2", "d1", "d0") for ability in SIGHTS]


def test_what_an_account_does_not_allow_now_leaves_the_turn_to_the_rest() -> None:
    two = [post("d1", NOON, "x:stadt"), post("d2", NOON - SECOND, "threads:stadt")]

    chosen = glances(two, {}, NOON + 9 * SECOND, may={"threads:stadt": {PUBLIC}}, limit=1)

    assert chosen == [Glance("d2", "threads:stadt", PUBLIC)]


# At whose expense


@given(st.lists(moments, max_size=80), st.integers(60, 3600).map(lambda s: timedelta(seconds=s)))
def test_a_paid_look_keeps_the_pace_of_its_probe(asked: list[datetime], every: timedelta) -> None:
    looks: list[datetime] = []
    for at in sorted(asked):
        if in_pace(looks, every, at):
            looks.append(at)

    assert all(third - first >= every for first, third in zip(looks, looks[2:], strict=False))


def room(remaining: float, reserve: float = 0) -> Room:
    return Room(
        limit=100, remaining=remaining, reserve=reserve, resets_at=None, source=Source.HEADERS
    )


def test_the_last_fifth_of_a_limit_and_the_reserve_are_never_used() -> None:
    assert spares(None)
    assert spares(room(21))
    assert not spares(room(20))
    assert spares(room(51, reserve=50))
    assert not spares(room(50, reserve=50))


@given(st.integers(0, 100), st.integers(0, 100))
def test_looking_on_and_on_stops_before_a_limit_is_spent(remaining: int, reserve: int) -> None:
    left = remaining
    while spares(room(left, reserve)):
        left -= 1

    assert left >= min(remaining, max(reserve, 20))


# What is seen


def test_what_was_seen_is_written_down_once() -> None:
    once = after_look(posted(), READ_BACK, [says(READ_BACK, None)], NOON + 3 * SECOND)
    twice = after_look(once, READ_BACK, [says(READ_BACK, None)], NOON + MINUTE)
    whole = after_look(once, PUBLIC, [says(PUBLIC, None)], NOON + MINUTE)

    assert once.read_back_at == NOON + 3 * SECOND
    assert once.public_at is None
    assert twice == once
    assert unseen(whole) == frozenset()


@pytest.mark.parametrize(
    "cause", [Cause.UNREACHABLE, Cause.RATE_LIMITED, Cause.CREDENTIAL_REJECTED]
)
def test_no_answer_is_no_finding(cause: Cause) -> None:
    before = posted(note=Cause.TRUNCATED, evidence="read_back: differs")

    after = after_look(before, READ_BACK, [says(READ_BACK, cause)], NOON + HOUR)

    assert after is before


def test_a_look_that_proves_nothing_has_seen_nothing() -> None:
    before = posted()
    blind = replace(says(READ_BACK, None), proves=False)

    assert after_look(before, READ_BACK, [blind], NOON + HOUR) is before


def test_a_post_that_shows_late_ends_as_seen() -> None:
    hidden = [says(READ_BACK, Cause.NOT_VISIBLE)]
    early = after_look(posted(), READ_BACK, hidden, NOON + 3 * SECOND)
    late = after_look(early, READ_BACK, hidden, NOON + 30 * SECOND)
    there = after_look(late, READ_BACK, [says(READ_BACK, None)], NOON + 2 * MINUTE)

    assert early == posted()
    assert (late.note, late.evidence) == (Cause.NOT_VISIBLE, "read_back: HTTP 404")
    assert (there.note, there.read_back_at) == (None, NOON + 2 * MINUTE)


def test_a_doubt_ends_only_with_the_look_that_raised_it() -> None:
    seen = posted(read_back_at=NOON, public_at=NOON)
    walled = after_look(seen, PUBLIC, [says(PUBLIC, Cause.READER_RESTRICTED)], NOON + HOUR)
    read = after_look(walled, READ_BACK, [says(READ_BACK, None)], NOON + HOUR)
    open_again = after_look(read, PUBLIC, [says(PUBLIC, None)], NOON + 2 * HOUR)

    assert walled.note is Cause.READER_RESTRICTED
    assert read == walled
    assert open_again.note is None
    assert open_again.public_at == NOON  # when it was seen first


def test_what_the_platform_said_at_once_stands_until_everything_was_seen_well() -> None:
    unlisted = posted(note=Cause.READER_RESTRICTED)
    read = after_look(unlisted, READ_BACK, [says(READ_BACK, None)], NOON + 3 * SECOND)
    public = after_look(read, PUBLIC, [says(PUBLIC, None)], NOON + 3 * SECOND)

    assert (read.note, read.read_back_at) == (Cause.READER_RESTRICTED, NOON + 3 * SECOND)
    assert public.note is None


def test_the_graver_doubt_is_shown() -> None:
    cut = after_look(posted(), READ_BACK, [says(READ_BACK, Cause.TRUNCATED)], NOON + MINUTE)
    gone = after_look(cut, PUBLIC, [says(PUBLIC, Cause.NOT_VISIBLE)], NOON + MINUTE)
    cut_again = after_look(gone, READ_BACK, [says(READ_BACK, Cause.TRUNCATED)], NOON + HOUR)

    assert [each.note for each in (cut, gone, cut_again)] == [
        Cause.TRUNCATED,
        Cause.NOT_VISIBLE,
        Cause.NOT_VISIBLE,
    ]


def test_a_text_that_is_there_but_cut_was_not_read_back() -> None:
    findings = [says(READ_BACK, None), says(READ_BACK, Cause.TRUNCATED)]

    after = after_look(posted(), READ_BACK, findings, NOON + MINUTE)

    assert (after.note, after.read_back_at) == (Cause.TRUNCATED, None)


def test_after_the_last_look_it_says_what_was_never_seen() -> None:
    half = posted(read_back_at=NOON)

    over = given_up(half, BOTH)

    assert over.evidence == "never seen: public"
    assert given_up(over, BOTH) == over
    assert given_up(half, {READ_BACK}) is half
    assert given_up(posted(note=Cause.NOT_VISIBLE), BOTH).evidence == "HTTP 200"
    assert after_look(over, PUBLIC, [says(PUBLIC, None)], NOON + HOUR).evidence == ""


causes = st.sampled_from(
    [None, Cause.NOT_VISIBLE, Cause.READER_RESTRICTED, Cause.TRUNCATED, Cause.UNREACHABLE]
)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(SIGHTS), causes, ages), max_size=12))
def test_whatever_is_found_nothing_is_said_to_be_seen_that_was_not(
    looks: Iterable[tuple[Ability, Cause | None, timedelta]],
) -> None:
    now, shown = posted(), set()
    for ability, cause, age in looks:
        if cause is None:
            shown.add(ability)
        now = after_look(now, ability, [says(ability, cause)], NOON + age)

    assert BOTH - unseen(now) == shown
    assert now.live
    assert (now.receipt, now.posted_at) == (posted().receipt, NOON)
