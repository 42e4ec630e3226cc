"""Channels that have no stand-in: those a route always asks for, and those a chain owes."""

from __future__ import annotations

from sentinel.domain import asking
from sentinel.domain.cause import State
from sentinel.domain.chain import OUT_OR_MAYBE, Debt
from sentinel.domain.delivery import Delivery, DeliveryState
from sentinel.domain.plan import Reason
from sentinel.domain.standing import in_vain
from sentinel.domain.trail import Trail


def always(trail: Trail, name: str) -> bool:
    """Want a channel until it carries the message; return whether it does."""
    delivery = trail.look.delivery(name)
    if delivery is not None and delivery.live:
        return True
    if trail.look.shut(name) is not None:
        trail.note_shut(name)
        trail.stranded = True
    elif delivery is not None and delivery.state is DeliveryState.UNKNOWN:
        _await_look_up(trail, name, delivery)
    elif delivery is not None and (asking.waits(delivery) or asking.given_up(delivery)):
        _await_person(trail, name, delivery)
    elif delivery is not None and delivery.settled:
        trail.note(name, trail.look.stand(name).reason or Reason.CONTENT_REFUSED)
        trail.stranded = True
    else:
        _insist(trail, name, delivery)
    return False


def owe(trail: Trail, debt: Debt) -> bool:
    """Want an account that an earlier link reached, until this link is there too.

    Returns whether it is. An account that cannot be reached, whatever the
    reason, strands the message; one on which the earlier link is still being
    posted is waited for.
    """
    own = trail.look.by_account.get(debt.account)
    if own is not None and own.live:
        return True
    name = _called(trail, debt)
    if debt.under_way_since is not None and (own is None or own.state not in OUT_OR_MAYBE):
        trail.note(name or debt.channels[0], Reason.EARLIER_UNDER_WAY)
        return False
    if name is not None:
        return always(trail, name)
    trail.note(debt.channels[0], Reason.REMOVED)
    trail.stranded = True
    return False


def _called(trail: Trail, debt: Debt) -> str | None:
    """Return what the account is called now: a channel in service if there is one."""
    names = trail.look.names(debt.account)
    known = sorted(names, key=lambda name: (name not in debt.channels, name))
    in_service = (name for name in known if trail.look.shut(name) is None)
    return next(in_service, known[0] if known else None)


def _await_look_up(trail: Trail, name: str, delivery: Delivery) -> None:
    """Nothing can stand in: if a look does not settle it, staff must."""
    if (over := trail.look.unclear_until(delivery)) is not None:
        trail.wakes.append(over)
    else:
        trail.note(name, Reason.UNCLEAR)
        trail.stranded = True


def _await_person(trail: Trail, name: str, delivery: Delivery) -> None:
    """Nobody can stand in for whom was asked: if they do not confirm in time, staff must."""
    at = trail.situation.at
    if asking.waits(delivery) and not asking.over(delivery, at):
        trail.want(name, delivery.due_at)
        trail.wakes.append(asking.wake_at(delivery, at))
    else:
        trail.note(name, Reason.WAITED)
        trail.stranded = True


def _insist(trail: Trail, name: str, delivery: Delivery | None) -> None:
    """Try a channel whatever its verdict; after a refusal, when it has recovered."""
    stand, look = trail.look.stand(name), trail.look
    down = stand.verdict is not None and stand.verdict.state is State.DOWN
    if stand.reason is Reason.IMPAIRED:
        trail.note(name, Reason.IMPAIRED, stand)
        trail.stranded = trail.stranded or down
    moved = delivery is not None and delivery.state is DeliveryState.MOVED
    refused = moved and delivery is not None and in_vain(delivery) and down
    if not refused and not look.locked(name):
        trail.want(name, trail.not_before(name, delivery))
