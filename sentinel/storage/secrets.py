"""Sessions and rotated tokens, sealed before they reach the database.

A session kept under an older configured secret is not given out any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select

from sentinel.storage.hot import Hot
from sentinel.storage.tables import SESSIONS
from sentinel.storage.unit import Reader, Writer

_SESSION = Hot(select(SESSIONS).where(SESSIONS.c.account == bindparam("of_account")))


class SecretReader(Reader):
    """What may be asked about stored sessions."""

    async def session(self, account: str, config_digest: str) -> dict[str, Any] | None:
        """Return the session kept for an account under this configured secret, if any."""
        row = await self._first(_SESSION, of_account=account)
        if row is None or row.config_digest != config_digest:
            return None
        return self._frame.key.unseal(account, config_digest, bytes(row.sealed))

    def derived_key(self, purpose: str) -> bytes:
        """Return a key for one purpose, derived from `storage.key`; see `Key.derive`."""
        return self._frame.key.derive(purpose)

    async def session_expiry(self, account: str) -> datetime | None:
        """Return when the kept session expires, if that is known."""
        query = select(SESSIONS.c.expires_at).where(SESSIONS.c.account == account)
        expires_at: datetime | None = await self._one(query)
        return expires_at


class SecretWriter(SecretReader, Writer):
    """What may be done about stored sessions."""

    async def keep_session(
        self,
        account: str,
        values: Mapping[str, Any],
        *,
        expires_at: datetime | None,
        config_digest: str,
    ) -> None:
        """Keep a session (plain data), sealed; it replaces the one before."""
        kept = {
            "account": account,
            "config_digest": config_digest,
            "sealed": self._frame.key.seal(account, config_digest, values),
            "expires_at": expires_at,
        }
        await self._upsert(SESSIONS, [kept])

    async def drop_stale_session(self, account: str, config_digest: str) -> bool:
        """Drop a session that was kept under another configured secret."""
        stale = (SESSIONS.c.account == account) & (SESSIONS.c.config_digest != config_digest)
        return bool(await self._do(delete(SESSIONS).where(stale)))

    async def drop_session(self, account: str) -> None:
        """Drop a session that the platform no longer takes."""
        await self._do(delete(SESSIONS).where(SESSIONS.c.account == account))
