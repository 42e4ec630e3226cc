"""Which channels carry a message, and why not the others.

`decide` reads everything and changes nothing: given a message, its routes, the
channels as they stand and the deliveries made so far, it says what should be
so now. It is asked again whenever anything changed, and the same facts always
give the same decision.

One route at a time: every `always` channel must carry it, and `copies` of the
priority list. Walking the list, best first (standby channels last):

- live, or being published right now: counts.
- impaired for this message (the verdict diverts it), frozen, off, not chosen,
  content refused: passed over, with the reason.
- in doubt (unknown, not for the uplink): used; but a grave message also goes to
  the next.
- tried without success: a grave message goes on at once; others wait for
  `reroute_after`.
- an unclear outcome: a grave message goes on at once; others wait while the
  look-up runs, for `reroute_after`.

Never the last one: when the list ends and copies are missing, the best of the
bad ones is tried again with growing pauses, and the route is stranded: staff
are told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sentinel.domain.delivery import DeliveryState
from sentinel.domain.message import Content, MessageState
from sentinel.domain.plan import Passed, Plan, Reason, Situation
from sentinel.domain.rules import Route
from sentinel.domain.walk import Walk, walk_route


def decide(situation: Situation) -> Plan:
    """Return what should be so now for one message. Pure and idempotent."""
    message, at = situation.message, situation.at
    if message.withdrawn_at is not None:
        return Plan(state=MessageState.WITHDRAWN)
    if at >= message.expires_at:
        live = all(walk_route(route, situation).live for route in situation.routes)
        return Plan(state=MessageState.LIVE if live else MessageState.EXPIRED)
    if at < message.due_at:
        return Plan(state=MessageState.SCHEDULED, wake_at=message.due_at)

    walks = [walk_route(route, situation) for route in situation.routes]
    wanted: dict[str, frozenset[str]] = {}
    due: dict[str, datetime] = {}
    for walk in walks:
        for name, not_before in walk.wanted.items():
            wanted[name] = wanted.get(name, frozenset()) | {walk.route.name}
            due[name] = min(not_before, due.get(name, not_before))
    passed = tuple(note for walk in walks for note in walk.passed)
    return Plan(
        wanted=wanted,
        due=due,
        dropped=_dropped(situation, wanted, passed),
        passed=passed,
        stranded=tuple(walk.route.name for walk in walks if walk.stranded),
        state=_state(walks, on_hold=situation.on_hold),
        wake_at=min((w for walk in walks for w in walk.wakes if w > at), default=None),
    )


def _dropped(
    situation: Situation, wanted: Mapping[str, frozenset[str]], passed: Sequence[Passed]
) -> dict[str, Passed]:
    """Return the unsent deliveries that no route wants any more, with the reason to keep."""
    reasons: dict[str, Passed] = {}
    for note in passed:
        if note.reason is not Reason.DOUBT:
            reasons.setdefault(note.channel, note)
    names = {view.channel.account: name for name, view in situation.board.items()}
    dropped = {}
    for delivery in situation.deliveries:
        name = names.get(delivery.account, delivery.channel)
        if delivery.state not in {DeliveryState.PLANNED, DeliveryState.AWAITING_PERSON}:
            continue
        if name not in wanted:
            removed = Passed(route="", channel=name, reason=Reason.REMOVED)
            dropped[delivery.id] = reasons.get(name, removed)
    return dropped


def _state(walks: Sequence[Walk], *, on_hold: bool) -> MessageState:
    if all(walk.live for walk in walks):
        return MessageState.LIVE
    if any(walk.stranded for walk in walks):
        return MessageState.STRANDED
    return MessageState.HELD if on_hold else MessageState.ACCEPTED


def matching(routes: Sequence[Route], content: Content) -> tuple[Route, ...]:
    """Return every route that a message matches; each applies."""
    return tuple(route for route in routes if _matches(route, content))


def _matches(route: Route, content: Content) -> bool:
    match = route.match
    return (
        (not match.severity or content.severity in match.severity)
        and (not match.category or content.category in match.category)
        and (not match.language or content.language in match.language)
        and (not match.tag or not match.tag.isdisjoint(content.tags))
    )
