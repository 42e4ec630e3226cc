"""What the other nodes see: each node reads the others' checks out of the storage.

The leader judges by them as by its own, each with its vantage, so that a
verdict needs a majority of those who look. Every node besides looks for itself
as soon as another sees something fail: two who look side by side must not take
an interval longer to agree than one takes alone.

Not read are what every node counts in the same books, and the outcomes of
posts, which the journal tells.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from sentinel.domain.cause import CREDENTIAL, Cause
from sentinel.domain.observation import OUR_BOOKS, Observation
from sentinel.domain.track import DELIVERY
from sentinel.service.leader import Leader
from sentinel.service.verdicts import Verdicts
from sentinel.storage.storage import Storage

log = structlog.get_logger()

BATCH = 2_000
LATE_S = 10.0
"""Numbers are given out before they are committed; a missing one is waited for so long."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """What a node does about what others saw."""

    soon: Callable[[str, str], None]  # look at a channel with a probe, now
    ask_family: Callable[[str], Awaitable[None]]  # before a token error of a channel is believed


class Vantages:
    """One node's ear for the others' checks."""

    def __init__(
        self,
        *,
        storage: Storage,
        leader: Leader,
        verdicts: Verdicts,
        eyes: Eyes,
        node: str,
        elapsed: Callable[[], float],
    ) -> None:
        self._storage = storage
        self._leader = leader
        self._verdicts = verdicts
        self._eyes = eyes
        self._node = node
        self._elapsed = elapsed
        self._read: int | None = None  # the highest number read; None: not begun
        self._missing: dict[int, float] = {}  # number -> since when it is missed
        self._failing: set[tuple[str, str, str]] = set()  # channel, probe and who sees it fail

    async def listen(self) -> None:
        """Read what the others saw since the last time, and act on it.

        Raises:
            StorageError: Not everything could be read, or written.
        """
        if self._read is None:
            async with self._storage.read() as view:
                self._read = await view.observations_head()
            return
        seen = await self._others()
        for one in seen:
            self._look_too(one)
        if not seen or not self._leader.leads:
            return
        for channel in dict.fromkeys(s.channel for s in seen if s.finding.cause in CREDENTIAL):
            await self._eyes.ask_family(channel)
        await self._verdicts.judge(seen, stored=True)

    async def _others(self) -> Sequence[Observation]:
        read, now = self._read or 0, self._elapsed()
        async with self._storage.read() as view:
            found = await view.observations_after(read, limit=BATCH)
            late = await view.observations_numbered(self._missing) if self._missing else {}
        numbers = sorted(found)
        for number in late:
            self._missing.pop(number, None)
        expected = range(read + 1, numbers[-1] + 1) if numbers else ()
        self._missing |= dict.fromkeys((n for n in expected if n not in found), now)
        self._missing = {n: since for n, since in self._missing.items() if now - since < LATE_S}
        self._read = numbers[-1] if numbers else read
        fresh = sorted((late | found).items())
        for number in [number for number, one in fresh if one is None]:  # a newer version's
            log.warning("storage.not_understood", what="observation", number=number)
        return [one for _, one in fresh if one is not None and self._another_place(one)]

    def _another_place(self, one: Observation) -> bool:
        return one.vantage not in {self._node, OUR_BOOKS} and one.probe != DELIVERY

    def _look_too(self, one: Observation) -> None:
        """Look for ourselves once, at the first failure of a run of them."""
        key, cause = (one.channel, one.probe, one.vantage), one.finding.cause
        if cause is None:
            self._failing.discard(key)
        elif cause is not Cause.UPLINK_LOST and key not in self._failing:
            self._failing.add(key)
            self._eyes.soon(one.channel, one.probe)
