"""Calm or crisis over HTTP, and letting go of a message that a crisis holds."""

from __future__ import annotations

from aiohttp import web

from sentinel.service.posture_shapes import stance_shape
from sentinel.web.access import PARTS, Scope, need
from sentinel.web.answers import answer
from sentinel.web.bodies import PostureIn, read
from sentinel.web.messages import changed


def routes() -> list[web.RouteDef]:
    """Return the posture's routes."""
    base = "/api/v1"
    return [
        web.get(f"{base}/posture", _posture),
        web.post(f"{base}/posture", _turn),
        web.post(f"{base}/messages/{{id}}/resume", _let_go),
    ]


async def _posture(request: web.Request) -> web.Response:
    await need(request, Scope.READ)
    return answer(stance_shape(request.app[PARTS].board.stance))


async def _turn(request: web.Request) -> web.Response:
    caller = await need(request, Scope.OPERATE)
    body = await read(request, PostureIn)
    postures = request.app[PARTS].postures
    return answer(stance_shape(await postures.set(body.posture, body.reason, caller.actor)))


async def _let_go(request: web.Request) -> web.Response:
    caller = await need(request, Scope.OPERATE)
    postures, name = request.app[PARTS].postures, request.match_info["id"]
    return await changed(request, await postures.release(name, caller.actor))
