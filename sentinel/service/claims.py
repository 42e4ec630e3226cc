"""What to work on next: posts as the pace allows, and looks after unclear ones.

Each channel has lanes of its own, so that one on which everything hangs keeps
nobody else waiting, however much is due on it. Looks have lanes beside those of
the posts: neither can starve the other. And looking is not publishing, so looks
go on while publishing is on hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import DeliveryState
from sentinel.failpoints import reach
from sentinel.service.board import Board
from sentinel.service.leases import Leases
from sentinel.service.paces import Paces
from sentinel.storage.deliveries import Claim
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

CLAIMS = 200
"""Posts, and looks, that are claimed at once."""

LANES = 8
"""Posts under way on one channel at once."""

LOOK_LANES = 4


class Claims:
    """Claims what is due, and keeps count of what is under way."""

    def __init__(self, storage: Storage, board: Board, leases: Leases, paces: Paces) -> None:
        self._storage = storage
        self._board = board
        self._leases = leases
        self._paces = paces
        self._posting: Counter[str] = Counter()  # by channel
        self._looking: Counter[str] = Counter()
        self._unbegun: list[Claim] = []  # claimed, but the storage refused to begin
        self._elsewhere: frozenset[str] = frozenset()  # channels that other nodes reach better

    async def next(self) -> list[Claim]:
        """Claim what may be worked on now.

        Raises:
            StorageError: Nothing was claimed.
        """
        await self._give_back()
        since, length = self._leases.now(), self._leases.length()
        async with self._storage.write() as unit:
            claims = await self._looks(unit)
            if self._board.hold is None:
                claims += await self._posts(unit)
        for claim in claims:
            self._leases.hold(claim, length=length, since=since)
            self._count(claim)[claim.delivery.channel] += 1
        return claims

    def leave(self, channels: frozenset[str]) -> None:
        """Leave these channels to other nodes, from now on and until told otherwise."""
        self._elsewhere = channels

    def unbegun(self, claim: Claim) -> None:
        """Give a claim back as soon as the storage takes it, so that it need not wait."""
        self._unbegun.append(claim)

    async def _give_back(self) -> None:
        """Each in a unit of its own: who holds one row only cannot be waited for in a ring."""
        while self._unbegun:
            claim = self._unbegun[0]
            async with self._storage.write() as unit:
                await unit.release(claim.delivery.id, claim.token)
            self._unbegun.remove(claim)

    def over(self, claim: Claim) -> None:
        """Take notice that the work on a claim has ended."""
        self._count(claim)[claim.delivery.channel] -= 1
        self._leases.drop(claim)
        if claim.delivery.state is not DeliveryState.UNKNOWN:
            self._paces.posted(claim.delivery.account)

    def _count(self, claim: Claim) -> Counter[str]:
        look = claim.delivery.state is DeliveryState.UNKNOWN
        return self._looking if look else self._posting

    async def _looks(self, unit: Unit) -> list[Claim]:
        full = [name for name, many in self._looking.items() if many >= LOOK_LANES]
        found = await unit.claim_due(
            self._board.now(),
            lease=self._leases.length(),
            limit=CLAIMS,
            exclude_channels=frozenset(full),
            looks=True,
            each=LOOK_LANES,
        )
        room = {claim.delivery.channel: 0 for claim in found}
        room = {name: LOOK_LANES - self._looking[name] for name in room}
        return await self._kept(unit, found, room, room)

    async def _posts(self, unit: Unit) -> list[Claim]:
        lanes = {name: self._lanes(name) for name in self._board.rules.channels}
        full = {name for name, many in lanes.items() if self._posting[name] >= many}
        await unit.take_turns()
        found = await unit.claim_due(
            self._board.now(),
            lease=self._leases.length(),
            limit=CLAIMS,
            exclude_channels=frozenset({*full, *self._elsewhere}),
            looks=False,
            each=max([1, *(many - self._posting[name] for name, many in lanes.items())]),
        )
        if not found:
            return []
        under_way = self._posting + Counter(await unit.leased_elsewhere())
        paces = {
            name: await self._paces.pace(unit, name, under_way, lanes[name])
            for name in {claim.delivery.channel for claim in found} & lanes.keys()
        }
        grave = {name: one.grave for name, one in paces.items()}
        routine = {name: 0 if self._cut_off(name) else one.routine for name, one in paces.items()}
        return await self._kept(unit, found, grave, routine)

    async def _kept(
        self, unit: Unit, found: Iterable[Claim], grave: dict[str, int], routine: dict[str, int]
    ) -> list[Claim]:
        """Keep what there is room for, and give the rest back; `found` has the gravest first."""
        kept: list[Claim] = []
        begun: Counter[str] = Counter()
        for claim in found:
            name = claim.delivery.channel
            room = grave if claim.grave else routine
            if begun[name] < room.get(name, 0):
                begun[name] += 1
                reach("dispatch.claim_before_commit")
                kept.append(claim)
            else:
                await unit.release(claim.delivery.id, claim.token)
        return kept

    def _cut_off(self, channel: str) -> bool:
        """While our own line is lost, what is not grave waits: a try would only raise doubts."""
        verdict = self._board.health(channel).verdicts.get(Ability.PUBLISH)
        return verdict is not None and verdict.cause is Cause.UPLINK_LOST

    def _lanes(self, channel: str) -> int:
        """After publish failures the first message goes alone; the rest wait for its receipt."""
        verdict = self._board.health(channel).verdicts.get(Ability.PUBLISH)
        return 1 if verdict is not None and verdict.half_open else LANES
