"""Renews credentials that end, long before they do, and tells staff early where it fails.

It asks through the same door as conversations do (`Renew`), so that one at a
time renews an account: in this process by the transport's desk, among several
nodes by a lease. What comes back is on disk, sealed, before anybody uses it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from sentinel.domain.renewal import renewal_due
from sentinel.domain.rules import Channel, Mode
from sentinel.errors import SecretError
from sentinel.service.accounts import Accounts
from sentinel.service.board import Board
from sentinel.service.leader import Leader
from sentinel.service.outages import DAEMON
from sentinel.storage.storage import Storage
from sentinel.transport.driver import Transport
from sentinel.wire import Lost, RenewalFailed, renew

log = structlog.get_logger()

REFRESH_EVERY = timedelta(minutes=5)
"""How often the ends are looked at; platforms are asked only when one is near."""

TELL_AGAIN = timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class Refresher:
    """Looks after every channel whose platform wants its credential renewed in time."""

    storage: Storage
    board: Board
    accounts: Accounts
    transport: Transport
    leader: Leader
    _tried: dict[str, datetime] = field(default_factory=dict)  # in vain, by channel
    _told: dict[str, datetime] = field(default_factory=dict)

    async def run(self) -> None:
        """Renew what is due, one after the other, if this node is to."""
        if not self.leader.leads:
            return
        async with self.storage.read() as view:
            ends = await view.credential_expiries()
            kept = {
                name: await view.session_expiry(channel.account)
                for name, channel in self.board.rules.channels.items()
            }
        for name, channel in tuple(self.board.rules.channels.items()):
            before = self.board.platform(name).facts.refresh_before
            expires_at = kept[name] or ends.get(channel.account)
            if channel.mode is Mode.OFF:
                continue
            if renewal_due(before, expires_at, self._tried.get(name), self.board.now()):
                await self._renew(name, channel, expires_at)

    async def _renew(self, name: str, channel: Channel, expires_at: datetime | None) -> None:
        try:
            account = await self.accounts.account(name)
            if self.board.platform(name).refresh_credentials(account) is None:
                return  # it was given nothing to renew with: the risks tell when it ends
            timeout = channel.probing.timeout.total_seconds()
            await self.transport.drive(renew(), account, timeout_s=timeout)
        except SecretError:
            return  # the channel says so itself: bad_configuration
        except (Lost, RenewalFailed) as failure:
            self._tried[name] = self.board.now()
            log.warning("credential.unrenewed", channel=name, cause=failure.cause)
            await self._tell(name, failure, expires_at)
        else:
            self._tried.pop(name, None)
            self._told.pop(name, None)
            log.info("credential.renewed", channel=name)

    async def _tell(
        self, name: str, failure: Lost | RenewalFailed, expires_at: datetime | None
    ) -> None:
        """Tell staff once a day. Where the end is not known, the credential may be new."""
        at, last = self.board.now(), self._told.get(name)
        if expires_at is None or (last is not None and at < last + TELL_AGAIN):
            return
        self._told[name] = at
        async with self.storage.write() as unit:
            unit.note(
                "credential.unrenewed",
                actor=DAEMON,
                subject=name,
                payload={
                    "channel": name,
                    "cause": failure.cause,
                    "expires_at": expires_at.isoformat(),
                },
            )
