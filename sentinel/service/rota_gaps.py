"""A gap in a rota is told to staff two days ahead, once; gaps that were spoken of come unsaid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sentinel.domain.roster import AHEAD, watch
from sentinel.domain.rota import Stint
from sentinel.domain.rota_risks import PRESSING, gap_phrase
from sentinel.service.board import Board
from sentinel.service.leader import Leader
from sentinel.service.outages import DAEMON
from sentinel.service.shapes import stamp
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

BEHIND: Final = timedelta(days=1)
"""A gap that goes on is known by its beginning; one that began earlier, by going on."""

_SAME: Final = timedelta(minutes=1)


async def tell_gaps(storage: Storage, board: Board, leader: Leader) -> None:
    """Journal the gaps that press and that nobody has heard of.

    Raises:
        StorageError: They were not; the next look finds them again.
    """
    at = board.now()
    for name in board.rules.staff.rotas:
        one = watch(board.rules.staff, board.rosters, name)
        if not one.looked_at:
            continue
        open_now = one.course(at - BEHIND, at + AHEAD)
        found = [gap for gap in open_now if not gap.contacts and gap.ends_at > at]
        async with storage.read() as view:
            told = _moments(await view.flag(_flag(name)))
        new = [gap for gap in found if _presses(gap, at) and not _known(gap, told, at)]
        forgotten = bool(told) and not found
        if not new and not forgotten:
            continue
        async with storage.write() as unit:
            if await leader.confirm(unit):
                await _tell(unit, board, name, found, new)


async def _tell(unit: Unit, board: Board, name: str, found: list[Stint], new: list[Stint]) -> None:
    if new:
        payload = gap_payload(name, new[0], board, more=len(found) - found.index(new[0]) - 1)
        unit.note("rota.gap", actor=DAEMON, subject=name, payload=payload)
    await unit.set_flag(_flag(name), [stamp(gap.starts_at) for gap in found] or None)


def gap_payload(name: str, gap: Stint, board: Board, *, more: int) -> Mapping[str, Any]:
    """Return what the journal says of a gap; no name of a person is in it."""
    at = board.now()
    said = gap_phrase(name, gap, at, board.zone, more=more)
    return {
        "rota": name,
        "from": stamp(gap.starts_at),
        "to": stamp(gap.ends_at),
        "more": more,
        "sentence_de": said.de,
        "sentence_en": said.en,
    }


def _presses(gap: Stint, at: datetime) -> bool:
    return gap.starts_at - at <= PRESSING


def _known(gap: Stint, told: Iterable[datetime], at: datetime) -> bool:
    if gap.starts_at <= at - BEHIND:
        return any(moment <= at for moment in told)
    return any(abs(moment - gap.starts_at) < _SAME for moment in told)


def _moments(kept: Any) -> tuple[datetime, ...]:
    return tuple(datetime.fromisoformat(text).astimezone(UTC) for text in kept or ())


def _flag(name: str) -> str:
    return f"rota/{name}"
