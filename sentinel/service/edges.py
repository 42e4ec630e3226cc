"""Edges that fail: one outage for all the channels that stand behind one, named after it.

Every node knows from the healths which edges fail; the leader writes it down.
An outage begins when a channel behind the edge is really down and not merely
hiccups, and lasts until none is any more: such errors come and go for hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import structlog

from sentinel.domain.cause import Cause
from sentinel.domain.edge import EdgeOutage, edge_outages, explain_edge, stands
from sentinel.domain.outage import OutageKind
from sentinel.errors import Phrase
from sentinel.service.board import Board
from sentinel.service.leader import Leader
from sentinel.service.outages import DAEMON, begin
from sentinel.storage.outages import Outage
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

log = structlog.get_logger()


class Edges:
    """Knows which edges fail for several channels."""

    def __init__(self, storage: Storage, board: Board, leader: Leader) -> None:
        self._storage = storage
        self._board = board
        self._leader = leader
        self._written: dict[str, Outage] | None = None  # as on disk; None: not read yet

    async def look(self) -> None:
        """Find the edges that fail now; as leader, open, widen and close their outages.

        Raises:
            StorageError: What changed is not written; the next look tries again.
        """
        rules, healths = self._board.rules.channels, self._board.healths
        standing = dict(self._board.edges)
        for found in edge_outages(rules, healths, self._board.now()):
            standing[found.edge] = _wider(standing.get(found.edge), found, rules)
        self._board.edges = {
            edge: outage for edge, outage in standing.items() if stands(outage.channels, healths)
        }
        if not self._leader.leads:
            self._written = None  # whoever leads next reads what stands
            return
        if self._written is None:
            await self._read()
        if self._wanted() != {edge: known.channels for edge, known in self._open().items()}:
            await self._write()

    def _open(self) -> dict[str, Outage]:
        return self._written or {}

    def _wanted(self) -> dict[str, tuple[str, ...]]:
        """Return the channels of every outage that there should be, by edge."""
        wanted = {edge: outage.channels for edge, outage in self._board.edges.items()}
        for edge, known in self._open().items():  # of before a restart: its pages are not met again
            if edge not in wanted and stands(known.channels, self._board.healths):
                wanted[edge] = known.channels
        return wanted

    async def _read(self) -> None:
        async with self._storage.read() as view:
            outages = await view.open_outages()
        edges = [o for o in outages if o.kind == OutageKind.EDGE and o.operator is not None]
        self._written = {str(outage.operator): outage for outage in edges}

    async def _write(self) -> None:
        wanted, after = self._wanted(), dict[str, Outage]()
        async with self._storage.write() as unit:
            if not await self._leader.confirm(unit):
                return
            for edge, channels in wanted.items():
                after[edge] = await self._put(unit, edge, channels)
            for edge, known in self._open().items():
                if edge not in wanted:
                    await unit.save_outage(replace(known, closed_at=self._board.now()))
                    told = _told(known, _over(known))
                    unit.note("outage.closed", actor=DAEMON, subject=known.id, payload=told)
        for edge in wanted.keys() ^ self._open().keys():
            log.warning("edge.failing" if edge in wanted else "edge.working", edge=edge)
        self._written = after

    async def _put(self, unit: Unit, edge: str, channels: tuple[str, ...]) -> Outage:
        known, standing = self._open().get(edge), self._board.edges.get(edge)
        if known is not None and (known.channels == channels or standing is None):
            return known
        assert standing is not None  # noqa: S101 - what is new stands, for the type checker
        if known is not None:
            wider = replace(known, channels=channels)
            await unit.save_outage(wider)
            told = _told(wider, explain_edge(standing))
            unit.note("outage.changed", actor=DAEMON, subject=wider.id, payload=told)
            return wider
        outage = Outage(
            id=self._board.new_id(),
            kind=OutageKind.EDGE,
            operator=edge,
            cause=Cause.PLATFORM_FAULT,
            opened_at=self._board.now(),
            channels=channels,
        )
        outage = await begin(unit, outage, self._board.rules.probing.flapping.within)
        told = _told(outage, explain_edge(standing))
        unit.note("outage.opened", actor=DAEMON, subject=outage.id, payload=told)
        return outage


def _wider(before: EdgeOutage | None, found: EdgeOutage, order: Iterable[str]) -> EdgeOutage:
    """Return the outage with all that it has hit; that one recovers first does not end it."""
    if before is None:
        return found
    hit, own = {*before.channels, *found.channels}, {*before.own, *found.own}
    return replace(
        found,
        channels=tuple(name for name in order if name in hit),
        own=tuple(name for name in order if name in own),
        since=before.since,
    )


def _over(outage: Outage) -> Phrase:
    names = ", ".join(outage.channels)
    return Phrase(de=f"Wieder erreichbar: {names}.", en=f"Reachable again: {names}.")


def _told(outage: Outage, sentence: Phrase) -> Mapping[str, Any]:
    return {
        "edge": outage.operator,
        "channels": list(outage.channels),
        "sentence_de": sentence.de,
        "sentence_en": sentence.en,
    }
