"""The model's city: five accounts of every kind, and the ways in which its rules may change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from sentinel.domain.cause import Ability, Severity
from sentinel.domain.rules import Channel, FailOverWhen, Match, Mode, OnRecovery, Route, Rules
from tests.model.world import Kind

KINDS: Mapping[str, Kind] = {
    "seite": Kind.PROVING,
    "a": Kind.KEYED,
    "b": Kind.BLIND,
    "c": Kind.PROVING,
    "d": Kind.SILENT,
}
NAMES = tuple(KINDS)
ACCOUNTS = tuple(f"{name}-konto" for name in NAMES)
GRAVE = frozenset({Severity.EXTREME, Severity.SEVERE})


def channel(name: str) -> Channel:
    """Return a channel as the rules begin."""
    return Channel(
        name=name,
        platform="square",
        operator=name,
        account=f"{name}-konto",
        settings={"account": f"{name}-konto", "kind": KINDS[name]},
        mode=Mode.STANDBY if name == "d" else Mode.ACTIVE,
        exercises=name in {"seite", "d"},
        uplink=None if name == "seite" else "default",
    )


def city(
    *, copies: int = 1, on_recovery: OnRecovery = OnRecovery.BACKFILL, notice: bool = True
) -> Rules:
    """Return the rules as they begin."""
    return Rules(
        organisation="Stadt Musterstadt",
        channels={name: channel(name) for name in NAMES},
        notice_link="seite" if notice else None,
        routes=(
            Route(
                name="katastrophe",
                match=Match(severity=GRAVE),
                always=("seite",),
                priority=("a", "b", "c", "d"),
                copies=copies,
                on_recovery=on_recovery,
                expires_after=timedelta(hours=24),
            ),
            Route(
                name="alltag",
                priority=("b", "a", "d"),
                reroute_after=timedelta(seconds=40),
                fail_over_when=FailOverWhen.DOWN,
                on_recovery=OnRecovery.SKIP,
                expires_after=timedelta(hours=2),
            ),
        ),
    )


def with_mode(rules: Rules, name: str, mode: Mode) -> Rules:
    """Return the rules with one channel put to another use."""
    if name not in rules.channels:
        return rules
    changed = replace(rules.channels[name], mode=mode)
    return replace(rules, channels={**rules.channels, name: changed})


def without(rules: Rules, name: str) -> Rules:
    """Return the rules without a channel, which no route names any more either."""
    left = {known: one for known, one in rules.channels.items() if known != name}
    routes = tuple(
        replace(
            route,
            always=tuple(one for one in route.always if one != name),
            priority=tuple(one for one in route.priority if one != name),
        )
        for route in rules.routes
    )
    notice = None if rules.notice_link == name else rules.notice_link
    return replace(rules, channels=left, routes=routes, notice_link=notice)


def renamed(rules: Rules, name: str) -> Rules:
    """Return the rules with the same account under another name."""
    if name not in rules.channels:
        return rules
    other = f"{name}-neu"
    swap = {name: other}
    channels = {
        swap.get(known, known): replace(one, name=swap.get(known, known))
        for known, one in rules.channels.items()
    }
    routes = tuple(
        replace(
            route,
            always=tuple(swap.get(one, one) for one in route.always),
            priority=tuple(swap.get(one, one) for one in route.priority),
        )
        for route in rules.routes
    )
    notice = swap.get(rules.notice_link or "", rules.notice_link)
    return replace(rules, channels=channels, routes=routes, notice_link=notice)


def turned_round(rules: Rules) -> Rules:
    """Return the rules with every priority list the other way round."""
    routes = tuple(replace(route, priority=route.priority[::-1]) for route in rules.routes)
    return replace(rules, routes=routes)


def asking(
    rules: Rules,
    *,
    copies: int,
    fail_over_when: FailOverWhen,
    on_recovery: OnRecovery,
    public: bool,
) -> Rules:
    """Return the rules whose grave route asks for something else."""
    needs = {Ability.PUBLISH, Ability.PUBLIC} if public else {Ability.PUBLISH}
    grave, *others = rules.routes
    changed = replace(
        grave,
        copies=copies,
        fail_over_when=fail_over_when,
        on_recovery=on_recovery,
        needs=frozenset(needs),
    )
    return replace(rules, routes=(changed, *others))


def without_route(rules: Rules, name: str) -> Rules:
    """Return the rules without a route; the last one stays."""
    left = tuple(route for route in rules.routes if route.name != name)
    return replace(rules, routes=left) if left else rules
