"""Bearer tokens, kept only as hashes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update

from sentinel.storage.actor import Actor
from sentinel.storage.tables import TOKENS
from sentinel.storage.unit import Reader, Writer, read, written


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What may come in with a bearer token; the token itself is kept nowhere."""

    id: str
    name: str
    hash: str = field(repr=False)
    scopes: tuple[str, ...]
    expires_at: datetime | None = None
    created_at: datetime
    created_by: str  # who made it, as KIND:ID; empty: nobody knows any more
    revoked_at: datetime | None = None


class TokenReader(Reader):
    """What may be asked about tokens."""

    async def token_by_hash(self, hash_: str) -> Token | None:
        """Return the token with this hash, be it revoked or expired: that is for the caller."""
        row = await self._first(select(TOKENS).where(TOKENS.c.hash == hash_))
        return read(Token, row) if row else None

    async def tokens(self) -> list[Token]:
        """Return all tokens, oldest first."""
        rows = await self._all(select(TOKENS).order_by(TOKENS.c.created_at, TOKENS.c.id))
        return [read(Token, row) for row in rows]

    async def behind(self, actor: Actor) -> tuple[str, ...]:
        """Return an actor, who made its token, who made the token that was made with, and so on.

        Each as KIND:ID, the actor first. Revoked tokens count: who made them had them.
        """
        found = [actor.word]
        while (maker := await self._maker(found[-1])) and maker not in found:
            found.append(maker)
        return tuple(found)

    async def _maker(self, word: str) -> str:
        kind, _, name = word.partition(":")
        if kind != "token":
            return ""
        return await self._one(select(TOKENS.c.created_by).where(TOKENS.c.id == name)) or ""


class TokenWriter(TokenReader, Writer):
    """What may be done about tokens."""

    async def add_token(self, token: Token) -> None:
        """Keep a new token."""
        await self._add(TOKENS, written(token))

    async def revoke_token(self, token_id: str, at: datetime) -> bool:
        """End a token; False if there is none, or it was revoked before."""
        valid = (TOKENS.c.id == token_id) & TOKENS.c.revoked_at.is_(None)
        return bool(await self._do(update(TOKENS).where(valid).values(revoked_at=at)))
