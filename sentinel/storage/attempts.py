"""Attempts, written down before the network is touched; and why a channel was passed over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import uuid_utils
from sqlalchemy import bindparam, select, update

from sentinel.domain.cause import Cause
from sentinel.storage.hot import Hot
from sentinel.storage.tables import ATTEMPTS, EXPLANATIONS
from sentinel.storage.unit import Reader, Writer, read, written

_A = ATTEMPTS.c
_E = EXPLANATIONS.c
_STILL_OPEN = _A.ended_at.is_(None)
_END = Hot(update(ATTEMPTS).where((_A.id == bindparam("which")) & _STILL_OPEN))
_WHY = Hot(
    select(EXPLANATIONS)
    .where(_E.message_id == bindparam("of_message"))
    .order_by(_E.route, _E.channel)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a delivery. While it runs, `ended_at` and `outcome` are None."""

    id: str
    delivery_id: str
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None
    cause: Cause | None = None
    evidence: str = ""
    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a route passed a channel over, or chose it."""

    message_id: str
    route: str
    channel: str
    reason: str  # a code
    detail: str
    cause: Cause | None
    at: datetime


class AttemptReader(Reader):
    """What may be asked about attempts and explanations."""

    async def attempts_of(self, delivery_id: str) -> list[Attempt]:
        """Return the attempts of one delivery, oldest first."""
        return (await self.attempts_of_many([delivery_id]))[delivery_id]

    async def attempts_of_many(self, delivery_ids: Iterable[str]) -> dict[str, list[Attempt]]:
        """Return the attempts of some deliveries, by delivery, oldest first."""
        found: dict[str, list[Attempt]] = {delivery_id: [] for delivery_id in delivery_ids}
        query = select(ATTEMPTS).where(_A.delivery_id.in_(found))
        for row in await self._all(query.order_by(_A.started_at, _A.id)):
            found[row.delivery_id].append(read(Attempt, row))
        return found

    async def explanations_of(self, message_id: str) -> list[Explanation]:
        """Return why each channel was passed over, by route and channel."""
        return [read(Explanation, row) for row in await self._all(_WHY, of_message=message_id)]


class AttemptWriter(AttemptReader, Writer):
    """What may be done about attempts and explanations."""

    async def begin_attempt(self, delivery_id: str, *, at: datetime, node: str) -> str:
        """Write down that a try begins, and return its id. Commit before touching the network."""
        begun = Attempt(
            id=str(uuid_utils.uuid7(nanoseconds=int(at.timestamp() * 1e9))),
            delivery_id=delivery_id,
            started_at=at,
            node=node,
        )
        await self._add(ATTEMPTS, written(begun))
        return begun.id

    async def end_attempt(
        self, attempt_id: str, *, at: datetime, outcome: str, cause: Cause | None, evidence: str
    ) -> None:
        """Write down how a try ended. One that has ended already keeps its outcome."""
        values = {"ended_at": at, "outcome": outcome, "cause": cause, "evidence": evidence}
        await self._do(_END, {"which": attempt_id} | values)

    async def end_open_attempts(
        self,
        delivery_id: str,
        at: datetime,
        outcome: str,
        *,
        cause: Cause | None = None,
        evidence: str = "",
    ) -> int:
        """End the tries of a delivery that a crash left open; return how many there were."""
        still_open = (_A.delivery_id == delivery_id) & _STILL_OPEN
        values = {"ended_at": at, "outcome": outcome, "cause": cause, "evidence": evidence}
        return await self._do(update(ATTEMPTS).where(still_open).values(values))

    async def explain(
        self,
        message_id: str,
        route: str,
        channel: str,
        reason: str,
        *,
        detail: str = "",
        cause: Cause | None = None,
        at: datetime,
    ) -> None:
        """Keep why a route decided about a channel; the latest reason stands."""
        why = Explanation(
            message_id=message_id,
            route=route,
            channel=channel,
            reason=reason,
            detail=detail,
            cause=cause,
            at=at,
        )
        await self._upsert(EXPLANATIONS, [written(why)])
