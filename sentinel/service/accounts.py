"""Channels with their credentials, and fresh sessions: on disk before use, one at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import structlog

from sentinel.domain.cause import Cause
from sentinel.errors import StorageError
from sentinel.platforms import Account, Session
from sentinel.service.board import Board
from sentinel.storage.storage import Storage
from sentinel.transport.driver import Transport
from sentinel.wire import RenewalFailed

log = structlog.get_logger()

Hide = Callable[[Iterable[str]], None]
"""Hears every secret that was resolved, so that the logs can mask it."""


class Accounts:
    """Resolves a channel's credentials, late, and keeps the sessions that it obtained."""

    def __init__(self, board: Board, storage: Storage, hide: Hide) -> None:
        self._board = board
        self._storage = storage
        self._hide = hide
        self.transport: Transport | None = None  # set once: each needs the other
        self._unsaved: dict[str, tuple[Session, str]] = {}  # by account, while the disk refuses

    async def account(self, channel: str) -> Account:
        """Return the channel's account with its credentials and its stored session.

        Raises:
            SecretError: A credential is missing.
        """
        bare = self._board.account(channel)
        key = self._board.rules.channels[channel].account
        self._hide(bare.credentials.values())
        await self._save(key)
        async with self._storage.read() as view:
            session = await view.session(key, _digest(bare))
        if key in self._unsaved and self._unsaved[key][1] == _digest(bare):
            session = dict(self._unsaved[key][0].keep)
        if not session:
            return bare
        self._hide(session.values())
        return replace(bare, session=session)

    async def renew(self, account: Account) -> Mapping[str, str]:
        """Obtain a fresh session, unless somebody else just did; return it once it is on disk.

        Raises:
            RenewalFailed: The platform refused, or cannot renew at all.
            Lost: It did not answer.
        """
        current = await self.account(account.channel)
        if current.session and dict(current.session) != dict(account.session):
            return current.session
        steps = self._board.platform(account.channel).refresh_credentials(current)
        if steps is None:
            raise RenewalFailed(Cause.CREDENTIAL_REJECTED, "the platform knows no renewal")
        timeout = self._board.rules.channels[account.channel].probing.timeout
        if self.transport is None:
            raise RenewalFailed(Cause.BAD_CONFIGURATION, "there is no way out yet")
        session = await self.transport.drive(steps, current, timeout_s=timeout.total_seconds())
        self._hide(session.keep.values())
        key = self._board.rules.channels[account.channel].account
        self._unsaved[key] = (session, _digest(current))
        await self._save(key)
        return session.keep

    async def _save(self, key: str) -> None:
        """Put a fresh session on disk; the old one is spent, so it must not get lost."""
        if key not in self._unsaved:
            return
        session, digest = self._unsaved[key]
        try:
            async with self._storage.write() as unit:
                await unit.keep_session(
                    key, session.keep, expires_at=session.expires_at, config_digest=digest
                )
        except StorageError as error:
            log.warning("session.unsaved", error=error.phrase.en)
        else:
            self._unsaved.pop(key, None)


def _digest(account: Account) -> str:
    """Return a fingerprint of the configured credentials: a session of others is not ours."""
    text = "\0".join(f"{name}={value}" for name, value in sorted(account.credentials.items()))
    return hashlib.sha256(text.encode()).hexdigest()
