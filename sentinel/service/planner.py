"""Turns a routing decision into deliveries on disk: rendered once, never again.

`replan` is called inside the transaction of whatever changed (a message was
accepted, an attempt ended, a verdict fell), so that the change and what follows
from it are on disk together or not at all. What follows may concern the whole
chain: a follow-up that takes effect supersedes every earlier link, and what
becomes of their posts decides where it must go itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sentinel.domain.chain import HANDED, out_to_some
from sentinel.domain.delivery import Delivery, DeliveryState, Rendered, step
from sentinel.domain.late import TROUBLES
from sentinel.domain.message import Message, MessageState
from sentinel.domain.order import in_order
from sentinel.domain.plan import Plan, Situation, kept_on
from sentinel.domain.routing import decide
from sentinel.failpoints import reach
from sentinel.service.asking import Asking
from sentinel.service.board import Board
from sentinel.service.drafts import Drafts, notice_first
from sentinel.service.pausing import paused, tell_held
from sentinel.service.record import (
    explain,
    tell_moved,
    tell_planned,
    tell_rerouted,
    tell_state,
    tell_superseded,
)
from sentinel.storage.attempts import Explanation
from sentinel.storage.view import Unit

_UNSENT = frozenset({DeliveryState.PLANNED, DeliveryState.AWAITING_PERSON, DeliveryState.MOVED})
_UNCLEAR = "unclear"  # the name of the outcome in the attempts
_SOME = "some recipients have it, or may"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One link that is decided about, with all that was read for it."""

    message: Message
    before: MessageState  # where it stood
    earlier: Sequence[Message] = ()  # the links before it
    deliveries: Sequence[Delivery] = ()  # its own
    left: Sequence[Delivery] = ()  # those of the earlier links
    why: Sequence[Explanation] = ()  # what is known of channels passed over


class Planner:
    """Keeps what should be so and what is on disk the same."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.asking = Asking(board)
        self.wakes: dict[str, datetime] = {}  # message id -> decide again at the latest then
        self.behind = False  # something changed for all, and not all are decided about yet
        self._waiting_since: datetime | None = None  # the latest start, or end of a hold, seen here
        self._was_on_hold = False

    async def replan(
        self,
        unit: Unit,
        message: Message,
        at: datetime,
        *,
        moved: Delivery | None = None,
        fresh: bool = False,
    ) -> Plan:
        """Decide about `message` and write what follows, in its whole chain; return the decision.

        The chain is locked, and the message as it is on disk is what counts:
        whoever changes it saves it first. `moved` is the delivery whose attempt
        just ended in a refusal of its channel. `fresh` says that the message was
        added in this very unit, so that nothing about it needs to be read back.
        """
        links: list[tuple[Message, MessageState]] = []
        if message.follows or not fresh:
            await unit.lock_message(message.id)
            links = await _links(unit, message.chain, at)
        latest = next((link for link, _ in reversed(links) if link.in_effect(at)), message)
        if latest.follows and latest.in_effect(at):
            links = await self._supersede(unit, latest, links, at)
        known = {link.id: (link, state) for link, state in links}
        message, before = known.get(message.id, (message, MessageState.ACCEPTED))
        case = await _case(unit, message, before, links, new=fresh)
        plan = await self._carry_out(unit, case, at, moved)
        if message.id in latest.references:  # where it must go depends on what became of this one
            await self._carry_out(unit, await _case(unit, *known[latest.id], links), at)
        reach("planner.decided")
        return plan

    def shift(self, by: timedelta) -> None:
        """Move along with the wall clock, which was set: who has waited a minute still has."""
        self.wakes = {message_id: wake + by for message_id, wake in self.wakes.items()}
        if self._waiting_since is not None:
            self._waiting_since += by

    def due(self, at: datetime) -> list[str]:
        """Return the messages that have to be decided about again by now."""
        return [message_id for message_id, wake in self.wakes.items() if wake <= at]

    def render(
        self, message: Message, name: str, delivery_id: str, at: datetime, notice: str | None
    ) -> Rendered:
        """Return what would go out on a channel, word for word, for a message without a chain."""
        return Drafts(self._board, message).render(name, delivery_id, at, notice)

    async def _supersede(
        self,
        unit: Unit,
        message: Message,
        links: Sequence[tuple[Message, MessageState]],
        at: datetime,
    ) -> list[tuple[Message, MessageState]]:
        """Stop every earlier link: what is unsent of it stays unsent. Return the links as they are.

        What is under way is stopped as long as nothing of it can be public;
        what is unclear is still brought to its end.
        """
        now: list[tuple[Message, MessageState]] = []
        for link, state in links:
            if link.superseded_at is not None or link.id not in message.references:
                now.append((link, state))
                continue
            stopped = replace(link, superseded_at=at)
            await unit.save_message(stopped)
            tell_superseded(unit, stopped, message)
            plan = await self._carry_out(unit, await _case(unit, stopped, state, links), at)
            now.append((stopped, plan.state))
            reach("planner.superseded")
        return now

    async def _carry_out(
        self, unit: Unit, case: _Case, at: datetime, moved: Delivery | None = None
    ) -> Plan:
        message, stance = case.message, self._board.stance
        waiting = await paused(unit, stance, message, case.deliveries, at)
        case = replace(case, deliveries=waiting)
        situation = self._situation(case, at)
        plan = decide(situation)
        await self._drop(unit, plan, case.deliveries, at)
        reach("planner.dropped")
        await self._want(unit, case, plan, at)
        await self.asking.remind(unit, message, plan.wanted, waiting, at)
        reach("planner.wanted")
        await self._end(unit, plan, case, at)
        await tell_rerouted(unit, plan, situation, moved)
        await explain(unit, message, plan, case.why, at)
        is_open = await tell_state(unit, self._board, situation, plan, case.before)
        held = plan.state is MessageState.HELD
        was_held = case.before is MessageState.HELD
        await tell_held(unit, stance, message, was_held=was_held, held=held)
        self._wake(message, plan, at, is_open=is_open)
        if message.withdrawn_at is not None or message.superseded_at is not None:
            self._board.ends.stop(message.id)
        reach("planner.carried_out")
        return plan

    def _situation(self, case: _Case, at: datetime) -> Situation:
        routes = [r for r in self._board.rules.routes if r.name in case.message.routes]
        return Situation(
            message=case.message,
            routes=routes,
            board=self._board.views(),
            deliveries=case.deliveries,
            at=at,
            on_hold=self._board.hold is not None,
            stance=self._board.stance,
            waiting_since=self._patient_since(at),
            earlier=case.left,
            missed=frozenset((w.route, w.channel) for w in case.why if w.reason in TROUBLES),
        )

    def _patient_since(self, at: datetime) -> datetime:
        """Return since when an unsent post's waiting counts: a hold or a restart is no waiting."""
        on_hold = self._board.hold is not None
        if self._waiting_since is None or on_hold or self._was_on_hold:
            self._waiting_since = at
        self._was_on_hold = on_hold
        return self._waiting_since

    async def _drop(
        self, unit: Unit, plan: Plan, deliveries: Sequence[Delivery], at: datetime
    ) -> None:
        for delivery in deliveries:
            if (note := plan.dropped.get(delivery.id)) is None:
                continue
            cause = note.cause or delivery.cause
            await _keep_handed(unit, delivery, at)
            await unit.save_delivery(
                step(delivery, DeliveryState.MOVED, at, cause=cause, evidence=note.evidence)
            )
            tell_moved(unit, delivery, note)

    async def _want(self, unit: Unit, case: _Case, plan: Plan, at: datetime) -> None:
        drafts = Drafts(self._board, case.message, case.earlier)
        by_account = {delivery.account: delivery for delivery in case.deliveries}
        new: list[Delivery] = []
        for name in notice_first(plan, self._board.rules.notice_link):
            known = by_account.get(self._board.rules.channels[name].account)
            late = name in plan.late
            if known is None:
                delivery = drafts.delivery(name, plan, by_account, at)
                new.append(delivery)
                by_account[delivery.account] = delivery
            else:
                delivery = kept_on(known, name, plan, at)
                if late and known.state is DeliveryState.MOVED:
                    delivery = await _reworded(unit, drafts, delivery, by_account, at)
                if delivery != known:
                    await unit.save_delivery(delivery)
                if known.state is not DeliveryState.MOVED:
                    continue
            tell_planned(unit, delivery, late=late)
        await unit.add_deliveries(new)

    async def _end(self, unit: Unit, plan: Plan, case: _Case, at: datetime) -> None:
        if plan.ends is None:
            return
        if plan.ends is DeliveryState.WITHDRAWN:
            await self.asking.stop(unit, case.message, case.deliveries, at)
        for delivery in case.deliveries:
            if delivery.state in _UNSENT:
                await _keep_handed(unit, delivery, at)
                evidence = delivery.evidence or (_SOME if out_to_some(delivery.memory) else "")
                await unit.save_delivery(step(delivery, plan.ends, at, evidence=evidence))

    def _wake(self, message: Message, plan: Plan, at: datetime, *, is_open: bool) -> None:
        moments = (plan.wake_at, message.expires_at)
        ahead = [moment for moment in moments if moment is not None and moment > at]
        if is_open and ahead:
            self.wakes[message.id] = min(ahead)
        else:
            self.wakes.pop(message.id, None)


