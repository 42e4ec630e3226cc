"""Who is on call, over HTTP."""

from __future__ import annotations

from aiohttp import web

from sentinel.service.rota_shapes import rotas_shape
from sentinel.web.access import PARTS, Scope, need
from sentinel.web.answers import answer, page_of


def routes() -> list[web.RouteDef]:
    """Return the routes of this family."""
    return [web.get("/api/v1/rotas", _rotas)]


async def _rotas(request: web.Request) -> web.Response:
    await need(request, Scope.READ)
    shape = rotas_shape(request.app[PARTS].board)
    return answer(page_of(request.query, shape["items"], "name"))
