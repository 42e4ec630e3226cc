"""Keeps several nodes on one PostgreSQL of one mind.

Twice a second each node reads what people switched (hold, freezes) and what is
new in the journal. All judge alike, because only the leader writes verdicts and
the others adopt them. What another node did is known from the journal: the
leader hears of its posts' outcomes as it does of its own, and decides again
about the messages that it touched, so that nothing waits for a node that died.

On SQLite there is one process, and none of this runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from sentinel.domain.cause import NETWORK, Ability, Cause
from sentinel.domain.delivery import DeliveryState
from sentinel.domain.health import released
from sentinel.domain.observation import Finding
from sentinel.errors import StorageError
from sentinel.service.board import Board
from sentinel.service.leader import Leader
from sentinel.service.planner import Planner
from sentinel.service.switches import Switches
from sentinel.service.verdicts import Verdicts
from sentinel.storage.journal import Entry
from sentinel.storage.storage import Storage

log = structlog.get_logger()

EVERY_S = 0.5
KNOWN_FOR_S = 2.0
"""What people switched holds good for so long; then nothing more may become public."""

ALL_AGAIN_EVERY_S = 5.0  # beside every change: what was counted, and the platforms' limits
BATCH = 500
_ENDS = frozenset({"message.withdrawn_by_person", "message.superseded"})
_OUTCOMES = frozenset({"accepted", "throttled", "failed", "refused", "unclear"})

Hear = Callable[[str, Finding, str], Awaitable[None]]
"""Takes a channel, what another node's post showed of it, and that node's name."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What a node does when another changed something."""

    hear: Hear
    reconsider: Callable[[], None]  # decide about every open message again, soon
    wake: Callable[[], None]
    led: Callable[[], Awaitable[None]]  # we lead now: take up what the last leader left
    refresh: Callable[[], Awaitable[None]]  # take up what others read of the platforms' limits
    elsewhere: Callable[[frozenset[str]], None]  # channels that other nodes reach better
    listen: Callable[[], Awaitable[None]]  # take up what others' checks saw
    heard: Callable[[Iterable[Entry]], None]  # what is new in the journal, our own too


