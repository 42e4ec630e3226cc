"""Outages and silences over HTTP: what is broken, who takes care of it, and what stays quiet."""

from __future__ import annotations

from aiohttp import web

from sentinel.service.acknowledge import acknowledge
from sentinel.service.health_shapes import outage_shape
from sentinel.service.silencing import Wanted, end_silence, plan_silence
from sentinel.service.staff_shapes import silence_shape, standing, whole_outage
from sentinel.web.access import PARTS, Scope, need
from sentinel.web.answers import LIMIT, answer, invalid, limit_of, page_of
from sentinel.web.bodies import AcknowledgeIn, SilenceIn, read


def routes() -> list[web.RouteDef]:
    """Return the routes of outages and silences."""
    base = "/api/v1"
    return [
        web.get(f"{base}/outages", _outages),
        web.get(f"{base}/outages/{{id}}", _outage),
        web.post(f"{base}/outages/{{id}}/acknowledge", _acknowledge),
        web.get(f"{base}/silences", _silences),
        web.post(f"{base}/silences", _silence),
        web.delete(f"{base}/silences/{{id}}", _end),
    ]


async def _outages(request: web.Request) -> web.Response:
    await need(request, Scope.READ)
    parts, query = request.app[PARTS], request.query
    limit, cursor = limit_of(query, LIMIT), query.get("cursor")
    async with parts.storage.read() as view:
        if cursor is not None and await view.outage(cursor) is None:
            raise invalid("cursor")
        page = await view.outages(limit=limit, cursor=cursor)
    board = parts.board
    items = [outage_shape(outage, board.healths, board.zone) for outage in page.items]
    return answer({"items": items, "next": page.next})


async def _outage(request: web.Request) -> web.Response:
    await need(request, Scope.READ)
    parts = request.app[PARTS]
    async with parts.storage.read() as view:
        return answer(await whole_outage(view, parts.board, request.match_info["id"]))


async def _acknowledge(request: web.Request) -> web.Response:
    caller = await need(request, Scope.OPERATE)
    body = await read(request, AcknowledgeIn)
    parts, name = request.app[PARTS], request.match_info["id"]
    await acknowledge(
        parts.storage, parts.board, outage_ids=[name], actor=caller.actor, comment=body.comment
    )
    async with parts.storage.read() as view:
        return answer(await whole_outage(view, parts.board, name))


async def _silences(request: web.Request) -> web.Response:
    """Return what is planned and in force; with `all`, also what is over, latest begin first."""
    await need(request, Scope.READ)
    parts, query = request.app[PARTS], request.query
    at = parts.board.now()
    if query.get("all", "0") not in {"0", "1"}:
        raise invalid("all")
    async with parts.storage.read() as view:
        if query.get("all") != "1":
            items = [silence_shape(one, at) for one in await standing(view, at)]
            return answer(page_of(query, items))
        limit, cursor = limit_of(query, LIMIT), query.get("cursor")
        if cursor is not None and await view.silence(cursor) is None:
            raise invalid("cursor")
        page = await view.silences(limit=limit, cursor=cursor)
    return answer({"items": [silence_shape(one, at) for one in page.items], "next": page.next})


async def _silence(request: web.Request) -> web.Response:
    caller = await need(request, Scope.OPERATE)
    body = await read(request, SilenceIn)
    parts = request.app[PARTS]
    wanted = Wanted(**body.model_dump())
    silence = await plan_silence(parts.storage, parts.board, wanted, caller.actor)
    return answer(silence_shape(silence, parts.board.now()), status=201)


async def _end(request: web.Request) -> web.Response:
    caller = await need(request, Scope.OPERATE)
    parts = request.app[PARTS]
    silence = await end_silence(parts.storage, parts.board, request.match_info["id"], caller.actor)
    return answer(silence_shape(silence, parts.board.now()))
