"""The judge decides by what is so when an expectation's time is over."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.drills.course import Course, Scene, Snapshot
from sentinel.drills.judge import judge
from sentinel.drills.shape import Expectation

SCENE = Scene(
    accounts={"x-stadt": ("x", "stadt"), "threads-stadt": ("threads", "stadt")},
    inboxes={"presse": frozenset({"presse"})},
    headlines={"sturm": "Sturm"},
)


def expectation(**stated: Any) -> Expectation:
    return Expectation.model_validate(stated)


def verdict(state: str, cause: str | None = None) -> Mapping[str, Any]:
    shape = {"state": state, "cause": cause, "evidence": "", "since": None}
    return {"x-stadt": {"id": "x-stadt", "abilities": {"publish": shape}}}


def delivery(channel: str, state: str, cause: str | None = None) -> dict[str, Any]:
    return {"channel": channel, "state": state, "cause": cause, "attempts": []}


def message(*deliveries: dict[str, Any], passed: tuple[str, str, str] | None = None) -> Any:
    notes = [dict(zip(("channel", "reason", "cause"), passed, strict=True))] if passed else []
    return {"sturm": {"deliveries": list(deliveries), "explanations": notes}}


def post(platform: str) -> dict[str, Any]:
    return {"platform": platform, "account": "stadt", "text": "Sturm\n\nBleiben Sie im Haus."}


def course(*snapshots: Snapshot, ends_s: float = 20.0, **done: float) -> Course:
    return Course(ends_s=ends_s, snapshots=list(snapshots), done=done)


DOWN = {"channel": "x-stadt", "ability": "publish", "state": "down"}


def test_an_ability_that_is_down_when_the_time_is_over_holds_and_says_how_long_it_took() -> None:
    seen = course(
        Snapshot(at_s=0.0, channels=verdict("up")),
        Snapshot(at_s=7.5, channels=verdict("down", "rate_limited")),
        grenze=5.0,
    )

    judged = judge(expectation(**{"within": "4s", "from": "grenze"}, verdict=DOWN), seen, SCENE)

    assert (judged.held, judged.after_s) == (True, 2.5)


def test_an_ability_that_goes_down_too_late_does_not_hold_and_shows_what_was_seen() -> None:
    seen = course(
        Snapshot(at_s=0.0, channels=verdict("up")), Snapshot(at_s=9.5, channels=verdict("down"))
    )

    judged = judge(expectation(within="9s", verdict=DOWN), seen, SCENE)

    assert (judged.held, judged.seen.en) == (False, "up")


def test_an_ability_that_came_back_before_the_time_is_over_does_not_hold() -> None:
    seen = course(
        Snapshot(at_s=1.0, channels=verdict("down")), Snapshot(at_s=2.0, channels=verdict("up"))
    )

    assert not judge(expectation(within="5s", verdict=DOWN), seen, SCENE).held


def test_another_cause_than_the_expected_one_does_not_hold() -> None:
    seen = course(Snapshot(at_s=1.0, channels=verdict("down", "unreachable")))
    wanted = expectation(within="5s", verdict={**DOWN, "cause": "rate_limited"})

    judged = judge(wanted, seen, SCENE)

    assert (judged.held, judged.seen.en) == (False, "down (unreachable)")


def test_what_must_stay_does_not_hold_if_it_was_broken_once() -> None:
    seen = course(
        Snapshot(at_s=0.0, channels=verdict("up")),
        Snapshot(at_s=2.0, channels=verdict("down")),
        Snapshot(at_s=3.0, channels=verdict("up")),
    )
    up = {**DOWN, "state": "up"}

    assert judge(expectation(within="9s", verdict=up), seen, SCENE).held
    assert not judge(expectation(within="9s", verdict={**up, "stays": True}), seen, SCENE).held


def test_a_message_is_on_a_channel_only_if_the_daemon_and_the_platform_both_say_so() -> None:
    wanted = expectation(on={"message": "sturm", "channel": "x-stadt"})
    said = message(delivery("x-stadt", "published"))

    both = course(Snapshot(at_s=1.0, messages=said, posts=[post("x")]))
    only_daemon = course(Snapshot(at_s=1.0, messages=said))
    only_platform = course(Snapshot(at_s=1.0, posts=[post("x")]))

    assert judge(wanted, both, SCENE).held
    assert not judge(wanted, only_daemon, SCENE).held
    assert not judge(wanted, only_platform, SCENE).held


def test_a_message_is_not_on_a_channel_only_if_neither_says_so() -> None:
    wanted = expectation(not_on={"message": "sturm", "channel": "x-stadt"})
    there = course(Snapshot(at_s=1.0, posts=[post("x")]))
    elsewhere = course(Snapshot(at_s=1.0, posts=[post("threads")]))

    assert not judge(wanted, there, SCENE).held
    assert judge(wanted, elsewhere, SCENE).held


@pytest.mark.parametrize(("posts", "held"), [(0, False), (1, True), (2, False)])
def test_one_post_means_one_and_not_two(posts: int, held: bool) -> None:  # noqa: FBT001 - a case
    wanted = expectation(
        posts={"platform": "x", "account": "stadt", "message": "sturm", "count": 1}
    )

    seen = course(Snapshot(at_s=1.0, posts=[post("x")] * posts + [post("threads")]))

    assert judge(wanted, seen, SCENE).held is held


MOVED = {"message": "sturm", "away_from": "x-stadt", "to": "threads-stadt", "cause": "rate_limited"}


def test_a_message_that_left_a_channel_after_a_try_is_rerouted() -> None:
    said = message(
        delivery("x-stadt", "moved", "rate_limited"), delivery("threads-stadt", "published")
    )

    assert judge(expectation(rerouted=MOVED), course(Snapshot(at_s=1.0, messages=said)), SCENE).held


def test_a_message_that_passed_a_channel_over_without_a_try_is_rerouted() -> None:
    passed = ("x-stadt", "impaired", "rate_limited")
    said = message(delivery("threads-stadt", "published"), passed=passed)

    assert judge(expectation(rerouted=MOVED), course(Snapshot(at_s=1.0, messages=said)), SCENE).held


@pytest.mark.parametrize(
    "said",
    [
        message(
            delivery("x-stadt", "moved", "unreachable"), delivery("threads-stadt", "published")
        ),
        message(delivery("x-stadt", "published"), delivery("threads-stadt", "published")),
        message(delivery("x-stadt", "moved", "rate_limited"), delivery("threads-stadt", "planned")),
        message(
            delivery("threads-stadt", "published"), passed=("x-stadt", "not_needed", "rate_limited")
        ),
    ],
    ids=["another cause", "still on the first", "not yet there", "was not needed"],
)
def test_everything_else_is_no_reroute(said: Any) -> None:
    assert not judge(
        expectation(rerouted=MOVED), course(Snapshot(at_s=1.0, messages=said)), SCENE
    ).held


def test_staff_are_notified_only_by_what_came_after_the_step_and_says_the_words() -> None:
    wanted = expectation(
        **{"within": "9s", "from": "grenze"}, notified={"contact": "presse", "says": "x-stadt"}
    )
    note = {"name": "presse", "body": {"title": "Störung: x-stadt", "message": ""}}
    before = course(Snapshot(at_s=9.0, notes=[{**note, "at_s": 4.0}]), grenze=5.0)
    after = course(Snapshot(at_s=9.0, notes=[{**note, "at_s": 6.0}]), grenze=5.0)
    to_others = course(Snapshot(at_s=9.0, notes=[{**note, "name": "amt", "at_s": 6.0}]), grenze=5.0)

    assert not judge(wanted, before, SCENE).held
    assert judge(wanted, after, SCENE).held
    assert not judge(wanted, to_others, SCENE).held


def test_what_must_never_be_does_not_hold_if_it_was_so_once() -> None:
    seen = course(
        Snapshot(at_s=0.0, channels=verdict("up")),
        Snapshot(at_s=2.0, channels=verdict("down", "credential_rejected")),
        Snapshot(at_s=3.0, channels=verdict("up")),
    )
    wanted = {**DOWN, "never": True}

    assert not judge(expectation(within="9s", verdict=wanted), seen, SCENE).held
    other = {**wanted, "cause": "platform_fault"}
    assert judge(expectation(within="9s", verdict=other), seen, SCENE).held


def test_a_delivery_is_judged_by_its_state_and_by_what_was_seen_of_the_post() -> None:
    moments = {"read_back_at": "2026-01-01T00:00:00Z", "public_at": None}
    said = message({**delivery("x-stadt", "published"), **moments})
    seen = course(Snapshot(at_s=1.0, messages=said))
    live = {"message": "sturm", "channel": "x-stadt", "state": "published"}

    held = {
        (read_back, public): judge(
            expectation(delivery={**live, "read_back": read_back, "public": public}), seen, SCENE
        ).held
        for read_back in (True, False)
        for public in (True, False)
    }

    assert [which for which, holds in held.items() if holds] == [(True, False)]
    assert not judge(expectation(delivery={**live, "never": True}), seen, SCENE).held


def test_every_post_of_the_message_must_be_worded_so() -> None:
    wanted = {"message": "sturm", "channel": "x-stadt", "lacks": "http"}
    linked = {**post("x"), "text": "Sturm http://stadt.test"}

    plain = course(Snapshot(at_s=1.0, posts=[post("x")]))
    both = course(Snapshot(at_s=1.0, posts=[post("x"), linked]))
    none = course(Snapshot(at_s=1.0))

    assert judge(expectation(text=wanted), plain, SCENE).held
    assert not judge(expectation(text=wanted), both, SCENE).held
    assert not judge(expectation(text=wanted), none, SCENE).held


def test_tries_are_counted_with_their_keys() -> None:
    one = {"platform": "x", "account": "stadt", "text": "Sturm", "key": "a"}
    seen = course(Snapshot(at_s=1.0, tries=[one, one, {**one, "platform": "threads"}]))
    wanted = {"platform": "x", "message": "sturm"}

    assert judge(expectation(tries={**wanted, "at_least": 2, "at_most": 2}), seen, SCENE).held
    assert judge(expectation(tries={**wanted, "keys": 1}), seen, SCENE).held
    assert not judge(expectation(tries={**wanted, "at_most": 1}), seen, SCENE).held
    assert not judge(expectation(tries={**wanted, "keys": 2}), seen, SCENE).held


def test_outages_are_counted_by_all_that_is_stated() -> None:
    outage = {"kind": "edge", "channels": ["x-stadt"], "ability": None, "operator": "cloudflare"}
    seen = course(Snapshot(at_s=1.0, outages=[{**outage, "cause": "platform_fault"}]))

    assert judge(expectation(outages={"channel": "x-stadt", "count": 1}), seen, SCENE).held
    assert judge(expectation(outages={"kind": "uplink", "count": 0}), seen, SCENE).held
    assert not judge(expectation(outages={"operator": "akamai", "count": 1}), seen, SCENE).held


def test_staff_were_not_notified_holds_exactly_where_notified_does_not() -> None:
    note = {"name": "presse", "body": {"title": "Störung", "message": ""}, "at_s": 6.0}
    seen = course(Snapshot(at_s=9.0, notes=[note]))

    for says, told in (("Störung", True), ("Zugang", False)):
        claim = {"contact": "presse", "says": says}
        assert judge(expectation(notified=claim), seen, SCENE).held is told
        assert judge(expectation(not_notified=claim), seen, SCENE).held is not told


def test_how_often_staff_were_notified_holds_for_the_exact_number_alone() -> None:
    note = {"name": "presse", "body": {"title": "Störung", "message": ""}}
    seen = course(Snapshot(at_s=9.0, notes=[{**note, "at_s": 5.0}, {**note, "at_s": 6.0}]))

    for times, so in ((1, False), (2, True), (3, False)):
        claim = {"contact": "presse", "says": "Störung", "times": times}
        assert judge(expectation(notified=claim), seen, SCENE).held is so
        assert judge(expectation(not_notified=claim), seen, SCENE).held is not so


def test_a_level_called_only_those_whom_the_daemon_says_it_called() -> None:
    notes = [
        {"name": "presse", "body": {"title": "Störung", "message": ""}, "at_s": 5.0},
        {"name": "amt", "body": {"title": "Störung", "message": ""}, "at_s": 8.0},
    ]
    calls = [
        {"at_s": 5.1, "payload": {"levels": [1], "contacts": ["presse"]}},
        {"at_s": 8.1, "payload": {"levels": [2], "contacts": ["amt"]}},
    ]
    scene = replace(SCENE, inboxes={name: frozenset({name}) for name in ("presse", "amt")})
    seen = course(Snapshot(at_s=9.0, notes=notes, calls=calls))

    for contact, level, so in (("presse", 1, True), ("presse", 2, False), ("amt", 2, True)):
        claim = {"contact": contact, "level": level}
        assert judge(expectation(notified=claim), seen, scene).held is so
        assert judge(expectation(not_notified=claim), seen, scene).held is not so


def test_what_is_counted_from_a_step_that_never_came_does_not_hold() -> None:
    wanted = expectation(**{"within": "1s", "from": "grenze"}, verdict={**DOWN, "state": "up"})

    judged = judge(wanted, course(Snapshot(at_s=0.0, channels=verdict("up"))), SCENE)

    assert (judged.held, judged.seen.en) == (False, "it did not come to that")


states = st.lists(st.tuples(st.floats(0.1, 3.0), st.sampled_from(["up", "down"])), min_size=1)


@given(states, st.integers(0, 20), st.sampled_from(["up", "down"]))
def test_an_expectation_and_its_opposite_never_both_hold(
    spells: list[tuple[float, str]], within_s: int, state: str
) -> None:
    """Compare with a naive reading: what was the last state seen by the deadline?"""
    at_s, seen = 0.0, []
    for length_s, now in spells:
        seen.append((at_s, now))
        at_s += length_s
    last = [now for moment, now in seen if moment <= within_s][-1]
    snapshots = [Snapshot(at_s=moment, channels=verdict(now)) for moment, now in seen]

    held = {
        wanted: judge(
            expectation(within=f"{within_s}s", verdict={**DOWN, "state": wanted}),
            course(*snapshots),
            SCENE,
        ).held
        for wanted in ("up", "down")
    }

    assert held == {last: True, ({"up", "down"} - {last}).pop(): False}
    assert held[state] is (last == state)