class Nodes:
    """One node's eye on the others."""

    def __init__(
        self,
        *,
        storage: Storage,
        board: Board,
        leader: Leader,
        verdicts: Verdicts,
        planner: Planner,
        effects: Effects,
        node: str,
        elapsed: Callable[[], float],
    ) -> None:
        self._storage = storage
        self._board = board
        self._leader = leader
        self._switches = Switches(board)
        self._verdicts = verdicts
        self._planner = planner
        self._effects = effects
        self._node = node
        self._elapsed = elapsed
        self._read = 0  # the journal's number up to which we have read
        self._looked: float | None = None
        self._refreshed: float | None = None
        self._led = False
        self._in_trouble = False

    def informed(self) -> bool:
        """Return whether we would know by now if a person had stopped publishing elsewhere."""
        if self._leader.alone:
            return True
        return self._looked is not None and self._elapsed() - self._looked < KNOWN_FOR_S

    async def begin(self) -> None:
        """Take up where the journal is; call this before anything else is loaded.

        Raises:
            StorageError: The storage cannot be read or written.
        """
        async with self._storage.read() as view:
            self._read = await view.journal_head()
        self._looked = self._elapsed()
        await self._leader.seek()
        self._led = self._leader.leads

    async def run_until(self, stop: asyncio.Event) -> None:
        """Look twice a second until `stop` is set; then let another lead."""
        if self._leader.alone:
            return
        while not stop.is_set():
            try:
                await self.look()
                self._in_trouble = False
            except StorageError as error:
                if not self._in_trouble:
                    log.warning("storage.failed", error=type(error).__name__)
                self._in_trouble = True
            try:
                async with asyncio.timeout(EVERY_S):
                    await stop.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Read once what the others did, and act on it.

        Raises:
            StorageError: Not everything could be read or written; the next look goes on there.
        """
        asked, known = self._elapsed(), self._switches.known()
        async with self._storage.read() as view:
            found = await view.entries(after=self._read, limit=BATCH)
            switched = await self._switches.read(view, known)
        self._looked = asked
        if switched:
            self._effects.reconsider()
        self._effects.heard(found)
        ours = set(self._storage.noted)
        entries = [entry for entry in found if entry.number not in ours]
        for entry in entries:
            if entry.kind in _ENDS and entry.subject is not None:
                self._board.ends.stop(entry.subject)
        cut_off = bool(self._board.lost_uplinks)
        await self._leader.seek(cut_off=cut_off)
        self._effects.elsewhere(self._reached_better() if cut_off else frozenset())
        again = self._refreshed is None or asked - self._refreshed >= ALL_AGAIN_EVERY_S
        if again:
            await self._effects.refresh()
            self._refreshed = asked
        if self._leader.leads:
            await self._lead(entries)
        else:
            self._led = False
            if again or any(entry.kind == "verdict.changed" for entry in entries):
                await self._verdicts.load()  # we adopt what the leader judged
        await self._effects.listen()
        self._read = found[-1].number if found else self._read

    def _reached_better(self) -> frozenset[str]:
        """Return the channels on our lost lines, if another node's line works."""
        if not self._leader.others_are_sound:
            return frozenset()
        lost = self._board.lost_uplinks
        return frozenset(n for n, c in self._board.rules.channels.items() if c.uplink in lost)

    async def _lead(self, entries: Iterable[Entry]) -> None:
        if not self._led:
            self._led = True
            await self._verdicts.load()
            await self._effects.led()
            self._effects.reconsider()
        touched = {}
        for entry in entries:
            payload = entry.payload or {}
            if _tells_of_channel(entry, payload) and payload["node"] != self._node:
                finding = _finding(entry, payload)
                if finding is not None and payload.get("channel") in self._board.rules.channels:
                    await self._effects.hear(payload["channel"], finding, payload["node"])
            if entry.kind == "channel.released" and entry.subject in self._board.rules.channels:
                await self._release(entry.subject)
            if (message := _message(entry, payload)) is not None:
                touched[message] = self._board.now()
        if touched:
            self._planner.wakes.update(touched)
            self._effects.wake()

    async def _release(self, channel: str) -> None:
        """A person released a channel, perhaps on another node: the verdict is ours to write."""
        health = self._board.health(channel)
        after = released(health, None, self._board.now())
        if after != health:
            await self._verdicts.put(channel, after)


def _tells_of_channel(entry: Entry, payload: Any) -> bool:
    """Return whether an entry tells of a real attempt, and of more than its text and its line."""
    kind, _, word = entry.kind.partition(".")
    return (
        kind == "delivery"
        and word in _OUTCOMES
        and isinstance(payload.get("node"), str)  # else nobody knows how it ended
        and payload.get("state") != DeliveryState.REFUSED
        and payload.get("cause") not in NETWORK  # perhaps its line; our own checks see the rest
    )


def _finding(entry: Entry, payload: Any) -> Finding | None:
    """Return what a journalled outcome says of the channel, as `finding_of` would.

    None: a newer version wrote it, and this one does not understand it.
    """
    cause, until = payload.get("cause"), payload.get("until")
    try:
        return Finding(
            ability=Ability.PUBLISH,
            cause=Cause(cause) if cause else None,
            evidence=payload.get("evidence") or "a post was accepted",
            until=datetime.fromisoformat(until) if until else None,
            confirmed=False,
        )
    except ValueError:
        log.warning("storage.not_understood", what="entry", number=entry.number)
        return None


def _message(entry: Entry, payload: Any) -> str | None:
    """Return the message that an entry is about."""
    kind = entry.kind.partition(".")[0]
    if kind == "message":
        return entry.subject
    message = payload.get("message") if kind == "delivery" else None
    return message if isinstance(message, str) else None
