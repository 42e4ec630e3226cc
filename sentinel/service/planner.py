"""Turns a routing decision into deliveries on disk: rendered once, never again.

`replan` is called inside the transaction of whatever changed (a message was
accepted, an attempt ended, a verdict fell), so that the change and what follows
from it are on disk together or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sentinel.domain.delivery import Delivery, DeliveryState, Rendered, step
from sentinel.domain.message import Message, MessageState
from sentinel.domain.plan import Plan, Reason, Situation, kept_on
from sentinel.domain.routing import decide
from sentinel.failpoints import reach
from sentinel.platforms import Draft
from sentinel.service.board import Board
from sentinel.service.outages import DAEMON, carried_again, stranded
from sentinel.service.reroute import left_behind
from sentinel.storage.view import Unit

NOTICE_PATIENCE = timedelta(seconds=5)
"""How long a post waits for the page it links to; then it goes without the link."""

_OVER = frozenset({MessageState.EXPIRED, MessageState.WITHDRAWN})
_UNDER_WAY = frozenset({DeliveryState.UNKNOWN, DeliveryState.PUBLISHING})


class Planner:
    """Keeps what should be so and what is on disk the same."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.wakes: dict[str, datetime] = {}  # message id -> decide again at the latest then
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
        """Decide about `message` and write what follows; return the decision.

        `moved` is the delivery whose attempt just ended in a refusal of its
        channel. `fresh` says that the message was added in this very unit, so
        that nothing about it needs to be read back.
        """
        if not fresh:
            await unit.lock_message(message.id)
        deliveries = [] if fresh else await unit.deliveries_of(message.id)
        routes = [route for route in self._board.rules.routes if route.name in message.routes]
        situation = Situation(
            message=message,
            routes=routes,
            board=self._board.views(),
            deliveries=deliveries,
            at=at,
            on_hold=self._board.hold is not None,
            waiting_since=self._patient_since(at),
        )
        plan = decide(situation)
        await self._drop(unit, plan, deliveries, at)
        await self._want(unit, message, plan, deliveries, at)
        await self._end(unit, plan, deliveries, at)
        await self._reroute(unit, plan, situation, moved)
        before = MessageState.ACCEPTED if fresh else await unit.message_state(message.id)
        await self._explain(unit, message, plan, at, fresh=fresh)
        await self._tell(unit, situation, plan, before)
        reach("planner.decided")
        return plan

    def due(self, at: datetime) -> list[str]:
        """Return the messages that have to be decided about again by now."""
        return [message_id for message_id, wake in self.wakes.items() if wake <= at]

    def _patient_since(self, at: datetime) -> datetime:
        """Return since when an unsent post's waiting counts: a hold or a restart is no waiting."""
        on_hold = self._board.hold is not None
        if self._waiting_since is None or on_hold or self._was_on_hold:
            self._waiting_since = at
        self._was_on_hold = on_hold
        return self._waiting_since

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
        self, unit: Unit, plan: Plan, situation: Situation, moved: Delivery | None
    ) -> None:
        """A rerouted message is news once: when the first of its deliveries is left behind."""
        message, left = situation.message, left_behind(plan, situation, moved)
        if left is None or await unit.flag(_told(message)) is not None:
            return
        await unit.set_flag(_told(message), True)  # noqa: FBT003 - plain data
        unit.note(
            "message.rerouted",
            actor=DAEMON,
            subject=message.id,
            payload={
                "number": message.number,
                "channel": left.note.channel,
                "why": left.note.cause or left.note.reason,
                "reason": left.note.reason,
                "onto": list(left.onto),
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
        new: list[Delivery] = []
        for name in self._notice_first(plan):
            channel = self._board.rules.channels[name]
            routes = tuple(sorted(plan.wanted[name]))
            known = by_account.get(channel.account)
            if known is None:
                delivery = self._plan(message, name, plan, by_account, at)
                new.append(delivery)
                by_account[channel.account] = delivery
            else:
                delivery = kept_on(known, name, plan, at)
                if delivery != known:
                    await unit.save_delivery(delivery)
                if known.state is not DeliveryState.MOVED:
                    continue
            unit.note(
                "delivery.planned",
                actor=DAEMON,
                subject=delivery.id,
                payload={"message": message.id, "channel": name, "routes": list(routes)},
            )
        await unit.add_deliveries(new)

    def _notice_first(self, plan: Plan) -> list[str]:
        notice = self._board.rules.notice_link
        return sorted(plan.wanted, key=lambda name: (name != notice, name))

    def _plan(
        self,
        message: Message,
        name: str,
        plan: Plan,
        known: Mapping[str, Delivery],
        at: datetime,
    ) -> Delivery:
        delivery_id = self._board.new_id()
        page = self._page(name, known)
        link = self._board.notice_url(message.id) if page else None
        waits = page is not None and not page.live and message.content.link is None
        due = plan.due[name]
        return Delivery(
            id=delivery_id,
            message_id=message.id,
            channel=name,
            account=self._board.rules.channels[name].account,
            routes=tuple(sorted(plan.wanted[name])),
            state=DeliveryState.PLANNED,
            rendered=self.render(message, name, delivery_id, at, link),
            without_link=self.render(message, name, delivery_id, at, None) if waits else None,
            planned_at=at,
            due_at=max(due, page.planned_at + NOTICE_PATIENCE) if page and waits else due,
            since=at,
        )

    def _page(self, name: str, known: Mapping[str, Delivery]) -> Delivery | None:
        """Return the delivery to the page that a post links to, if it is there or may yet be."""
        notice = self._board.rules.notice_link
        channel = self._board.rules.channels.get(notice) if notice else None
        if channel is None or name == notice:
            return None
        page = known.get(channel.account)
        return page if page and (page.live or page.pending) else None

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

    async def _tell(
        self, unit: Unit, situation: Situation, plan: Plan, before: MessageState | None
    ) -> None:
        message = situation.message
        unclear = any(delivery.state in _UNDER_WAY for delivery in situation.deliveries)
        is_open = unclear or plan.state not in _OVER | {MessageState.LIVE}
        if before is not plan.state or not is_open:
            await unit.set_message_state(message.id, plan.state, open=is_open)
        self._wake(message, plan, situation.at, is_open=is_open)
        if not is_open:
            await unit.set_flag(_told(message), None)
        if before is plan.state:
            return
        unit.note(
            f"message.{plan.state}",
            actor=DAEMON,
            subject=message.id,
            payload={"number": message.number, "stranded": list(plan.stranded)},
        )
        if plan.state is MessageState.STRANDED:
            await stranded(unit, message.id, self._board.new_id(), situation.at)
        elif before is MessageState.STRANDED:
            await carried_again(unit, message.id, situation.at)

    def _wake(self, message: Message, plan: Plan, at: datetime, *, is_open: bool) -> None:
        moments = (plan.wake_at, message.expires_at)
        ahead = [moment for moment in moments if moment is not None and moment > at]
        if is_open and ahead:
            self.wakes[message.id] = min(ahead)
        else:
            self.wakes.pop(message.id, None)

    async def _explain(
        self, unit: Unit, message: Message, plan: Plan, at: datetime, *, fresh: bool
    ) -> None:
        """Keep why each channel was passed over, and when that began."""
        known = await unit.explanations_of(message.id) if plan.passed and not fresh else ()
        kept = {
            (note.route, note.channel): (note.reason, note.cause, note.detail) for note in known
        }
        for note in plan.passed:
            said = (note.reason.value, note.cause, note.evidence)
            if kept.get((note.route, note.channel)) == said:
                continue
            kept[note.route, note.channel] = said
            await unit.explain(
                message.id,
                note.route,
                note.channel,
                reason=note.reason,
                detail=note.evidence,
                cause=note.cause,
                at=at,
            )


def _told(message: Message) -> str:
    """Return the flag under which it is kept that staff heard of the rerouting."""
    return f"rerouted/{message.id}"
