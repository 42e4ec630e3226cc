"""Channels with their credentials, and fresh sessions: on disk before use, one at a time."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

import structlog

from sentinel.domain.cause import Cause
from sentinel.errors import StorageError
from sentinel.failpoints import reach
from sentinel.platforms import Account, Session
from sentinel.service.board import Board
from sentinel.service.refusals import Refusals
from sentinel.storage.storage import Storage
from sentinel.transport.driver import Transport
from sentinel.wire import RenewalFailed

log = structlog.get_logger()

PAUSE = timedelta(milliseconds=200)
LONGEST_TURN = timedelta(seconds=30)  # of a node that died while it renewed

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
        self._refusals = Refusals()

    async def account(self, channel: str) -> Account:
        """Return the channel's account with its credentials and its stored session.

        Raises:
            SecretError: A credential is missing.
        """
        bare = self._board.account(channel)
        key = self._board.rules.channels[channel].account
        self._hide(bare.credentials.values())
        if self._board.platform(channel).refresh_credentials(bare) is None:
            return bare  # who cannot renew has no session to be looked up, at every check
        await self._save(key)
        async with self._storage.read() as view:
            session = await view.session(key, digest_of(bare))
        if key in self._unsaved and self._unsaved[key][1] == digest_of(bare):
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
        key = self._board.rules.channels[account.channel].account
        try:
            await self._take_turn(key, account)
            return await self._renew(key, account)
        finally:
            await self._end_turn(key)

    async def _renew(self, key: str, account: Account) -> Mapping[str, str]:
        current = await self.account(account.channel)
        if current.session and dict(current.session) != dict(account.session):
            return current.session
        steps = self._board.platform(account.channel).refresh_credentials(current)
        if steps is None:
            raise RenewalFailed(Cause.CREDENTIAL_REJECTED, "the platform knows no renewal")
        timeout = self._board.rules.channels[account.channel].probing.timeout
        if self.transport is None:
            raise RenewalFailed(Cause.BAD_CONFIGURATION, "there is no way out yet")
        digest = digest_of(current)
        at, grave = self._board.now(), account.grave
        if (refused := self._refusals.standing(key, digest, at, grave=grave)) is not None:
            raise RenewalFailed(refused.cause, refused.evidence)
        try:
            session = await self.transport.drive(steps, current, timeout_s=timeout.total_seconds())
        except RenewalFailed as failure:
            self._refusals.add(key, digest, failure, self._board.now())
            raise
        self._refusals.clear(key)
        reach("session.obtained")
        self._hide(session.keep.values())
        self._unsaved[key] = (session, digest)
        await self._save(key)
        return session.keep

    async def _take_turn(self, key: str, account: Account) -> None:
        """Wait while another node renews the same session: a token can be spent only once.

        If the storage refuses, nobody is asked: the fresh session is then kept in memory.
        """
        if self._storage.engine != "postgresql":
            return  # one process, and `Renewals` sees to it there
        tries = self._board.rules.channels[account.channel].probing.timeout // PAUSE
        try:
            for _ in range(tries + 1):
                async with self._storage.write() as unit:
                    if await unit.hold_lease(_turn(key), self._storage.generation, LONGEST_TURN):
                        return
                await asyncio.sleep(PAUSE.total_seconds())
        except StorageError as error:
            log.warning("storage.failed", error=type(error).__name__)

    async def _end_turn(self, key: str) -> None:
        if self._storage.engine != "postgresql":
            return
        try:
            async with self._storage.write() as unit:
                await unit.drop_lease(_turn(key), self._storage.generation)
        except StorageError as error:
            log.warning("storage.failed", error=type(error).__name__)

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
            reach("session.saved")
            self._unsaved.pop(key, None)


def _turn(key: str) -> str:
    return f"session/{key}"


def digest_of(account: Account) -> str:
    """Return a fingerprint of the configured credentials: a session of others is not ours."""
    text = "\0".join(f"{name}={value}" for name, value in sorted(account.credentials.items()))
    return hashlib.sha256(text.encode()).hexdigest()
