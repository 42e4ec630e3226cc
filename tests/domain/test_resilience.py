"""Resilience: what the loss of one channel, operator, dependency or uplink would do."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.resilience import Loss, LossKind, carries, losses
from sentinel.domain.rules import Channel, Mode, Route, Rules


def channel(
    name: str,
    operator: str = "own",
    *,
    mode: Mode = Mode.ACTIVE,
    reach: int | None = None,
    depends_on: tuple[str, ...] = (),
    uplink: str | None = None,
) -> Channel:
    return Channel(
        name=name,
        platform="p",
        operator=operator,
        account=name,
        mode=mode,
        reach=reach,
        depends_on=depends_on,
        uplink=uplink,
    )


def rules(channels: list[Channel], *routes: Route) -> Rules:
    return Rules(organisation="M", channels={one.name: one for one in channels}, routes=routes)


def loss(found: tuple[Loss, ...], kind: LossKind, name: str) -> Loss:
    return next(one for one in found if one.kind is kind and one.name == name)


def test_an_always_channel_is_a_route_alone() -> None:
    city = rules([channel("a"), channel("b")], Route(name="r", always=("a",), priority=("b",)))

    assert loss(losses(city), LossKind.CHANNEL, "a").stranded == ("r",)


def test_a_list_survives_as_long_as_its_copies_remain() -> None:
    city = rules([channel("a"), channel("b"), channel("c")], Route(name="r", priority=("a", "b")))
    both = rules([channel("a"), channel("b")], Route(name="r", priority=("a", "b"), copies=2))

    assert loss(losses(city), LossKind.CHANNEL, "a").stranded == ()
    assert loss(losses(city), LossKind.CHANNEL, "a").degraded == ("r",)
    assert loss(losses(city), LossKind.CHANNEL, "c").degraded == ()
    assert loss(losses(both), LossKind.CHANNEL, "a").stranded == ("r",)


def test_an_operator_takes_all_its_channels_along() -> None:
    city = rules(
        [channel("t", "meta", reach=5), channel("f", "meta", reach=7), channel("m", "m", reach=1)],
        Route(name="r", priority=("t", "f")),
    )

    found = loss(losses(city), LossKind.OPERATOR, "meta")

    assert found.stranded == ("r",)
    assert (found.reach_lost, found.reach_total) == (12, 13)


def test_a_shared_dependency_takes_all_its_channels_along() -> None:
    city = rules(
        [channel("a", "x", depends_on=("rz",)), channel("b", "y", depends_on=("rz",))],
        Route(name="r", priority=("a", "b")),
    )

    assert loss(losses(city), LossKind.DEPENDENCY, "rz").stranded == ("r",)


def test_a_channel_that_needs_no_line_survives_the_uplink() -> None:
    city = rules(
        [channel("a", "x", uplink="default"), channel("b")], Route(name="r", priority=("a", "b"))
    )

    assert loss(losses(city), LossKind.UPLINK, "default").stranded == ()
    assert loss(losses(city), LossKind.UPLINK, "default").degraded == ("r",)


def test_what_the_city_runs_itself_is_no_operator() -> None:
    city = rules([channel("a"), channel("b")], Route(name="r", priority=("a", "b")))

    assert [one.name for one in losses(city) if one.kind is LossKind.OPERATOR] == []


def test_a_frozen_channel_is_no_help_and_no_loss() -> None:
    city = rules(
        [channel("a", "x"), channel("b", "y", mode=Mode.FROZEN)],
        Route(name="r", priority=("a", "b")),
    )

    assert loss(losses(city), LossKind.CHANNEL, "a").stranded == ("r",)
    assert [one.name for one in losses(city)] == ["a", "x"]


def test_a_standby_channel_counts() -> None:
    city = rules(
        [channel("a", "x"), channel("b", "y", mode=Mode.STANDBY)],
        Route(name="r", priority=("a", "b")),
    )

    assert loss(losses(city), LossKind.CHANNEL, "a").stranded == ()


def test_a_loss_says_itself_in_both_languages() -> None:
    city = rules([channel("a", "x", reach=12)], Route(name="warnung", priority=("a",)))

    phrase = loss(losses(city), LossKind.OPERATOR, "x").phrase

    assert phrase.de == "Ohne den Betreiber x: nicht mehr erfüllt: warnung; Reichweite −12 von 12."
    assert phrase.en == "Without operator x: no longer fulfilled: warnung; reach −12 of 12."


def test_a_loss_that_leaves_a_choice_says_so() -> None:
    city = rules(
        [channel("a", "x"), channel("b"), channel("c")], Route(name="r", priority=("a", "b"))
    )

    said = [loss(losses(city), LossKind.CHANNEL, name).phrase for name in ("a", "c")]

    assert said[0].de == "Ohne den Kanal a: weniger Auswahl für r."  # no reach is stated anywhere
    assert said[1].en == "Without channel c: no route concerned."


def test_a_route_without_a_list_needs_only_its_always_channels() -> None:
    route = Route(name="r", always=("a",))

    assert carries(route, ["a"])
    assert not carries(route, ["b"])


NAMES = ["a", "b", "c", "d", "e"]
names = st.lists(st.sampled_from(NAMES), unique=True, max_size=5).map(tuple)
cities = st.builds(
    rules,
    st.tuples(
        *[
            st.builds(
                channel,
                st.just(name),
                st.sampled_from(["own", "meta", "x"]),
                mode=st.sampled_from([Mode.ACTIVE, Mode.ACTIVE, *Mode]),
                reach=st.none() | st.integers(0, 9),
                depends_on=st.sampled_from([(), ("rz",), ("rz", "cdn")]),
                uplink=st.sampled_from([None, "default", "modem"]),
            )
            for name in NAMES
        ]
    ).map(list),
    st.builds(
        Route,
        name=st.just("r"),
        always=names.map(lambda found: found[:1]),
        priority=names,
        copies=st.integers(1, 3),
    ),
)


def naively_served(city: Rules, lost: set[str]) -> bool:
    """Count on one's fingers."""
    route = city.routes[0]
    for name in route.always:
        if name in lost or city.channels[name].mode in {Mode.OFF, Mode.FROZEN}:
            return False
    speaking = 0
    for name in route.priority:
        if name not in lost and city.channels[name].mode not in {Mode.OFF, Mode.FROZEN}:
            speaking += 1
    return not route.priority or speaking >= route.copies


def naively_lost(city: Rules, kind: LossKind, name: str) -> set[str]:
    match kind:
        case LossKind.CHANNEL:
            return {name}
        case LossKind.OPERATOR:
            return {one.name for one in city.channels.values() if one.operator == name}
        case LossKind.DEPENDENCY:
            return {one.name for one in city.channels.values() if name in one.depends_on}
        case LossKind.UPLINK:
            return {one.name for one in city.channels.values() if one.uplink == name}


@settings(max_examples=150, deadline=None)
@given(cities)
def test_every_loss_is_what_a_naive_reading_says(city: Rules) -> None:
    live = {n for n, one in city.channels.items() if one.mode not in {Mode.OFF, Mode.FROZEN}}
    carried = {*city.routes[0].always, *city.routes[0].priority} & live

    for found in losses(city):
        lost = naively_lost(city, found.kind, found.name)
        before, after = naively_served(city, set()), naively_served(city, lost)
        touched = bool(lost & carried)

        assert found.stranded == (("r",) if before and not after else ())
        assert found.degraded == (("r",) if before and after and touched else ())
        assert found.reach_lost == sum(city.channels[n].reach or 0 for n in lost & live)
