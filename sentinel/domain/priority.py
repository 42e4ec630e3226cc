"""A route's priority list: enough of its channels shall carry the message, best first.

The rules in words stand in `sentinel.domain.routing`; how a single channel is
judged, in `sentinel.domain.standing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sentinel.domain.cause import EFFECTS
from sentinel.domain.chain import HANDED, OUT_OR_MAYBE
from sentinel.domain.delivery import Delivery, DeliveryState
from sentinel.domain.late import TROUBLES
from sentinel.domain.pauses import backoff
from sentinel.domain.plan import Reason
from sentinel.domain.rules import OnRecovery
from sentinel.domain.standing import in_vain
from sentinel.domain.stands import Stand, Standing
from sentinel.domain.trail import Trail

_UNSENT = frozenset({DeliveryState.PLANNED, DeliveryState.AWAITING_PERSON, DeliveryState.MOVED})
_BEGUN = frozenset({DeliveryState.PUBLISHING, DeliveryState.AWAITING_PERSON})
_CARRYING = frozenset({Standing.LIVE, Standing.UNDER_WAY, Standing.STRUGGLING})

Stands = Mapping[str, Stand]


def walk_list(trail: Trail, listed: Sequence[str], copies: int) -> bool:
    """Walk the priority list; return whether enough of it is live."""
    # What is owed anyway counts first, wherever in the list it stands.
    in_service = sorted(_in_service(trail, listed), key=lambda name: trail.owed(name) is None)
    stands = {name: _stand(trail, name) for name in in_service}
    live = _count(stands, Standing.LIVE)
    struggling = _count(stands, Standing.STRUGGLING)
    under_way = live + _count(stands, Standing.UNDER_WAY)
    missing = copies - under_way - (0 if trail.look.grave else struggling)
    doubted = 0
    for name, stand in stands.items():
        match stand.standing:
            case Standing.LIVE | Standing.UNDER_WAY | Standing.STRUGGLING:
                _go_along(trail, name, stand)
            case Standing.SPENT:
                trail.note(name, stand.reason or Reason.IMPAIRED, stand)
            case Standing.DOUBTFUL if missing > 0 or _under_way(trail, name):
                _go_along(trail, name, stand)
                doubted += 1
            case Standing.READY if missing > 0:
                _go_along(trail, name, stand)
                missing -= 1
            case Standing.READY | Standing.DOUBTFUL:
                _not_needed(trail, name)
    slow = sum(stand.reason is Reason.WAITED for stand in _all(stands, Standing.STRUGGLING))
    usable = under_way + slow + _count(stands, Standing.READY) + doubted
    if usable < copies:
        trail.stranded = True
        _last_resort(trail, stands, copies - usable - (struggling - slow))
    if live >= copies:
        _hope(trail, listed, stands, copies)
    return live >= copies


def _in_service(trail: Trail, names: Sequence[str]) -> Iterator[str]:
    """Yield the channels that are in service, one for each account; note why the others are not.

    A channel on which it is already out, or may be, stays part of the picture
    whatever the rules say now.
    """
    accounts: set[str] = set()
    for name in names:
        delivery, view = trail.look.delivery(name), trail.look.view(name)
        reason = trail.look.shut(name)
        beyond_recall = delivery is not None and delivery.state in OUT_OR_MAYBE
        if view is None or (reason is not None and not beyond_recall):
            trail.note_shut(name)
        elif view.channel.account not in accounts:
            accounts.add(view.channel.account)
            yield name


def _stand(trail: Trail, name: str) -> Stand:
    debt = trail.owed(name)
    if debt is not None and debt.under_way_since is not None and trail.waits(name):
        return trail.look.in_flight(debt.under_way_since)
    return trail.look.stand(name)


def _all(stands: Stands, standing: Standing) -> Iterator[Stand]:
    return (stand for stand in stands.values() if stand.standing is standing)


def _count(stands: Stands, standing: Standing) -> int:
    return len(list(_all(stands, standing)))


def _under_way(trail: Trail, name: str) -> bool:
    delivery = trail.look.delivery(name)
    return delivery is not None and delivery.state in _BEGUN


def _not_needed(trail: Trail, name: str) -> None:
    if trail.owed(name) is None:
        trail.note(name, Reason.NOT_NEEDED)


def _go_along(trail: Trail, name: str, stand: Stand) -> None:
    """Use the channel, or let it go on; look again when patience ends."""
    delivery = trail.look.delivery(name)
    if stand.reason is not None:
        trail.note(name, stand.reason, stand)
    if stand.wake_at is not None:
        trail.wakes.append(stand.wake_at)
    decided = delivery is not None and (delivery.live or delivery.state is DeliveryState.UNKNOWN)
    if not decided and not trail.closed(name) and not trail.waits(name):
        trail.want(name, trail.not_before(name, delivery))


def _hope(trail: Trail, listed: Sequence[str], stands: Stands, copies: int) -> None:
    """Want the better channels that came back, if the route has them post late; hope for others.

    A channel is better, and so missed, while fewer than `copies` of those before
    it in the list carry the message.
    """
    if trail.route.on_recovery is OnRecovery.SKIP:
        return
    carrying = 0
    for name in listed:
        stand = stands.get(name)
        if carrying >= copies:
            return
        if _under_way(trail, name) or (stand is not None and stand.standing in _CARRYING):
            carrying += 1
        elif _missed(trail, name):
            trail.hopes = True
            if stand is not None and stand.standing is Standing.READY:
                _go_along(trail, name, stand)
                trail.late |= {name} & trail.wanted.keys()
                carrying += 1


def _missed(trail: Trail, name: str) -> bool:
    """Return whether the channel was, or is, passed over for a trouble that may go away."""
    delivery, route = trail.look.delivery(name), trail.route.name
    if trail.look.view(name) is None or (delivery is not None and not _never_left(delivery)):
        return False
    now = any(note.channel == name and note.reason in TROUBLES for note in trail.passed)
    return now or (route, name) in trail.situation.missed


def _last_resort(trail: Trail, stands: Stands, missing: int) -> None:
    """Try the best of the bad ones, again and again; never one that only a person can free."""
    order = list(stands)

    def badness(name: str) -> tuple[tuple[int, int], int]:
        verdicts = trail.situation.board[name].verdicts
        found = [verdicts[ability] for ability in trail.route.needs if ability in verdicts]
        worst = max(
            ((v.state.badness, EFFECTS[v.cause].gravity if v.cause else 0) for v in found),
            default=(0, 0),
        )
        return worst, order.index(name)

    left = [
        name
        for name in order
        if name not in trail.wanted
        and not trail.closed(name)
        and not trail.waits(name)
        and _may_be_tried(trail.look.delivery(name))
    ]
    for name in sorted(left, key=badness)[: max(missing, 0)]:
        trail.want(name, _soon(trail, name))
        trail.last_resort.add(name)
        trail.note(name, Reason.LAST_RESORT, stands[name])


def _never_left(delivery: Delivery) -> bool:
    """Return whether the machine may still send it, be it to the rest of its recipients."""
    unsent = delivery.state in {DeliveryState.PLANNED, DeliveryState.MOVED}
    return unsent and HANDED not in delivery.memory


def _may_be_tried(delivery: Delivery | None) -> bool:
    if delivery is None:
        return True
    return delivery.state in _UNSENT and HANDED not in delivery.memory


def _soon(trail: Trail, name: str) -> datetime:
    """Return when the last resort is tried: pauses grow to a minute, whatever reset was named.

    A routine message lets its patience end first, as it would with a choice.
    """
    look, delivery = trail.look, trail.look.delivery(name)
    if delivery is None or not in_vain(delivery):
        return trail.not_before(name, delivery)
    paused = delivery.since + backoff(delivery.attempts)
    if not look.grave:
        over = look.patient_until(name, delivery.planned_at)
        paused = max(paused, over or delivery.planned_at + trail.route.reroute_after)
    return paused if delivery.state is DeliveryState.MOVED else min(paused, delivery.due_at)
