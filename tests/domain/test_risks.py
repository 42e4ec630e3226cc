"""The risk register: each risk is named in time, with what to do, and none is made up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.forecast import forecast, uses_of
from sentinel.domain.health import Verdict
from sentinel.domain.quota import room
from sentinel.domain.resilience import losses
from sentinel.domain.risks import Exposure, Gravity, Risk, RiskKind, holds, register
from sentinel.domain.rules import Channel, Mode, QuotaRule, Route, Rules
from sentinel.domain.shortage import Budget, budget
from sentinel.errors import Phrase

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def channel(name: str, operator: str = "x", reach: int | None = None, **more: Any) -> Channel:
    return Channel(
        name=name, platform="p", operator=operator, account=name, reach=reach, uplink=None, **more
    )


def town(*channels: Channel, priority: tuple[str, ...] = ()) -> Rules:
    names = priority or tuple(one.name for one in channels)
    return Rules(
        organisation="Stadt",
        channels={one.name: one for one in channels},
        routes=(Route(name="alles", priority=names),),
    )


def spent(posts: int, within: timedelta, *, limit: int = 50, reserve: int = 0) -> Budget:
    gone = [NOON - n * within / posts for n in range(posts)]
    known = room("posts", posts=gone, rule=QuotaRule(limit=limit, reserve=reserve), at=NOON)
    assert known
    return budget(known, forecast(known, uses_of(gone), NOON), NOON)


def alone(one: Exposure, **more: Any) -> list[Risk]:
    """The risks of one channel, without those of rules that hold only one."""
    found = register(town(one.channel, channel("b", "own")), [one], NOON, **more)
    return [risk for risk in found if risk.kind not in {RiskKind.RESILIENCE, RiskKind.DEPENDENCE}]


def test_of_a_sound_channel_there_is_nothing_to_say() -> None:
    sound = Exposure(
        channel=channel("a"),
        credential_expires_at=NOON + 400 * DAY,
        api_versions={"v1.0": date(2028, 1, 1)},
        quotas=(spent(10, timedelta(hours=9), limit=300, reserve=20),),
    )

    assert alone(sound, clock_ahead=timedelta(seconds=1)) == []


@pytest.mark.parametrize(
    ("days", "gravity"), [(31, None), (29, Gravity.PLAN), (14, Gravity.ACT), (-1, Gravity.ACT)]
)
def test_a_credential_that_expires_is_named_in_time(days: int, gravity: Gravity | None) -> None:
    found = alone(Exposure(channel=channel("a"), credential_expires_at=NOON + days * DAY))

    assert [risk.gravity for risk in found] == ([gravity] if gravity else [])
    assert all(risk.due_at == NOON + days * DAY for risk in found)


def test_an_expired_credential_is_not_said_to_expire() -> None:
    (risk,) = alone(Exposure(channel=channel("a"), credential_expires_at=NOON - DAY))

    assert risk.phrase.en == "The credentials of a expired on 14 Jan 2026."
    assert risk.phrase.de == "Die Zugangsdaten von a sind seit dem 14.01.2026 abgelaufen."


@pytest.mark.parametrize(
    ("ends", "gravity"),
    [
        (date(2026, 12, 1), None),
        (date(2026, 6, 1), Gravity.PLAN),
        (date(2026, 2, 1), Gravity.ACT),
    ],
)
def test_the_end_of_an_interface_is_named_in_time(ends: date, gravity: Gravity | None) -> None:
    found = alone(Exposure(channel=channel("a"), api_versions={"v1.0": ends}))

    assert [risk.gravity for risk in found] == ([gravity] if gravity else [])


@pytest.mark.parametrize(
    ("quota", "gravity", "told"),
    [
        (spent(7, timedelta(minutes=5), limit=250), None, ""),  # a morning's posts
        (
            spent(12, HOUR),
            Gravity.PLAN,
            "The quota posts/24h of a runs low: 38/50 left; used up at",
        ),
        (
            spent(30, HOUR),
            Gravity.ACT,
            "The quota posts/24h of a runs low: 20/50 left; used up at",
        ),
        (
            spent(40, 20 * HOUR, reserve=10),
            Gravity.ACT,
            (
                "The quota posts/24h of a is down to its reserve: 10/50 left, for extreme and "
                "severe messages only"
            ),
        ),
        (spent(50, 20 * HOUR), Gravity.ACT, "The quota posts/24h of a is used up; free again at"),
    ],
)
def test_a_quota_is_a_risk_when_it_would_run_out_within_hours(
    quota: Budget, gravity: Gravity | None, told: str
) -> None:
    found = alone(Exposure(channel=channel("a"), quotas=(quota,)))

    assert [risk.gravity for risk in found] == ([gravity] if gravity else [])
    assert all(risk.phrase.en.startswith(told) for risk in found)


@pytest.mark.parametrize(
    ("state", "cause", "named"),
    [
        (State.DOWN, Cause.READER_RESTRICTED, True),
        (State.DOWN, Cause.UNREACHABLE, False),
        (State.UNKNOWN, Cause.STALE, False),
        (State.UP, None, False),
    ],
)
def test_a_login_wall_is_named_and_an_outage_is_none(
    state: State, cause: Cause | None, *, named: bool
) -> None:
    verdict = Verdict(state=state, cause=cause, evidence="", since=NOON)

    found = alone(Exposure(channel=channel("a"), verdicts={Ability.PUBLIC: verdict}))

    assert [risk.kind for risk in found] == ([RiskKind.LOGIN_WALL] if named else [])


@pytest.mark.parametrize(("seconds", "word"), [(180, "180 s fast"), (-95, "95 s slow")])
def test_our_own_clock_is_named_when_it_is_wrong(seconds: int, word: str) -> None:
    (risk,) = alone(Exposure(channel=channel("a")), clock_ahead=timedelta(seconds=seconds))

    assert risk.kind is RiskKind.CLOCK
    assert word in risk.phrase.en


def test_a_price_is_to_be_known_in_the_platforms_own_words() -> None:
    price = Phrase(de="kostet Geld", en="costs money")

    (risk,) = alone(Exposure(channel=channel("a"), price=price))

    assert (risk.gravity, risk.phrase.de, risk.phrase.en) == (
        Gravity.KNOW,
        "a: kostet Geld.",
        "a: costs money.",
    )


def test_a_channel_that_is_off_has_no_risk() -> None:
    off = channel("a", mode=Mode.OFF)

    assert alone(Exposure(channel=off, credential_expires_at=NOON)) == []


def test_an_operator_with_more_than_half_of_the_reach_is_a_dependence() -> None:
    rules = town(
        channel("threads", "meta", 4000),
        channel("instagram", "meta", 3000),
        channel("x", "x", 3000),
        channel("seite", "own", 2000),
    )

    found = [r for r in register(rules, [], NOON) if r.kind is RiskKind.DEPENDENCE]

    assert [(risk.subject, risk.phrase.en) for risk in found] == [
        ("meta", "58 % of the reach hangs on one operator: meta (7000 of 12000).")
    ]
    assert [(hold.operator, hold.reach) for hold in holds(rules)] == [
        ("meta", 7000),
        ("x", 3000),
        ("own", 2000),
    ]


def test_the_citys_own_reach_is_no_dependence_and_none_stated_is_none() -> None:
    own = town(channel("seite", "own", 9000), channel("x", "x", 1))
    unstated = town(channel("threads", "meta"), channel("x", "x"))

    assert RiskKind.DEPENDENCE not in {risk.kind for risk in register(own, [], NOON)}
    assert RiskKind.DEPENDENCE not in {risk.kind for risk in register(unstated, [], NOON)}


def test_what_one_loss_would_leave_with_nothing_is_named_with_the_routes() -> None:
    rules = town(
        channel("threads", "meta", depends_on=("hetzner",)),
        channel("instagram", "meta", depends_on=("hetzner",)),
    )

    found = {risk.subject: risk for risk in register(rules, [], NOON)}

    assert {name for name, risk in found.items() if risk.routes == ("alles",)} == {
        "meta",
        "hetzner",
    }
    assert found["meta"].gravity is Gravity.PLAN
    assert found["meta"].phrase.en == "Without operator meta: no longer fulfilled: alles."


names = st.sampled_from(["a", "b", "c", "d"])
channels = st.builds(
    channel,
    names,
    st.sampled_from(["meta", "x", "own"]),
    st.none() | st.integers(0, 10_000),
    mode=st.sampled_from(list(Mode)),
    depends_on=st.sampled_from([(), ("hetzner",)]),
)
towns = st.lists(channels, min_size=1, max_size=4, unique_by=lambda one: one.name).map(
    lambda found: town(*found)
)
exposures = st.builds(
    Exposure,
    channel=channels,
    credential_expires_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    api_versions=st.dictionaries(st.just("v1"), st.dates(), max_size=1),
)


@given(towns, st.lists(exposures, max_size=4))
def test_the_gravest_comes_first_and_then_the_soonest(rules: Rules, found: list[Exposure]) -> None:
    risks = register(rules, found, NOON)

    ranks = [risk.gravity.rank for risk in risks]
    assert ranks == sorted(ranks)
    for gravity in Gravity:
        due = [risk.due_at for risk in risks if risk.gravity is gravity and risk.due_at]
        assert due == sorted(due)
    assert all(risk.phrase.de and risk.phrase.en for risk in risks)


@given(towns)
def test_what_would_strand_a_route_is_in_the_register_and_nothing_else_is(rules: Rules) -> None:
    named = {
        (risk.subject, risk.routes)
        for risk in register(rules, [], NOON)
        if risk.kind is RiskKind.RESILIENCE
    }

    assert named == {(loss.name, loss.stranded) for loss in losses(rules) if loss.stranded}


@given(towns)
def test_the_shares_of_all_operators_are_one_whole(rules: Rules) -> None:
    shares = [hold.share for hold in holds(rules)]

    assert sum(shares) == pytest.approx(1) or not any(shares)
