"""The walk along one route: which of its channels shall carry the message now.

See `sentinel.domain.routing` for the rules in words; `insist` and `priority`
are the two halves of the walk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sentinel.domain.chain import Debt
from sentinel.domain.insist import always, owe
from sentinel.domain.message import Kind
from sentinel.domain.plan import Situation
from sentinel.domain.priority import walk_list
from sentinel.domain.rules import Route
from sentinel.domain.standing import Look
from sentinel.domain.trail import Trail


def walk_route(
    route: Route, situation: Situation, debts: Mapping[str, Debt], mine: Sequence[Debt]
) -> Trail:
    """Walk along one route and return what it wants now.

    Args:
        route: One of the message's routes.
        situation: What is decided about.
        debts: What the message owes for the earlier links of its chain, by account.
        mine: Those debts that are this route's business.
    """
    by_account = {delivery.account: delivery for delivery in situation.deliveries}
    trail = Trail(route, situation, Look(route, situation, by_account), debts)
    asked = [name for name in _meant(trail, route.always) if trail.owed(name) is None]
    listed = _meant(trail, trail.in_order())
    ends = situation.message.kind is Kind.ALL_CLEAR  # goes to whom the alarm reached, no further
    copies = 0 if ends else min(route.copies, len(listed))
    carried = [owe(trail, debt) for debt in mine]
    carried += [always(trail, name) for name in asked]
    enough = walk_list(trail, listed, copies)
    trail.asked = bool(asked) or bool(mine) or copies > 0
    trail.live = trail.asked and all(carried) and enough
    return trail


def _meant(trail: Trail, names: Sequence[str]) -> list[str]:
    """Return the channels that the message is meant for, by its choice of channels or exercise.

    An exercise, or a choice, asks for no more than the channels it leaves; what
    is owed to whom an earlier link reached, neither excuses.
    """
    meant = []
    for name in names:
        reason = trail.look.unasked(name)
        if reason is None or trail.owed(name) is not None:
            meant.append(name)
        else:
            trail.note(name, reason)
    return meant
