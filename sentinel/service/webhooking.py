"""Sends one webhook what happened, in order: it has a place of its own in the journal.

The place moves when the receiver has taken an event, in the database. So
nothing is left out over a restart, and what was sent just before a crash is
sent again under the same key.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from sentinel.domain.alerts import EVENTS, body_of
from sentinel.domain.pauses import backoff
from sentinel.errors import SecretError
from sentinel.failpoints import reach
from sentinel.service.board import Board
from sentinel.service.health_shapes import outage_shape
from sentinel.service.outages import DAEMON
from sentinel.service.output_post import OutputPost, Posted
from sentinel.service.shapes import stamp
from sentinel.storage.journal import Entry
from sentinel.storage.outages import Outage
from sentinel.storage.storage import Storage
from sentinel.wire.hooks import signed

log = structlog.get_logger()

CURSORS = "output:"
"""Under this and the receiver's name stands how far it has read the journal."""

BATCH = 200
TRIES = 5
"""So often an event is sent that the receiver refuses as such. Then the later ones go on."""

LOOK_S = 1.0


class Webhooking:
    """One webhook, and how far it has been told."""

    def __init__(
        self, storage: Storage, board: Board, post: OutputPost, places: dict[str, int]
    ) -> None:
        self._storage = storage
        self._board = board
        self._post = post
        self._reader = CURSORS + post.output.name
        self._places = places  # by reader: entries up to here are told, or none of its business
        self._seen = 0
        self._begun = False
        self._failures = 0

    async def round(self) -> float:
        """Tell it what is new; return how many seconds there is nothing to do.

        Raises:
            StorageError: What is new cannot be read, or not be written down as told.
        """
        if not self._begun:
            await self._begin()
        async with self._storage.read() as view:
            self._seen = max(self._seen, await view.cursor(self._reader))
            entries = await view.entries(after=self._seen, limit=BATCH)
            subjects = {entry.subject for entry in entries if entry.kind.startswith("outage.")}
            outages = await view.outages_with(subjects)
        for entry in entries:
            if entry.kind in EVENTS:
                pause = await self._tell(entry, outages)
                if pause is not None:
                    return pause
            self._seen = self._places[self._reader] = entry.number
        if not entries:
            self._places[self._reader] = self._seen
            return LOOK_S
        if len(entries) == BATCH:  # a long way without an event: not to be gone again
            await self._set(self._seen)
        return 0.0

    async def _begin(self) -> None:
        """Begin with what happens from now on: nobody wants the history of years."""
        async with self._storage.write() as unit:
            if self._reader not in await unit.cursors():
                await unit.set_cursor(self._reader, await unit.journal_head())
        self._begun = True

    async def _tell(self, entry: Entry, outages: Mapping[str, Outage]) -> float | None:
        """Send one event; return how long to wait before the next try, None: go on."""
        posted = await self._send(entry, outages.get(entry.subject))
        reach("output.sent")
        self._failures += 1
        given_up = posted is Posted.REFUSED and self._failures >= TRIES
        if posted is not Posted.TAKEN and not given_up:
            return max(backoff(self._failures).total_seconds(), LOOK_S)
        if given_up:
            await self._skip(entry)
        else:
            await self._set(entry.number)
        self._failures = 0
        return None

    async def _send(self, entry: Entry, outage: Outage | None) -> Posted:
        body = body_of(self._event(entry, outage))
        try:
            secret = self._post.secret()
        except SecretError as error:
            return self._post.unconfigured(error)
        at = str(int(entry.at.timestamp()))
        key = f"{entry.number}-{entry.hash[:16]}"
        headers = {"Idempotency-Key": key, "Sentinel-Timestamp": at}
        if secret is not None:
            words = f"{at}.POST.{key}.".encode() + body
            headers["Sentinel-Signature"] = f"v1={signed(secret, words)}"
        return await self._post.send("", body, headers)

    def _event(self, entry: Entry, outage: Outage | None) -> dict[str, object]:
        return {
            "number": entry.number,
            "at": stamp(entry.at),
            "kind": entry.kind,
            "actor": {"kind": entry.actor.kind, "id": entry.actor.id},
            "subject": entry.subject,
            "payload": entry.payload,
            "organisation": self._board.rules.organisation,
            "outage": outage_shape(outage) if outage is not None else None,
        }

    async def _set(self, number: int) -> None:
        async with self._storage.write() as unit:
            if await unit.cursor(self._reader) < number:
                await unit.set_cursor(self._reader, number)

    async def _skip(self, entry: Entry) -> None:
        """Go on without an event that the receiver will not have; the journal says so."""
        name = self._post.output.name
        log.error("output.skipped", output=name, number=entry.number, kind=entry.kind)
        async with self._storage.write() as unit:
            await unit.set_cursor(self._reader, entry.number)
            unit.note(
                "output.skipped",
                actor=DAEMON,
                subject=name,
                payload={"number": entry.number, "kind": entry.kind},
            )
