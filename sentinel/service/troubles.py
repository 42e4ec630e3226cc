"""Outages as escalations see them: how bad, whether they hit a route, whether a silence holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sentinel.domain.cause import EFFECTS, Cause, Severity, State
from sentinel.domain.escalation import Ladder, Trouble
from sentinel.domain.outage import OutageKind
from sentinel.domain.rules import Route
from sentinel.domain.silence import Silence, silent_until
from sentinel.domain.summary import has_usable
from sentinel.service.board import Board
from sentinel.storage.outages import Outage
from sentinel.storage.view import View

_STATE: Final = 1_000  # so much a state weighs more than a cause
_STRANDED: Final = 10 * _STATE
_OWN: Final = 5 * _STATE  # our line, an edge, a node: several channels at once
GRAVE: Final = frozenset(severity for severity in Severity if severity.grave)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What outages are seen against, all of one moment."""

    at: datetime
    hit: frozenset[str]  # channels of routes with no usable channel, or awaited by grave messages
    bare: tuple[Route, ...]  # routes with no usable channel
    silences: tuple[Silence, ...] = ()

    def bare_of(self, channel: str | None) -> tuple[str, ...]:
        """Return the names of the routes through a channel that have no usable one left."""
        return tuple(r.name for r in self.bare if channel in r.always or channel in r.priority)


async def scene_of(view: View, board: Board) -> Scene:
    """Return what outages are seen against now."""
    views = board.views()
    bare = [route for route in board.rules.routes if not has_usable(route, views)]
    on_them = {name for route in bare for name in (*route.always, *route.priority)}
    return Scene(
        at=board.now(),
        hit=frozenset(on_them | await view.channels_awaited(GRAVE)),
        bare=tuple(bare),
        silences=tuple(await view.standing_silences()),
    )


def key_of(outage: Outage) -> str:
    """Return what an outage is grouped by: what has one operator and one cause is one matter."""
    match outage.kind:
        case OutageKind.CHANNEL:
            return f"channel:{outage.operator}:{outage.cause or ''}"
        case OutageKind.STRANDED:
            return f"stranded:{','.join(outage.messages)}"
        case _:
            return f"{outage.kind}:{outage.operator or outage.channel or ''}"


def trouble_of(outage: Outage, scene: Scene) -> Trouble:
    """Return an outage as its escalation sees it."""
    return Trouble(
        id=outage.id,
        rank=_rank(outage),
        grave=_grave(outage, scene),
        fresh=outage.told_entry is None,
        changed=outage.told_entry != outage.entry,
        ended_at=outage.closed_at,
        worded=outage.end_entry is not None,
        awaited=outage.kind == OutageKind.STRANDED,
        waves=1 if outage.kind == OutageKind.STRANDED else outage.waves,
        silent_until=silent_until(
            scene.silences,
            scene.at,
            kind=outage.kind,
            channel=outage.channel,
            operator=outage.operator,
            hit=outage.channels,
        ),
    )


def troubles_of(outages: Iterable[Outage], scene: Scene) -> list[Trouble]:
    """Return outages as their escalation sees them."""
    return [trouble_of(outage, scene) for outage in outages]


def ladder_of(board: Board, nobody: Iterable[int] = ()) -> Ladder:
    """Return what the rules say of climbing; without levels everybody is told at once."""
    staff = board.rules.staff
    only = (staff.group_wait * 0,) if staff.contacts else ()
    return Ladder(
        afters=tuple(level.after for level in staff.levels) or only,
        group_wait=staff.group_wait,
        repeat_every=staff.repeat_every,
        calm_for=board.rules.probing.flapping.calm_for,
        nobody=frozenset(nobody),
    )


def _rank(outage: Outage) -> int:
    """Return how bad it is; the greater, the worse. More channels behind an edge are worse."""
    if outage.kind == OutageKind.STRANDED:
        return _STRANDED
    if outage.kind != OutageKind.CHANNEL:
        return _OWN + len(outage.channels)
    effect = EFFECTS[outage.cause or Cause.UNREACHABLE]
    return (effect.state or State.DOWN).badness * _STATE + effect.gravity


def _grave(outage: Outage, scene: Scene) -> bool:
    match outage.kind:
        case OutageKind.STRANDED:
            return True
        case OutageKind.UPLINK:
            return bool(scene.bare)
        case _:
            return bool(scene.hit & {outage.channel or "", *outage.channels})
