"""Access tokens: made, listed and revoked by whoever may administrate.

`create` and `revoke` need the storage alone, because the first token is made
before the daemon first runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aiohttp import web

from sentinel.errors import InputError, Phrase
from sentinel.service.shapes import stamp
from sentinel.storage.actor import Actor
from sentinel.storage.storage import Storage
from sentinel.storage.tokens import Token
from sentinel.web.access import PARTS, Scope, need, new_token
from sentinel.web.answers import answer, page_of
from sentinel.web.bodies import TokenIn, read

Shape = dict[str, Any]


def routes() -> list[web.RouteDef]:
    """Return the routes of tokens; all of them need `admin`."""
    base = "/api/v1/tokens"
    return [
        web.get(base, _list),
        web.post(base, _create),
        web.post(f"{base}/{{id}}/revoke", _revoke),
    ]


def token_shape(token: Token) -> Shape:
    """Return what may be shown of a token: never the token itself, nor its hash."""
    return {
        "id": token.id,
        "name": token.name,
        "scopes": list(token.scopes),
        "created_at": stamp(token.created_at),
        "created_by": token.created_by or None,
        "expires_at": stamp(token.expires_at),
        "revoked_at": stamp(token.revoked_at),
    }


async def create(
    storage: Storage,
    wanted: TokenIn,
    *,
    token_id: str,
    actor: Actor,
    at: datetime,
) -> Shape:
    """Make a token and return its shape with the token itself, which is kept nowhere.

    Raises:
        InputError: It would have expired before it was made.
    """
    if wanted.expires_at is not None and wanted.expires_at <= at:
        raise InputError(
            Phrase(de="expires_at liegt in der Vergangenheit", en="expires_at is in the past"),
            field="expires_at",
        )
    secret, hashed = new_token()
    token = Token(
        id=token_id,
        name=wanted.name,
        hash=hashed,
        scopes=_in_order(wanted.scopes),
        expires_at=wanted.expires_at,
        created_at=at,
        created_by=actor.word,
    )
    async with storage.write() as unit:
        await unit.add_token(token)
        unit.note(
            "token.created",
            actor=actor,
            subject=token.id,
            payload={"scopes": list(token.scopes), "expires_at": stamp(token.expires_at)},
        )
    return {**token_shape(token), "token": secret}


async def revoke(storage: Storage, token_id: str, *, actor: Actor, at: datetime) -> Shape:
    """End a token at once and return its id and end.

    Raises:
        InputError: 404, there is none, or it was revoked before.
    """
    async with storage.write() as unit:
        if not await unit.revoke_token(token_id, at):
            raise InputError(
                Phrase(
                    de=f"Es gibt kein gültiges Token {token_id!r}",
                    en=f"there is no valid token {token_id!r}",
                ),
                field="id",
                status=404,
            )
        unit.note("token.revoked", actor=actor, subject=token_id, payload={})
    return {"id": token_id, "revoked_at": stamp(at)}


def _in_order(scopes: Sequence[Scope]) -> tuple[str, ...]:
    return tuple(scope.value for scope in Scope if scope in scopes)


async def _list(request: web.Request) -> web.Response:
    await need(request, Scope.ADMIN)
    async with request.app[PARTS].storage.read() as view:
        tokens = await view.tokens()
    return answer(page_of(request.query, [token_shape(token) for token in tokens]))


async def _create(request: web.Request) -> web.Response:
    caller = await need(request, Scope.ADMIN)
    wanted = await read(request, TokenIn)
    parts = request.app[PARTS]
    shape = await create(
        parts.storage,
        wanted,
        token_id=parts.board.new_id(),
        actor=caller.actor,
        at=parts.board.now(),
    )
    response = answer(shape, 201)
    response.headers["Cache-Control"] = "no-store"
    return response


async def _revoke(request: web.Request) -> web.Response:
    caller = await need(request, Scope.ADMIN)
    parts = request.app[PARTS]
    shape = await revoke(
        parts.storage, request.match_info["id"], actor=caller.actor, at=parts.board.now()
    )
    return answer(shape)
