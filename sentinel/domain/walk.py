"""The walk along one route: every rule of choosing among channels lives here.

See `sentinel.domain.routing` for the rules in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sentinel.domain.cause import EFFECTS, Ability, Cause, State
from sentinel.domain.delivery import Delivery, DeliveryState, backoff, still_searching
from sentinel.domain.health import Verdict, doubtful, unusable
from sentinel.domain.plan import Passed, Reason, Situation
from sentinel.domain.rules import Mode, Route


@dataclass(slots=True)
class Walk:
    """The walk along one route's channels: what it found, and what it wants."""

    route: Route
    situation: Situation
    by_account: Mapping[str, Delivery]
    wanted: dict[str, datetime] = field(default_factory=dict)
    passed: list[Passed] = field(default_factory=list)
    wakes: list[datetime] = field(default_factory=list)
    live: bool = False
    stranded: bool = False

    @property
    def grave(self) -> bool:
        """True for extreme and severe messages."""
        return self.situation.message.effective_severity.grave

    def delivery(self, name: str) -> Delivery | None:
        """Return the message's delivery on the channel's account, if there is one."""
        view = self.situation.board.get(name)
        return self.by_account.get(view.channel.account) if view else None

    def want(self, name: str, not_before: datetime | None = None) -> None:
        """Have the channel carry the message, not before the given time (None: now)."""
        self.wanted[name] = not_before or self.situation.at

    def skip(self, name: str, reason: Reason, found: tuple[Ability, Verdict] | None = None) -> None:
        """Note why the channel is passed over, or used against the rule."""
        delivery = self.delivery(name)
        ability, verdict = found or (None, None)
        cause = verdict.cause if verdict else (delivery.cause if delivery else None)
        evidence = verdict.evidence if verdict else (delivery.evidence if delivery else "")
        self.passed.append(
            Passed(
                route=self.route.name,
                channel=name,
                reason=reason,
                ability=ability,
                cause=cause,
                evidence=evidence,
            )
        )


def walk_route(route: Route, situation: Situation) -> Walk:
    """Walk along one route and return what it wants now."""
    walk = Walk(route, situation, {d.account: d for d in situation.deliveries})
    always_live = [_always(walk, name) for name in route.always if _open_to(walk, name)]
    candidates = [name for name in _in_order(route, situation) if _open_to(walk, name)]
    copies = _copies(route, situation, candidates)
    carried = _priority(walk, candidates, copies)
    walk.live = all(always_live) and carried >= copies and (bool(always_live) or copies > 0)
    return walk


def _copies(route: Route, situation: Situation, candidates: Sequence[str]) -> int:
    """An exercise, or a choice of channels, asks for no more copies than it leaves channels."""
    content = situation.message.content
    narrowed = content.exercise or bool(content.channels)
    return (
        min(route.copies, len(candidates)) if narrowed else min(route.copies, len(route.priority))
    )


def _in_order(route: Route, situation: Situation) -> Iterator[str]:
    def standby(name: str) -> bool:
        view = situation.board.get(name)
        return view is not None and view.channel.mode is Mode.STANDBY

    yield from sorted(route.priority, key=standby)


def _open_to(walk: Walk, name: str) -> bool:
    """Return whether the channel may carry this message at all; note why not.

    A channel on which it is already out, or may be, stays part of the picture
    whatever the rules say now.
    """
    view, content = walk.situation.board.get(name), walk.situation.message.content
    if view is None:
        walk.skip(name, Reason.REMOVED)
        return False
    delivery = walk.delivery(name)
    if delivery is not None and delivery.state in _BEYOND_RECALL:
        return True
    freeze = view.freeze
    frozen = freeze is not None and (freeze.until is None or walk.situation.at < freeze.until)
    if frozen and freeze is not None and freeze.until is not None:
        walk.wakes.append(freeze.until)
    reason = next(
        (
            reason
            for holds, reason in (
                (content.channels and name not in content.channels, Reason.NOT_CHOSEN),
                (view.channel.mode is Mode.OFF, Reason.OFF),
                (view.channel.mode is Mode.FROZEN or frozen, Reason.FROZEN),
                (content.exercise and not view.channel.exercises, Reason.NO_EXERCISES),
            )
            if holds
        ),
        None,
    )
    if reason is not None:
        walk.skip(name, reason)
    return reason is None


_BEYOND_RECALL = frozenset(
    {DeliveryState.PUBLISHED, DeliveryState.PUBLISHING, DeliveryState.UNKNOWN}
)


def _impairment(walk: Walk, name: str) -> tuple[Ability, Verdict] | None:
    message, route = walk.situation.message, walk.route
    verdicts = walk.situation.board[name].verdicts
    return unusable(verdicts, route.needs, route.fail_over_when, message.effective_severity)


def _untouchable(found: tuple[Ability, Verdict] | None) -> bool:
    """Return whether trying would be senseless or forbidden until a person acted."""
    cause = found[1].cause if found else None
    return cause is not None and (EFFECTS[cause].needs_person or cause is Cause.BAD_CONFIGURATION)


