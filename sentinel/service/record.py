"""What is written down of a decision: where the message stands, why, and what staff hear of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sentinel.domain.delivery import Delivery, DeliveryState
from sentinel.domain.late import outlasts
from sentinel.domain.message import Message, MessageState
from sentinel.domain.plan import Passed, Plan, Reason, Situation
from sentinel.service.board import Board
from sentinel.service.outages import DAEMON, carried_again, stranded
from sentinel.service.reroute import left_behind
from sentinel.storage.attempts import Explanation
from sentinel.storage.view import Unit

_OVER = frozenset({MessageState.EXPIRED, MessageState.WITHDRAWN})
_UNDER_WAY = frozenset(
    {DeliveryState.UNKNOWN, DeliveryState.PUBLISHING, DeliveryState.AWAITING_PERSON}
)


def tell_moved(unit: Unit, delivery: Delivery, note: Passed) -> None:
    """Journal that an unsent delivery was given up; that it is not needed is no news."""
    if note.reason is Reason.NOT_NEEDED:
        return
    unit.note(
        "delivery.moved",
        actor=DAEMON,
        subject=delivery.id,
        payload={
            "message": delivery.message_id,
            "channel": delivery.channel,
            "reason": note.reason,
            "cause": note.cause or delivery.cause,
        },
    )


def tell_planned(unit: Unit, delivery: Delivery, *, late: bool) -> None:
    """Journal that a channel is to carry a message; `late`: a better one that came back."""
    payload = {
        "message": delivery.message_id,
        "channel": delivery.channel,
        "routes": list(delivery.routes),
    }
    unit.note(
        "delivery.planned",
        actor=DAEMON,
        subject=delivery.id,
        payload=payload | ({"late": True} if late else {}),
    )


async def tell_rerouted(
    unit: Unit, plan: Plan, situation: Situation, moved: Delivery | None
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


def tell_superseded(unit: Unit, message: Message, by: Message) -> None:
    """Journal that a later link of its chain took a message's place."""
    unit.note(
        "message.superseded",
        actor=DAEMON,
        subject=message.id,
        payload={"number": message.number, "by": by.number, "kind": by.kind},
    )


async def tell_state(
    unit: Unit, board: Board, situation: Situation, plan: Plan, before: MessageState
) -> bool:
    """Keep where a message stands and journal a change; return whether it still has work."""
    message, state = situation.message, plan.state
    under_way = any(delivery.state in _UNDER_WAY for delivery in situation.deliveries)
    hopes = state is MessageState.LIVE and plan.hopes
    is_open = under_way or hopes or state not in _OVER | {MessageState.LIVE}
    if before is not state or not is_open:
        await unit.set_message_state(message.id, state, open=is_open)
    if not is_open:
        await unit.set_flag(_told(message), None)
    if before is not state:
        unit.note(
            f"message.{state}",
            actor=DAEMON,
            subject=message.id,
            payload={"number": message.number, "stranded": list(plan.stranded)},
        )
        if state is MessageState.STRANDED:
            await stranded(unit, board, message.id, situation.at)
            await unit.set_flag(_stuck(message), True)  # noqa: FBT003 - plain data
        elif before is MessageState.STRANDED:
            await carried_again(unit, message.id, situation.at)
        if state in _OVER | {MessageState.LIVE}:
            await _tell_carried_again(unit, situation, state)
    return is_open


async def _tell_carried_again(unit: Unit, situation: Situation, state: MessageState) -> None:
    """Whoever heard that a message is stranded hears once that it is out; its end has own words."""
    message = situation.message
    if await unit.flag(_stuck(message)) is None:
        return
    await unit.set_flag(_stuck(message), None)
    if state is not MessageState.LIVE or message.superseded_at is not None:
        return
    channels = sorted(delivery.channel for delivery in situation.deliveries if delivery.live)
    unit.note(
        "message.carried_again",
        actor=DAEMON,
        subject=message.id,
        payload={"number": message.number, "channels": channels},
    )


async def explain(
    unit: Unit, message: Message, plan: Plan, known: Iterable[Explanation], at: datetime
) -> None:
    """Keep why each channel was passed over, and when that began."""
    kept = {(note.route, note.channel): note for note in known}
    news = {(note.route, note.channel): note for note in plan.passed}  # the last word of each
    for key, note in news.items():
        said = kept.get(key)
        if said is not None and _stays(said, note):
            continue
        await unit.explain(
            message.id,
            note.route,
            note.channel,
            reason=note.reason,
            detail=note.evidence,
            cause=note.cause,
            at=at,
        )


def _stays(said: Explanation, note: Passed) -> bool:
    same = (said.reason, said.cause, said.detail) == (note.reason, note.cause, note.evidence)
    return same or outlasts(Reason(said.reason), note.reason)


def _stuck(message: Message) -> str:
    """Return the flag under which it is kept that staff heard of the stranding."""
    return f"stranded/{message.id}"


def _told(message: Message) -> str:
    """Return the flag under which it is kept that staff heard of the rerouting."""
    return f"rerouted/{message.id}"
