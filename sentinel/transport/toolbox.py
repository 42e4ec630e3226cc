"""What a probe is given to go out with: the transport, with the channel's patience."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from probes import Reached
from sentinel.platforms import Account, Platform
from sentinel.transport.driver import Transport
from sentinel.wire import Request, Response, Steps, ask

T = TypeVar("T")


class Toolbox:
    """The `probes.Tools` of one channel. Cheap to make; one for each look.

    `timeout` bounds each conversation and each look on its own; `platform`
    reads what answers say about rate limits (None for our own line's probes).
    `edge` is whose error page came last in a conversation; empty: nobody's.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        platform: Platform | None,
        timeout: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._transport = transport
        self._platform = platform
        self._timeout_s = timeout.total_seconds()
        self._now = now
        self.edge = ""

    async def converse(self, steps: Steps[T], account: Account) -> T:
        """Drive a conversation; nothing of it is remembered. Raises `Lost`, `RenewalFailed`."""
        return await self._transport.drive(
            steps, account, timeout_s=self._timeout_s, platform=self._platform, met=self._met
        )

    async def reach(self, address: str) -> Reached:
        """Look at `https://…`, `http://…`, `tcp://host:port` or `smtp://host:port` once."""
        return await self._transport.reach(address, timeout_s=self._timeout_s, now=self._now)

    async def fetch(self, address: str, *, inside: frozenset[str] | None = None) -> Response:
        """Read a page that is nobody's API, as a citizen; no limits are read from it.

        With `inside` only these hosts may lie in no public network.
        """
        nobody = Account(channel="", base_url="", public_url="")
        steps = ask(Request(method="GET", url=address, anonymous=True, inside=inside))
        return await self._transport.drive(steps, nobody, timeout_s=self._timeout_s)

    def _met(self, edge: str) -> None:
        self.edge = edge

    def now(self) -> datetime:
        """Return the wall clock's time, in UTC."""
        return self._now()
