"""People who may log in, over the API: added, listed, and given another password."""

from __future__ import annotations

from aiohttp import web

from sentinel.service.users import add_user, set_password, user_shape
from sentinel.web.access import PARTS, Scope, need
from sentinel.web.answers import answer, page_of
from sentinel.web.bodies import PasswordIn, UserIn, read


def routes() -> list[web.RouteDef]:
    """Return the routes of users; all of them need `admin`."""
    base = "/api/v1/users"
    return [
        web.get(base, _list),
        web.post(base, _add),
        web.post(f"{base}/password", _password),
    ]


async def _list(request: web.Request) -> web.Response:
    await need(request, Scope.ADMIN)
    async with request.app[PARTS].storage.read() as view:
        users = await view.users()
    return answer(page_of(request.query, [user_shape(user) for user in users]))


async def _add(request: web.Request) -> web.Response:
    caller = await need(request, Scope.ADMIN)
    wanted, parts = await read(request, UserIn), request.app[PARTS]
    shape = await add_user(
        parts.storage,
        user_id=parts.board.new_id(),
        name=wanted.name,
        may=wanted.in_order(),
        password=wanted.password.get_secret_value(),
        actor=caller.actor,
        at=parts.board.now(),
    )
    return answer(shape, 201)


async def _password(request: web.Request) -> web.Response:
    caller = await need(request, Scope.ADMIN)
    wanted, parts = await read(request, PasswordIn), request.app[PARTS]
    shape = await set_password(
        parts.storage,
        name=wanted.name,
        password=wanted.password.get_secret_value(),
        actor=caller.actor,
        at=parts.board.now(),
    )
    return answer(shape)
