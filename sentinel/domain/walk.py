"""The walk along one route: which of its channels shall carry the message now.

See `sentinel.domain.routing` for the rules in words, and
`sentinel.domain.standing` for how a single channel is judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sentinel.domain.cause import EFFECTS, State
from sentinel.domain.delivery import Delivery, DeliveryState, backoff
from sentinel.domain.plan import Passed, Reason, Situation
from sentinel.domain.rules import Mode, Route
from sentinel.domain.standing import Look, Stand, Standing, in_vain


@dataclass(slots=True)
class Walk:
    """The walk along one route's channels: what it found, and what it wants."""

    route: Route
    situation: Situation
    look: Look
    wanted: dict[str, datetime] = field(default_factory=dict)  # channel -> not before
    last_resort: set[str] = field(default_factory=set)  # of the wanted
    passed: list[Passed] = field(default_factory=list)
    wakes: list[datetime] = field(default_factory=list)
    asked: bool = True  # False: the message was never meant for any channel of this route
    live: bool = False
    stranded: bool = False

    def want(self, name: str, not_before: datetime) -> None:
        """Have the channel carry the message, not before the given time."""
        self.wanted[name] = max(not_before, self.situation.at)

    def note(self, name: str, reason: Reason, stand: Stand | None = None) -> None:
        """Note why the channel is passed over, or used against the rule."""
        delivery, verdict = self.look.delivery(name), stand.verdict if stand else None
        self.passed.append(
            Passed(
                route=self.route.name,
                channel=name,
                reason=reason,
                ability=stand.ability if stand else None,
                cause=verdict.cause if verdict else (delivery.cause if delivery else None),
                evidence=verdict.evidence if verdict else (delivery.evidence if delivery else ""),
            )
        )


def walk_route(route: Route, situation: Situation) -> Walk:
    """Walk along one route and return what it wants now."""
    by_account = {delivery.account: delivery for delivery in situation.deliveries}
    walk = Walk(route, situation, Look(route, situation, by_account))
    always = _meant(walk, route.always)
    listed = _meant(walk, _in_order(walk))
    copies = min(route.copies, len(listed))
    carried = [_always(walk, name) for name in always]
    candidates = list(_open(walk, listed))
    enough = _priority(walk, candidates, copies)
    walk.asked = bool(always) or copies > 0
    walk.live = walk.asked and all(carried) and enough
    return walk


def _in_order(walk: Walk) -> list[str]:
    """Return the priority list, standby channels last."""

    def standby(name: str) -> bool:
        view = walk.look.view(name)
        return view is not None and view.channel.mode is Mode.STANDBY

    return sorted(walk.route.priority, key=standby)


def _meant(walk: Walk, names: Sequence[str]) -> list[str]:
    """Return the channels that the message is meant for, by its choice of channels or exercise.

    An exercise, or a choice, asks for no more than the channels it leaves.
    """
    meant = []
    for name in names:
        if (reason := walk.look.unasked(name)) is None:
            meant.append(name)
        else:
            walk.note(name, reason)
    return meant


def _open(walk: Walk, names: Sequence[str]) -> Iterator[str]:
    """Yield the channels that are in service, one for each account; note why the others are not.

    A channel on which it is already out, or may be, stays part of the picture
    whatever the rules say now.
    """
    accounts: set[str] = set()
    for name in names:
        delivery, view = walk.look.delivery(name), walk.look.view(name)
        reason = walk.look.shut(name)
        beyond_recall = delivery is not None and delivery.state in _BEYOND_RECALL
        if view is None or (reason is not None and not beyond_recall):
            _shut(walk, name)
        elif view.channel.account not in accounts:
            accounts.add(view.channel.account)
            yield name


_BEYOND_RECALL = frozenset(
    {DeliveryState.PUBLISHED, DeliveryState.PUBLISHING, DeliveryState.UNKNOWN}
)


def _shut(walk: Walk, name: str) -> None:
    walk.note(name, walk.look.shut(name) or Reason.REMOVED)
    if (thaws_at := walk.look.thaws_at(name)) is not None:
        walk.wakes.append(thaws_at)


def _always(walk: Walk, name: str) -> bool:
    """Want an `always` channel until it carries the message; return whether it does."""
    delivery = walk.look.delivery(name)
    if delivery is not None and delivery.live:
        return True
    if walk.look.shut(name) is not None:
        _shut(walk, name)
        walk.stranded = True
    elif delivery is not None and delivery.state is DeliveryState.UNKNOWN:
        _await_look_up(walk, name, delivery)
    elif delivery is not None and delivery.settled:
        walk.note(name, walk.look.stand(name).reason or Reason.CONTENT_REFUSED)
        walk.stranded = True
    else:
        _insist(walk, name, delivery)
    return False


def _await_look_up(walk: Walk, name: str, delivery: Delivery) -> None:
    """Nothing can stand in for an `always` channel: if a look does not settle it, staff must."""
    if (over := walk.look.unclear_until(delivery)) is not None:
        walk.wakes.append(over)
    else:
        walk.note(name, Reason.UNCLEAR)
        walk.stranded = True


