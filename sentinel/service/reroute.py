"""When a message that was on its way goes another way: what staff should hear of it."""

from __future__ import annotations

from dataclasses import dataclass

from sentinel.domain.delivery import Delivery, DeliveryState
from sentinel.domain.plan import Passed, Plan, Reason, Situation

_TROUBLE = frozenset(Reason) - {
    Reason.NOT_NEEDED,
    Reason.NOT_CHOSEN,
    Reason.NO_EXERCISES,
    Reason.DOUBT,
    Reason.LAST_RESORT,
    Reason.EARLIER_UNDER_WAY,
}


@dataclass(frozen=True, slots=True)
class Left:
    """A channel left behind, and the channels that carry the message instead."""

    note: Passed
    onto: tuple[str, ...]


def left_behind(
    plan: Plan,
    situation: Situation,
    moved: Delivery | None,
) -> Left | None:
    """Return the first channel that a message leaves for another one by `plan`, if any.

    Args:
        plan: What was decided.
        situation: What was decided about: the deliveries before the plan is carried out.
        moved: The delivery that was refused just now; it is named first.
    """
    board = situation.board
    known = {delivery.account: delivery for delivery in situation.deliveries}
    names = {delivery.channel for delivery in situation.deliveries}
    always = {(route.name, name) for route in situation.routes for name in route.always}

    def begun(name: str) -> bool:
        return board[name].channel.account in known if name in board else name in names

    def new(name: str) -> bool:
        delivery = known.get(board[name].channel.account)
        return delivery is None or delivery.state is DeliveryState.MOVED

    notes = [
        note
        for note in plan.passed
        if note.reason in _TROUBLE
        and begun(note.channel)
        and (note.route, note.channel) not in always  # nothing stands in for those
    ]
    notes.sort(key=lambda note: moved is None or note.channel != moved.channel)
    for note in notes:
        onto = tuple(
            name
            for name in sorted(plan.wanted)
            if name != note.channel
            and name not in plan.late
            and note.route in plan.wanted[name]
            and new(name)
        )
        if onto:
            return Left(note, onto)
    return None
