"""The shapes of who owns what: an outage with its escalation, and silences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sentinel.domain.escalation import Escalation
from sentinel.domain.silence import Silence, subject_of
from sentinel.errors import InputError, Phrase
from sentinel.service.board import Board
from sentinel.service.health_shapes import outage_shape
from sentinel.service.shapes import Shape, stamp
from sentinel.storage.outages import Outage
from sentinel.storage.view import View


async def whole_outage(view: View, board: Board, outage_id: str) -> Shape:
    """Return one outage with its escalation, and what else that is about.

    Raises:
        InputError: 404: there is no such outage.
    """
    outage = await view.outage(outage_id)
    if outage is None:
        raise InputError(
            Phrase(de=f"Es gibt kein {outage_id!r}", en=f"there is no {outage_id!r}"), status=404
        )
    escalation, group = None, [outage]
    if outage.escalation_id is not None:
        escalation = await view.escalation(outage.escalation_id)
        group = await view.outages_of(outage.escalation_id)
    return {
        **outage_shape(outage, board.healths, board.zone),
        "escalation": escalation_shape(escalation, board) if escalation else None,
        "with": with_it(outage, group),
    }


def with_it(outage: Outage, group: Sequence[Outage]) -> list[str]:
    """Return the ids of the open outages that staff are told of together with this one."""
    return [one.id for one in group if one.id != outage.id and one.closed_at is None]


def escalation_shape(escalation: Escalation, board: Board) -> Shape:
    """Return how far an escalation has climbed. `level` counts from 1; 0: nobody was told yet."""
    return {
        "id": escalation.id,
        "level": escalation.level + 1,
        "levels": len(board.rules.staff.levels) or 1,
        "told": list(escalation.told),
        "repeats": escalation.rounds,
        "grave": escalation.grave,
        "next_at": stamp(escalation.due_at) if escalation.closed_at is None else None,
        "closed_at": stamp(escalation.closed_at),
    }


async def standing(view: View, at: datetime) -> list[Silence]:
    """Return the silences that hold at `at` or are planned, by their begin."""
    return [one for one in await view.standing_silences() if one.ends_at > at]


def silence_shape(silence: Silence, at: datetime) -> Shape:
    """Return one silence; `state` is `planned`, `active` or `over`."""
    return {
        "id": silence.id,
        "kind": silence.kind,
        **subject_of(silence),
        "starts_at": stamp(silence.starts_at),
        "ends_at": stamp(silence.ends_at),
        "ended_at": stamp(silence.ended_at),
        "reason": silence.reason,
        "by": f"{silence.actor_kind}:{silence.actor_id}",
        "created_at": stamp(silence.created_at),
        "state": silence_state(silence, at),
    }


def silence_state(silence: Silence, at: datetime) -> str:
    """Return whether a silence is `planned`, `active` or `over`."""
    if silence.holds(at):
        return "active"
    ahead = silence.ended_at is None and at < silence.starts_at
    return "planned" if ahead else "over"