async def _links(unit: Unit, chain: str, at: datetime) -> list[tuple[Message, MessageState]]:
    """Return the links of a chain in their order, which an update may just have changed."""
    kept = await unit.links(chain)
    links = in_order(kept, at)
    before = {link.id: link for link, _ in kept}
    for link, _ in links:
        if link != before[link.id]:
            await unit.save_message(link)
    return links


async def _case(
    unit: Unit,
    message: Message,
    before: MessageState,
    links: Sequence[tuple[Message, MessageState]],
    *,
    new: bool = False,
) -> _Case:
    """Read what a decision needs to know; of a new message, only what came before it."""
    earlier = [link for link, _ in links if link.id in message.references]
    ids = [link.id for link in earlier]
    found = await unit.deliveries_of_many(ids) if ids else {}
    return _Case(
        message=message,
        before=before,
        earlier=earlier,
        deliveries=[] if new else await unit.deliveries_of(message.id),
        left=[delivery for some in found.values() for delivery in some],
        why=[] if new else await unit.explanations_of(message.id),
    )


async def _keep_handed(unit: Unit, delivery: Delivery, at: datetime) -> None:
    """Keep in mind that a person had the text, and may have posted it without saying so."""
    if delivery.state is DeliveryState.AWAITING_PERSON:
        await unit.remember(delivery.id, HANDED, at.isoformat())


async def _reworded(
    unit: Unit, drafts: Drafts, delivery: Delivery, known: dict[str, Delivery], at: datetime
) -> Delivery:
    """Return a delivery that goes out late with a text that says so, if none can be out yet.

    What some recipients have goes to the rest as it is: the memory of who has it must stay.
    """
    if out_to_some(delivery.memory):
        return delivery
    attempts = await unit.attempts_of(delivery.id) if delivery.attempts else []
    if any(attempt.outcome in {_UNCLEAR, None} for attempt in attempts):
        return delivery
    anew = drafts.anew(delivery, delivery.channel, known, at)
    if anew is None:
        return delivery
    await unit.rewrite(anew)
    return anew
