"""Fresh credentials: one at a time per account.

A refresh token that is used twice at once is often taken as stolen, so a second
conversation that asks meanwhile waits and is given what the first one obtained.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sentinel.platforms import Account
from sentinel.transport.trail import Phase, Trail, late
from sentinel.wire import Lost, RenewalFailed

Renewer: TypeAlias = Callable[[Account], Awaitable[Mapping[str, str]]]
"""Obtains a fresh session and has it on disk before it returns. Raises `RenewalFailed`, `Lost`."""


@dataclass(slots=True)
class _Desk:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    asking: int = 0
    served: int = 0
    latest: Mapping[str, str] | None = field(default=None, repr=False)


class Renewals:
    """Asks the renewer on behalf of conversations."""

    def __init__(self, renewer: Renewer) -> None:
        self._renewer = renewer
        self._desks: dict[str, _Desk] = {}

    async def renew(
        self, account: Account, deadline: float, timeout_s: float
    ) -> Mapping[str, str] | Lost | RenewalFailed:
        """Return a fresh session, or why there is none.

        Only the waiting ends at `deadline` (the loop's clock): a renewal that
        has begun is let finish, since a rotated token exists nowhere else.
        """
        desk = self._desks.setdefault(account.channel, _Desk())
        desk.asking += 1
        served = desk.served
        try:
            try:
                async with asyncio.timeout_at(deadline):
                    await desk.lock.acquire()
            except TimeoutError:
                return late(Trail(host="renewal of the credential", phase=Phase.ANSWER), timeout_s)
            try:
                return await self._at(desk, account, served)
            finally:
                desk.lock.release()
        finally:
            desk.asking -= 1
            if not desk.asking:
                del self._desks[account.channel]  # nothing secret stays behind

    async def _at(
        self, desk: _Desk, account: Account, served: int
    ) -> Mapping[str, str] | Lost | RenewalFailed:
        if desk.served > served and desk.latest is not None:
            return desk.latest
        try:
            desk.latest = await self._renewer(account)
        except (Lost, RenewalFailed) as failure:
            return failure
        desk.served += 1
        return desk.latest
