"""Misses the other nodes: one that goes without a goodbye is an outage, until it is back.

On SQLite there is one process, and nobody to miss it but the dead man's switch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import structlog

from sentinel.domain.outage import OutageKind
from sentinel.domain.roll_call import FORGOTTEN_AFTER, RollCall, roll_call
from sentinel.errors import Phrase
from sentinel.service.board import Board
from sentinel.service.leader import KNOWN, NODE, Leader
from sentinel.service.outages import DAEMON, begin
from sentinel.storage.outages import Outage
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

log = structlog.get_logger()

EVERY = timedelta(seconds=2)


class Missing:
    """Calls the roll while this node leads."""

    def __init__(
        self, storage: Storage, board: Board, leader: Leader, elapsed: Callable[[], float]
    ) -> None:
        self._storage = storage
        self._board = board
        self._leader = leader
        self._elapsed = elapsed
        self._silent: dict[str, float] = {}

    async def round(self) -> None:
        """Call the roll once; open and close outages as it says.

        Raises:
            StorageError: Nothing is known, or not written; the next round tries again.
        """
        if self._leader.alone or not self._leader.leads:
            self._silent = {}  # whoever leads next counts anew
            return
        async with self._storage.read() as view:
            known = {name.removeprefix(KNOWN) for name in await view.flags(KNOWN)}
            here = {who.rpartition("/")[0] for who in (await view.holders(NODE)).values()}
            missed = {
                str(outage.operator): outage
                for outage in await view.open_outages()
                if outage.kind == OutageKind.NODE
            }
        found = roll_call(known, here, self._silent, missed, self._elapsed())
        self._silent = dict(found.silent)
        long_ago = self._board.now() - FORGOTTEN_AFTER
        forgotten = {name: o for name, o in missed.items() if o.opened_at < long_ago}
        if found.new or found.missing or found.back or forgotten:
            await self._write(found, missed, forgotten.keys() - set(found.back))

    async def _write(self, found: RollCall, missed: dict[str, Outage], forgotten: set[str]) -> None:
        at = self._board.now()
        async with self._storage.write() as unit:
            if not await self._leader.confirm(unit):
                return
            for name in found.new:
                await unit.set_flag(KNOWN + name, {"node": name})
            for name in found.missing:
                await self._open(unit, name)
            for name in found.back:
                await unit.save_outage(replace(missed[name], closed_at=at))
                unit.note(
                    "outage.closed",
                    actor=DAEMON,
                    subject=missed[name].id,
                    payload=_payload(name, _back(name)),
                )
            for name in forgotten:
                await unit.set_flag(KNOWN + name, None)
                await unit.save_outage(replace(missed[name], closed_at=at))
                unit.note("node.forgotten", actor=DAEMON, subject=name)
            # No entry tells the end of these: nothing else would look at their escalations again.
            climbs = {climb for name in forgotten if (climb := missed[name].escalation_id)}
            await unit.wake_escalations(at, climbs)
        for name in found.new:
            log.info("node.known", node=name)
        for name in found.missing:
            log.error("node.missing", node=name)
        for name in found.back:
            log.warning("node.back", node=name)

    async def _open(self, unit: Unit, name: str) -> None:
        outage = Outage(
            id=self._board.new_id(),
            kind=OutageKind.NODE,
            operator=name,
            opened_at=self._board.now(),
        )
        outage = await begin(unit, outage, self._board.rules.probing.flapping.within)
        payload = _payload(name, _gone(name)) | {"waves": outage.waves}
        unit.note("outage.opened", actor=DAEMON, subject=outage.id, payload=payload)


def _payload(name: str, sentence: Phrase) -> dict[str, object]:
    return {"node": name, "sentence_de": sentence.de, "sentence_en": sentence.en}


def _gone(name: str) -> Phrase:
    return Phrase(
        de=f"Sentinel auf {name} meldet sich nicht mehr und hat sich nicht abgemeldet. "
        "Die übrigen Knoten arbeiten weiter.",
        en=f"Sentinel on {name} is silent and did not say goodbye. The other nodes go on.",
    )


def _back(name: str) -> Phrase:
    return Phrase(de=f"Sentinel auf {name} meldet sich wieder.", en=f"Sentinel on {name} is back.")
