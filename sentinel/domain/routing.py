"""Which channels carry a message, and why not the others.

`decide` reads everything and changes nothing: given a message, its routes, the
channels as they stand and the deliveries made so far, it says what should be
so now. It is asked again whenever anything changed, and the same facts always
give the same decision.

One route at a time: every `always` channel must carry it, and `copies` of the
priority list. Walking the list, best first (standby channels last):

- live, or being published right now: counts. (Being published on a channel
  that has meanwhile failed, or for longer than `reroute_after`: a grave message
  does not wait for the end of it.)
- impaired for this message (the verdict diverts it), frozen, off, not chosen,
  content refused: passed over, with the reason.
- in doubt (unknown, not for the uplink): used; but a grave message also goes to
  the next.
- tried without success: a grave message goes on at once; others try again until
  `reroute_after`, and wait for a reset that comes before that.
- refused by the channel, or waited for in vain: passed over until it recovers.
- an unclear outcome: a grave message goes on at once; others wait for the first
  look-up, at most for `reroute_after`.
- never observed to be bad and unsent: waits for `reroute_after`, which counts
  neither while publishing is on hold nor while our own line is lost.

Never the last one: when the list ends and copies are missing, the best of the
bad ones is tried again with growing pauses, and the route is stranded: staff
are told. An `always` channel has no stand-in: while it is down, out of service
or unclear, the route is stranded too. So it is with every account that an
earlier link of the chain reached: an update or all-clear is owed to it. An
all-clear goes nowhere else; an update also fills the copies, and what it owes
counts among them.

A live route may still hope: a better channel that was passed over for a trouble
of its own gets the message late when it is well again, if the route backfills.

Of a message that was withdrawn, or superseded by a later link, nothing more
goes out; of one that awaits approval, nothing yet. In a crisis, what was scheduled
before it or is routine waits (`sentinel.domain.posture`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sentinel.domain.chain import Debt, debts, shares, stands
from sentinel.domain.delivery import Delivery, DeliveryState
from sentinel.domain.message import Content, Kind, Message, MessageState
from sentinel.domain.plan import Passed, Plan, Reason, Situation
from sentinel.domain.posture import holds
from sentinel.domain.rules import Route
from sentinel.domain.trail import Trail
from sentinel.domain.walk import walk_route


def decide(situation: Situation) -> Plan:
    """Return what should be so now for one message. Pure and idempotent."""
    message, at = situation.message, situation.at
    if (over := _over(situation)) is not None:
        return over
    if message.awaits_approval:
        return Plan(state=MessageState.AWAITING_APPROVAL, wake_at=message.expires_at)
    if holds(situation.stance, message):
        return _held(situation)
    if not message.is_due(at):
        state = MessageState.HELD if situation.on_hold else MessageState.SCHEDULED
        return Plan(state=state, wake_at=message.due_at)
    walks = list(_walks(situation))
    wanted: dict[str, frozenset[str]] = {}
    due: dict[str, datetime] = {}
    for walk in walks:
        for name, not_before in walk.wanted.items():
            wanted[name] = wanted.get(name, frozenset()) | {walk.route.name}
            due[name] = min(not_before, due.get(name, not_before))
    passed = [note for walk in walks for note in walk.passed]
    dropped = dict(_dropped(situation, wanted, passed))
    return Plan(
        wanted=wanted,
        due=due,
        dropped=dropped,
        passed=(*passed, *(note for note in dropped.values() if note not in passed)),
        stranded=_stranded(walks, message),
        late=_late(walks),
        hopes=any(walk.hopes for walk in walks),
        last_resort=_last_resort(walks),
        afresh=_afresh(walks),
        state=_state(walks, situation),
        wake_at=min((w for walk in walks for w in walk.wakes if w > at), default=None),
    )


def _over(situation: Situation) -> Plan | None:
    """Return the plan for a message of which nothing more may go out; None: something may."""
    message, at = situation.message, situation.at
    if message.withdrawn_at is not None:
        return Plan(state=MessageState.WITHDRAWN, ends=DeliveryState.WITHDRAWN)
    superseded = message.superseded_at
    if superseded is not None and superseded < message.expires_at:
        out = any(stands(delivery) for delivery in situation.deliveries)
        state = MessageState.LIVE if out else MessageState.WITHDRAWN
        return Plan(state=state, ends=DeliveryState.WITHDRAWN)
    if superseded is None and at < message.expires_at:
        return None
    live = not message.awaits_approval and _live(list(_walks(situation)), message)
    state = MessageState.LIVE if live else MessageState.EXPIRED
    return Plan(state=state, ends=DeliveryState.EXPIRED)


def _held(situation: Situation) -> Plan:
    """Return the plan for a message that waits for the end of a crisis: nothing more is begun.

    One that every route carries already has nothing to wait for; its late posts wait too.
    """
    walks = list(_walks(situation)) if situation.message.is_due(situation.at) else []
    live = bool(walks) and _live(walks, situation.message)
    return Plan(
        state=MessageState.LIVE if live else MessageState.HELD,
        hopes=any(walk.hopes for walk in walks),
        wake_at=situation.message.expires_at,
    )


def _walks(situation: Situation) -> Iterator[Trail]:
    """Walk along every route of the message: they were fixed when it was accepted."""
    message, board = situation.message, situation.board
    known = {route.name: route for route in situation.routes}
    owed = debts(situation.earlier) if message.follows else {}
    mine = shares(owed, situation.routes, message.routes, board) if owed else {}
    for route in situation.routes:
        yield walk_route(route, situation, owed, mine.get(route.name, ()))
    for name in message.routes:
        if name not in known:
            yield _remains(name, situation, owed, mine.get(name, ()))


def _remains(
    name: str, situation: Situation, owed: Mapping[str, Debt], mine: Sequence[Debt]
) -> Trail:
    """Walk along what is left of a route that was taken out of the rules.

    What it had begun, or owes, is brought to an end; if that was nothing, nobody
    carries the message for it, and staff must know.
    """
    channels = {view.channel.account: name for name, view in situation.board.items()}
    own = [d for d in situation.deliveries if name in d.routes and d.account in channels]
    begun = tuple(channels[d.account] for d in own if d.state in _BEGUN)
    moved = tuple(channels[d.account] for d in own if d.state is DeliveryState.MOVED)
    out = any(delivery.live for delivery in situation.deliveries if name in delivery.routes)
    ends = situation.message.kind is Kind.ALL_CLEAR
    rest = Route(name=name, always=begun, priority=() if begun or out else moved)
    walk = walk_route(rest, situation, owed, mine)
    if not walk.asked and not ends:
        walk.asked = True
        walk.live, walk.stranded = out, not out
    return walk


_BEGUN = frozenset(
    {
        DeliveryState.PLANNED,
        DeliveryState.PUBLISHING,
        DeliveryState.UNKNOWN,
        DeliveryState.AWAITING_PERSON,
    }
)


@dataclass(frozen=True, slots=True)
class _Reasons:
    """Why each account is not wanted, by what the routes noted."""

    situation: Situation
    passed: Sequence[Passed]

    def of(self, delivery: Delivery) -> Passed:
        """Return the best reason: a trouble rather than a surplus, of a route of its own."""
        board = self.situation.board
        notes = [
            note
            for note in self.passed
            if note.channel in board and board[note.channel].channel.account == delivery.account
        ]
        if not notes:
            route = min(delivery.routes, default="")
            return Passed(
                route=route,
                channel=delivery.channel,
                reason=Reason.REMOVED,
                cause=delivery.cause,
                evidence=delivery.evidence,
            )
        return max(
            notes,
            key=lambda note: (note.reason is not Reason.NOT_NEEDED, note.route in delivery.routes),
        )


def _dropped(
    situation: Situation, wanted: dict[str, frozenset[str]], passed: Sequence[Passed]
) -> Iterator[tuple[str, Passed]]:
    """Yield the unsent deliveries that no route wants any more, with the reason to keep."""
    reasons = _Reasons(situation, passed)
    accounts = {situation.board[name].channel.account for name in wanted}
    for delivery in situation.deliveries:
        unsent = delivery.state in {DeliveryState.PLANNED, DeliveryState.AWAITING_PERSON}
        if unsent and delivery.account not in accounts:
            yield delivery.id, reasons.of(delivery)


def _live(walks: Sequence[Trail], message: Message) -> bool:
    """Return whether every route is carried; an all-clear after which nobody asks is done."""
    asked = [walk for walk in walks if walk.asked]
    return all(walk.live for walk in asked) and not _nowhere(walks, message)


def _nowhere(walks: Sequence[Trail], message: Message) -> bool:
    """Return whether the message fits on no channel of its routes."""
    return message.kind is not Kind.ALL_CLEAR and not any(walk.asked for walk in walks)


def _stranded(walks: Sequence[Trail], message: Message) -> tuple[str, ...]:
    """Return the routes that nothing usable carries; all of them if the message fits nowhere."""
    nowhere = _nowhere(walks, message)
    return tuple(walk.route.name for walk in walks if walk.stranded or nowhere)


def _late(walks: Sequence[Trail]) -> frozenset[str]:
    """Return the channels that are wanted by nobody but as better ones that came back."""
    late = frozenset(name for walk in walks for name in walk.late)
    return late - {name for walk in walks for name in walk.wanted.keys() - walk.late}


def _last_resort(walks: Sequence[Trail]) -> frozenset[str]:
    """Return the channels that every route which wants them wants only for lack of better ones."""
    return frozenset(name for walk in walks for name in walk.last_resort) - _chosen(walks)


def _afresh(walks: Sequence[Trail]) -> frozenset[str]:
    """Return the channels that some route chose, and whose deliveries begin anew."""
    return frozenset(n for w in walks for n in w.wanted if w.look.afresh(n)) & _chosen(walks)


def _chosen(walks: Sequence[Trail]) -> frozenset[str]:
    return frozenset(n for walk in walks for n in walk.wanted if n not in walk.last_resort)


def _state(walks: Sequence[Trail], situation: Situation) -> MessageState:
    message = situation.message
    if _live(walks, message):
        return MessageState.LIVE
    if _nowhere(walks, message) or any(walk.stranded for walk in walks):
        return MessageState.STRANDED
    return MessageState.HELD if situation.on_hold else MessageState.ACCEPTED


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