def _insist(walk: Walk, name: str, delivery: Delivery | None) -> None:
    """Try an `always` channel whatever its verdict; after a refusal, when it has recovered."""
    stand, look = walk.look.stand(name), walk.look
    down = stand.verdict is not None and stand.verdict.state is State.DOWN
    if stand.reason is Reason.IMPAIRED:
        walk.note(name, Reason.IMPAIRED, stand)
        walk.stranded = walk.stranded or down
    moved = delivery is not None and delivery.state is DeliveryState.MOVED
    refused = moved and delivery is not None and in_vain(delivery) and down
    if not refused and not look.locked(name):
        walk.want(name, _not_before(walk, name, delivery))


def _not_before(walk: Walk, name: str, delivery: Delivery | None) -> datetime:
    """Return when to try: what is planned keeps its time, unless its channel has recovered."""
    if delivery is None or (in_vain(delivery) and walk.look.recovered(name, delivery)):
        return walk.situation.at
    if delivery.state is not DeliveryState.MOVED:
        return delivery.due_at
    pause = backoff(delivery.attempts) if in_vain(delivery) else timedelta()
    return delivery.since + pause


def _priority(walk: Walk, candidates: Sequence[str], copies: int) -> bool:
    """Walk the priority list; return whether enough of it is live."""
    stands = {name: walk.look.stand(name) for name in candidates}
    live = _count(stands, Standing.LIVE)
    struggling = _count(stands, Standing.STRUGGLING)
    under_way = live + _count(stands, Standing.UNDER_WAY)
    missing = copies - under_way - (0 if walk.look.grave else struggling)
    doubted = 0
    for name, stand in stands.items():
        match stand.standing:
            case Standing.LIVE | Standing.UNDER_WAY | Standing.STRUGGLING:
                _go_along(walk, name, stand)
            case Standing.SPENT:
                walk.note(name, stand.reason or Reason.IMPAIRED, stand)
            case Standing.DOUBTFUL if missing > 0 or _under_way(walk, name):
                _go_along(walk, name, stand)
                doubted += 1
            case Standing.READY if missing > 0:
                _go_along(walk, name, stand)
                missing -= 1
            case Standing.READY | Standing.DOUBTFUL:
                walk.note(name, Reason.NOT_NEEDED)
    usable = under_way + _count(stands, Standing.READY) + doubted
    if usable < copies:
        walk.stranded = True
        _last_resort(walk, stands, copies - usable - struggling)
    return live >= copies


def _count(stands: Mapping[str, Stand], standing: Standing) -> int:
    return sum(stand.standing is standing for stand in stands.values())


def _under_way(walk: Walk, name: str) -> bool:
    delivery = walk.look.delivery(name)
    return delivery is not None and delivery.state is DeliveryState.PUBLISHING


def _go_along(walk: Walk, name: str, stand: Stand) -> None:
    """Use the channel, or let it go on; look again when patience ends."""
    delivery = walk.look.delivery(name)
    if stand.reason is not None:
        walk.note(name, stand.reason, stand)
    if stand.wake_at is not None:
        walk.wakes.append(stand.wake_at)
    decided = delivery is not None and (
        delivery.live or delivery.state is DeliveryState.UNKNOWN or _shut_or_locked(walk, name)
    )
    if not decided:
        walk.want(name, _not_before(walk, name, delivery))


def _shut_or_locked(walk: Walk, name: str) -> bool:
    return walk.look.shut(name) is not None or walk.look.locked(name)


def _last_resort(walk: Walk, stands: Mapping[str, Stand], missing: int) -> None:
    """Try the best of the bad ones, again and again; never one that only a person can free."""
    order = list(stands)

    def badness(name: str) -> tuple[tuple[int, int], int]:
        verdicts = walk.situation.board[name].verdicts
        found = [verdicts[ability] for ability in walk.route.needs if ability in verdicts]
        worst = max(
            ((v.state.badness, EFFECTS[v.cause].gravity if v.cause else 0) for v in found),
            default=(0, 0),
        )
        return worst, order.index(name)

    left = [
        name
        for name in order
        if name not in walk.wanted
        and not _shut_or_locked(walk, name)
        and _may_be_tried(walk.look.delivery(name))
    ]
    for name in sorted(left, key=badness)[: max(missing, 0)]:
        walk.want(name, _soon(walk, name))
        walk.last_resort.add(name)
        walk.note(name, Reason.LAST_RESORT, stands[name])


def _may_be_tried(delivery: Delivery | None) -> bool:
    return delivery is None or delivery.state in {
        DeliveryState.PLANNED,
        DeliveryState.AWAITING_PERSON,
        DeliveryState.MOVED,
    }


def _soon(walk: Walk, name: str) -> datetime:
    """Return when the last resort is tried: pauses grow to a minute, whatever reset was named.

    A routine message lets its patience end first, as it would with a choice.
    """
    look, delivery = walk.look, walk.look.delivery(name)
    if delivery is None or not in_vain(delivery):
        return _not_before(walk, name, delivery)
    paused = delivery.since + backoff(delivery.attempts)
    if not look.grave:
        over = look.patient_until(name, delivery.planned_at)
        paused = max(paused, over or delivery.planned_at + walk.route.reroute_after)
    return paused if delivery.state is DeliveryState.MOVED else min(paused, delivery.due_at)
