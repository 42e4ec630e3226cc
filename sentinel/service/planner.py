"""Turns a routing decision into deliveries on disk: rendered once, never again.

`replan` is called inside the transaction of whatever changed (a message was
accepted, an attempt ended, a verdict fell), so that the change and what follows
from it are on disk together or not at all.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sentinel.domain.delivery import Delivery, DeliveryState, Rendered, step
from sentinel.domain.message import Message, MessageState
from sentinel.domain.plan import Passed, Plan, Reason, Situation
from sentinel.domain.routing import decide
from sentinel.failpoints import reach
from sentinel.platforms import Draft
from sentinel.service.board import Board
from sentinel.service.outages import DAEMON
from sentinel.storage.view import Unit

NOTICE_PATIENCE = timedelta(seconds=5)
"""How long a post waits for the page it links to; then it goes without the link."""

_OVER = frozenset({MessageState.EXPIRED, MessageState.WITHDRAWN})


class Planner:
    """Keeps what should be so and what is on disk the same."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.wakes: dict[str, datetime] = {}  # message id -> decide again at the latest then

    async def replan(
        self, unit: Unit, message: Message, at: datetime, *, moved: Delivery | None = None
    ) -> Plan:
        """Decide about `message` and write what follows; return the decision.

        `moved` is the delivery whose attempt just ended in a refusal of its channel.
        """
        deliveries = await unit.deliveries_of(message.id)
        routes = [route for route in self._board.rules.routes if route.name in message.routes]
        plan = decide(
            Situation(
                message=message,
                routes=routes,
                board=self._board.views(),
                deliveries=deliveries,
                at=at,
                on_hold=self._board.hold is not None,
            )
        )
        await self._drop(unit, plan, deliveries, at)
        await self._want(unit, message, plan, deliveries, at)
        await self._end(unit, plan, deliveries, at)
        await self._reroute(unit, message, plan, deliveries, moved)
        await self._tell(unit, message, plan, at)
        reach("planner.decided")
        return plan

    def due(self, at: datetime) -> list[str]:
        """Return the messages that have to be decided about again by now."""
        return [message_id for message_id, wake in self.wakes.items() if wake <= at]

    async def _drop(self, unit: Unit, plan: Plan, deliveries: list[Delivery], at: datetime) -> None:
        for delivery in deliveries:
            if (note := plan.dropped.get(delivery.id)) is None:
                continue
            cause = note.cause or delivery.cause
            await unit.save_delivery(
                step(delivery, DeliveryState.MOVED, at, cause=cause, evidence=note.evidence)
            )
            if note.reason is not Reason.NOT_NEEDED:
                unit.note(
                    "delivery.moved",
                    actor=DAEMON,
                    subject=delivery.id,
                    payload={
                        "message": delivery.message_id,
                        "channel": delivery.channel,
                        "reason": note.reason,
                        "cause": cause,
                    },
                )

    async def _reroute(
        self,
        unit: Unit,
        message: Message,
        plan: Plan,
        deliveries: list[Delivery],
        moved: Delivery | None,
    ) -> None:
        """A rerouted message is news once: when the first of its deliveries had to move."""
        dropped = [
            (note.channel, note.cause or note.reason)
            for note in plan.dropped.values()
            if note.reason is not Reason.NOT_NEEDED
        ]
        now = dropped + ([(moved.channel, moved.cause)] if moved else [])
        before = any(
            d.state is DeliveryState.MOVED and (moved is None or d.id != moved.id)
            for d in deliveries
        )
        if not now or before:
            return
        channel, why = now[0]
        known = {d.channel for d in deliveries}
        unit.note(
            "message.rerouted",
            actor=DAEMON,
            subject=message.id,
            payload={
                "number": message.number,
                "channel": channel,
                "why": why,
                "onto": sorted(name for name in plan.wanted if name not in known),
            },
        )

    async def _want(
        self,
        unit: Unit,
        message: Message,
        plan: Plan,
        deliveries: list[Delivery],
        at: datetime,
    ) -> None:
        by_account = {delivery.account: delivery for delivery in deliveries}
        for name in self._notice_first(plan):
            channel = self._board.rules.channels[name]
            routes = tuple(sorted(plan.wanted[name]))
            known = by_account.get(channel.account)
            if known is None:
                delivery = self._plan(message, name, routes, plan, at)
                await unit.add_delivery(delivery)
            elif known.state is DeliveryState.MOVED:
                due = max(plan.due[name], at)
                delivery = step(
                    known,
                    DeliveryState.PLANNED,
                    at,
                    due_at=due,
                    planned_at=at,
                    routes=routes,
                    channel=name,
                )
                await unit.save_delivery(delivery)
            else:
                if known.routes != routes or known.channel != name:
                    await unit.save_delivery(replace(known, routes=routes, channel=name))
                continue
            unit.note(
                "delivery.planned",
                actor=DAEMON,
                subject=delivery.id,
                payload={"message": message.id, "channel": name, "routes": list(routes)},
            )

    def _notice_first(self, plan: Plan) -> list[str]:
        notice = self._board.rules.notice_link
        return sorted(plan.wanted, key=lambda name: (name != notice, name))

    def _plan(
        self, message: Message, name: str, routes: tuple[str, ...], plan: Plan, at: datetime
    ) -> Delivery:
        delivery_id = self._board.new_id()
        link = self._notice_link(message, name, plan)
        rendered = self.render(message, name, delivery_id, at, link)
        waits = link is not None and message.content.link is None
        return Delivery(
            id=delivery_id,
            message_id=message.id,
            channel=name,
            account=self._board.rules.channels[name].account,
            routes=routes,
            state=DeliveryState.PLANNED,
            rendered=rendered,
            without_link=self.render(message, name, delivery_id, at, None) if waits else None,
            planned_at=at,
            due_at=plan.due[name] + (NOTICE_PATIENCE if waits else timedelta()),
            since=at,
        )

    def _notice_link(self, message: Message, name: str, plan: Plan) -> str | None:
        notice = self._board.rules.notice_link
        if notice is None or name == notice or notice not in plan.wanted:
            return None
        return self._board.notice_url(message.id)

    def render(
        self, message: Message, name: str, delivery_id: str, at: datetime, notice: str | None
    ) -> Rendered:
        """Return what would go out on a channel, word for word.

        The message's own link wins over the notice's: whoever wrote it chose it.
        """
        link = message.content.link or notice
        draft = Draft(
            message=message,
            delivery_id=delivery_id,
            at=at,
            organisation=self._board.rules.organisation,
            timezone=self._board.rules.timezone,
            link=link,
            link_is_notice=message.content.link is None and notice is not None,
        )
        return self._board.platform(name).render(draft, self._board.faceless(name))

    async def _end(self, unit: Unit, plan: Plan, deliveries: list[Delivery], at: datetime) -> None:
        if plan.state not in _OVER:
            return
        end = DeliveryState[plan.state.name]  # expired and withdrawn: the same words
        for delivery in deliveries:
            if delivery.state in {
                DeliveryState.PLANNED,
                DeliveryState.AWAITING_PERSON,
                DeliveryState.MOVED,
            }:
                await unit.save_delivery(step(delivery, end, at))

    async def _tell(self, unit: Unit, message: Message, plan: Plan, at: datetime) -> None:
        for note in plan.passed:
            await self._explain(unit, message, note, at)
        before = await unit.message_state(message.id)
        unclear = any(
            d.state in {DeliveryState.UNKNOWN, DeliveryState.PUBLISHING}
            for d in await unit.deliveries_of(message.id)
        )
        is_open = unclear or plan.state not in _OVER | {MessageState.LIVE}
        await unit.set_message_state(message.id, plan.state, open=is_open)
        self._wake(message, plan, at, is_open=is_open)
        if before is not plan.state:
            unit.note(
                f"message.{plan.state}",
                actor=DAEMON,
                subject=message.id,
                payload={"number": message.number, "stranded": list(plan.stranded)},
            )

    def _wake(self, message: Message, plan: Plan, at: datetime, *, is_open: bool) -> None:
        moments = (plan.wake_at, message.expires_at)
        ahead = [moment for moment in moments if moment is not None and moment > at]
        if is_open and ahead:
            self.wakes[message.id] = min(ahead)
        else:
            self.wakes.pop(message.id, None)

    async def _explain(self, unit: Unit, message: Message, note: Passed, at: datetime) -> None:
        await unit.explain(
            message.id,
            note.route,
            note.channel,
            reason=note.reason,
            detail=note.evidence,
            cause=note.cause,
            at=at,
        )
