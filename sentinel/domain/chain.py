"""What the earlier links of a chain leave to a follow-up: whom it owes itself to, and when.

An update or all-clear goes to every account on which an earlier link is out, or
may be: published, unclear, being published, sent to some of its recipients, or
handed to a person who may have posted it without saying so. Such an account has
no stand-in. While an earlier link is still being published there, the follow-up
waits for the end of that: it never overtakes its alarm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from sentinel.domain.delivery import Delivery, DeliveryState
from sentinel.domain.plan import View
from sentinel.domain.rules import Route

Board: TypeAlias = Mapping[str, View]

HANDED: Final = "sentinel.handed"
"""What a delivery remembers once a person had its text, whatever became of it afterwards."""

OUT_TO: Final = "sentinel.out."
"""Names that begin so hold, unless empty, to whom of several a delivery is out, or may be.

Such a delivery may be unsent to the rest, planned or given up: certain in part.
"""

OUT_OR_MAYBE = frozenset({DeliveryState.PUBLISHED, DeliveryState.PUBLISHING, DeliveryState.UNKNOWN})
"""States in which a post stands on the platform, or may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """One account that a follow-up owes itself to."""

    account: str
    channels: tuple[str, ...]  # what the account was called, the latest name first
    routes: frozenset[str]  # for which the earlier links went there
    under_way_since: datetime | None = None  # an earlier link is being published there


def reached(delivery: Delivery) -> bool:
    """Return whether citizens may have read this delivery's post, and so must hear what follows."""
    if delivery.state is DeliveryState.AWAITING_PERSON or HANDED in delivery.memory:
        return True
    return stands(delivery)


def stands(delivery: Delivery) -> bool:
    """Return whether a post of ours stands on the platform, or may, be it only for some."""
    return delivery.state in OUT_OR_MAYBE or out_to_some(delivery.memory)


def out_to_some(memory: Mapping[str, str]) -> bool:
    """Return whether a delivery that remembers this is out to some recipients, or may be."""
    return any(value for name, value in memory.items() if name.startswith(OUT_TO))


def debts(earlier: Sequence[Delivery]) -> Mapping[str, Debt]:
    """Return what a follow-up owes after the deliveries of all earlier links, by account."""
    by_account: dict[str, list[Delivery]] = {}
    for delivery in earlier:
        if reached(delivery):
            by_account.setdefault(delivery.account, []).append(delivery)
    return {account: _debt(account, found) for account, found in by_account.items()}


def _debt(account: str, found: Sequence[Delivery]) -> Debt:
    under_way = [d.since for d in found if d.state is DeliveryState.PUBLISHING]
    latest_first = sorted(found, key=lambda d: d.planned_at, reverse=True)
    return Debt(
        account=account,
        channels=tuple(dict.fromkeys(d.channel for d in latest_first)),
        routes=frozenset(name for d in found for name in d.routes),
        under_way_since=max(under_way, default=None),
    )


def shares(
    owed: Mapping[str, Debt], routes: Sequence[Route], names: Sequence[str], board: Board
) -> Mapping[str, tuple[Debt, ...]]:
    """Return which debts are whose business, by route; one that is nobody's is the first route's.

    Args:
        owed: What is owed, by account.
        routes: The message's routes that the rules still have.
        names: The names of all its routes.
        board: The channels that the rules have.
    """
    found: dict[str, list[Debt]] = {name: [] for name in names}
    for debt in owed.values():
        called = {name for name, view in board.items() if view.channel.account == debt.account}
        listing = {r.name for r in routes if called & {*r.always, *r.priority}}
        whose = [name for name in names if name in listing | debt.routes]
        for name in whose or names[:1]:
            found[name].append(debt)
    return {name: tuple(mine) for name, mine in found.items()}