def _always(walk: Walk, name: str) -> bool:
    """Want an `always` channel until it carries; return whether it does."""
    delivery, found = walk.delivery(name), _impairment(walk, name)
    if delivery is not None and delivery.live:
        return True
    if found is not None:
        walk.skip(name, Reason.IMPAIRED, found)
        walk.stranded = walk.stranded or found[1].state is State.DOWN
    if delivery is not None and delivery.state is DeliveryState.REFUSED:
        walk.skip(name, Reason.CONTENT_REFUSED)
        walk.stranded = True
    elif not _untouchable(found) and _can_be_planned(delivery):
        walk.want(name, _not_before(walk, delivery))
    return False


def _can_be_planned(delivery: Delivery | None) -> bool:
    return delivery is None or delivery.state in {
        DeliveryState.PLANNED,
        DeliveryState.PUBLISHING,
        DeliveryState.AWAITING_PERSON,
        DeliveryState.MOVED,
    }


def _not_before(walk: Walk, delivery: Delivery | None) -> datetime:
    """After tries without success the pauses grow; what is planned keeps its own time."""
    if delivery is None:
        return walk.situation.at
    if delivery.state is not DeliveryState.MOVED:
        return delivery.due_at
    return max(walk.situation.at, delivery.since + backoff(delivery.attempts))


def _priority(walk: Walk, candidates: Sequence[str], copies: int) -> int:
    """Walk the priority list; return how many of it are live."""
    live = [n for n in candidates if (d := walk.delivery(n)) is not None and d.live]
    flying = [
        n
        for n in candidates
        if (d := walk.delivery(n)) is not None and d.state is DeliveryState.PUBLISHING
    ]
    for name in flying:
        walk.want(name)
    counted = len(live) + len(flying)
    for name in candidates:
        if name in live or name in flying:
            continue
        if counted >= copies:
            walk.skip(name, Reason.NOT_NEEDED)
        else:
            counted += _consider(walk, name)
    if counted < copies:
        _last_resort(walk, candidates, copies - counted)
    return len(live)


def _consider(walk: Walk, name: str) -> int:
    """Use the channel or pass it over; return 1 if it counts as carrying, else 0."""
    if (found := _impairment(walk, name)) is not None:
        walk.skip(name, Reason.IMPAIRED, found)
        return 0
    delivery = walk.delivery(name)
    if delivery is not None and (reason := _spent(walk, name, delivery)) is not None:
        walk.skip(name, reason)
        return 0
    if delivery is None or delivery.state is not DeliveryState.UNKNOWN:
        walk.want(name, delivery.due_at if delivery and delivery.pending else None)
    doubt = doubtful(
        walk.situation.board[name].verdicts,
        walk.route.needs,
        walk.situation.message.effective_severity,
    )
    if doubt is not None:
        walk.skip(name, Reason.DOUBT, (Ability.PUBLISH, doubt))
        return 0
    return 1


def _spent(walk: Walk, name: str, delivery: Delivery) -> Reason | None:
    """Return why this route should not wait for a delivery any longer, or None."""
    match delivery.state:
        case DeliveryState.PLANNED | DeliveryState.AWAITING_PERSON:
            return _waited(walk, name, delivery)
        case DeliveryState.UNKNOWN:
            patient = not walk.grave and still_searching(delivery)
            return None if patient and _patience(walk, delivery.since) else Reason.UNCLEAR
        case DeliveryState.MOVED:
            verdict = walk.situation.board[name].verdicts.get(Ability.PUBLISH)
            recovered = verdict is not None and verdict.since > delivery.since
            if delivery.attempts == 0 or recovered:
                return None
            return Reason.FAILED
        case DeliveryState.REFUSED:
            return Reason.CONTENT_REFUSED
        case _:
            return Reason.WAITED


def _waited(walk: Walk, name: str, delivery: Delivery) -> Reason | None:
    tried_in_vain = delivery.attempts > 0 and delivery.cause is not None
    if tried_in_vain and walk.grave:
        return Reason.FAILED
    deadline = delivery.planned_at + walk.route.reroute_after
    if _uplink_lost(walk, name) and not walk.grave:
        return None
    if tried_in_vain and delivery.due_at > deadline:
        return Reason.FAILED
    return None if _patience(walk, delivery.planned_at) else Reason.WAITED


def _patience(walk: Walk, since: datetime) -> bool:
    deadline = since + walk.route.reroute_after
    if walk.situation.at >= deadline:
        return False
    walk.wakes.append(deadline)
    return True


def _uplink_lost(walk: Walk, name: str) -> bool:
    verdict = walk.situation.board[name].verdicts.get(Ability.PUBLISH)
    return verdict is not None and verdict.cause is Cause.UPLINK_LOST


def _last_resort(walk: Walk, candidates: Sequence[str], missing: int) -> None:
    """Try the best of the bad ones, again and again, never one that only a person can free."""
    walk.stranded = True

    def badness(name: str) -> tuple[int, int, int, int]:
        found, delivery = _impairment(walk, name), walk.delivery(name)
        state = found[1].state.badness if found else 0
        gravity = EFFECTS[found[1].cause].gravity if found and found[1].cause else 0
        tries = delivery.attempts if delivery else 0
        return state, gravity, tries, candidates.index(name)

    left = [
        name
        for name in candidates
        if name not in walk.wanted
        and not _untouchable(_impairment(walk, name))
        and _can_be_planned(walk.delivery(name))
    ]
    for name in sorted(left, key=badness)[:missing]:
        walk.want(name, _not_before(walk, walk.delivery(name)))
        walk.skip(name, Reason.LAST_RESORT, _impairment(walk, name))
