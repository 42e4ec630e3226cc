"""The API under /api/v1: only translates; what happens is the services' business."""

from __future__ import annotations

from aiohttp import web

from sentinel.errors import Phrase
from sentinel.service.health_shapes import finding_shape, freeze_shape, noted_shape
from sentinel.service.shapes import Shape, entry_shape, stamp
from sentinel.service.survey import channel_shapes
from sentinel.web.access import PARTS, Scope, need
from sentinel.web.answers import LIMIT, answer, invalid, limit_of, number_of, page_of
from sentinel.web.bodies import FreezeIn, ReasonIn, read
from sentinel.web.problems import Problem, language_of


def routes() -> list[web.RouteDef]:
    """Return the API's routes."""
    base = "/api/v1"
    return [
        web.get(f"{base}/channels", _channels),
        web.get(f"{base}/channels/{{id}}", _channel),
        web.post(f"{base}/channels/{{id}}/check", _check),
        web.post(f"{base}/channels/{{id}}/freeze", _freeze),
        web.post(f"{base}/channels/{{id}}/release", _release),
        web.post(f"{base}/hold", _hold),
        web.post(f"{base}/resume", _resume),
        web.get(f"{base}/journal", _journal),
        web.post(f"{base}/rules/reload", _reload),
    ]


async def _channels(request: web.Request) -> web.Response:
    await need(request, Scope.READ)
    parts, query = request.app[PARTS], request.query
    async with parts.storage.read() as view:
        shapes = await channel_shapes(view, parts.board, parts.ledger)
    return answer(page_of(query, shapes))


async def _channel(request: web.Request) -> web.Response:
    await need(request, Scope.READ)
    parts, name = request.app[PARTS], request.match_info["id"]
    async with parts.storage.read() as view:
        shapes = await channel_shapes(view, parts.board, parts.ledger)
    return answer(_found([shape for shape in shapes if shape["id"] == name], name))


def _found(shapes: list[Shape], name: str) -> Shape:
    if not shapes:
        raise Problem(404, Phrase(de=f"Es gibt kein {name!r}", en=f"there is no {name!r}"))
    return shapes[0]


async def _check(request: web.Request) -> web.Response:
    await need(request, Scope.OPERATE)
    parts, name = request.app[PARTS], request.match_info["id"]
    _found([{} for channel in parts.board.rules.channels if channel == name], name)
    checked = await parts.watcher.check_now([name])
    items = [
        finding_shape(one.channel, one.probe, finding, one.duration_ms)
        for one in checked
        for finding in one.report.findings
    ]
    items += [
        noted_shape(one.channel, one.probe, one.report.heard, one.duration_ms)
        for one in checked
        if one.report.heard is not None
    ]
    async with parts.storage.read() as view:
        shapes = await channel_shapes(view, parts.board, parts.ledger)
    return answer({"items": items, "channels": [s for s in shapes if s["id"] == name]})


async def _freeze(request: web.Request) -> web.Response:
    caller = await need(request, Scope.OPERATE)
    body = await read(request, FreezeIn)
    desk, name = request.app[PARTS].desk, request.match_info["id"]
    freeze = await desk.freeze(name, body.reason, body.until, caller.actor)
    return answer({"id": name, "frozen": freeze_shape(freeze)})


async def _release(request: web.Request) -> web.Response:
    caller = await need(request, Scope.OPERATE)
    name = request.match_info["id"]
    await request.app[PARTS].desk.release(name, caller.actor)
    return answer({"id": name, "frozen": None})


async def _hold(request: web.Request) -> web.Response:
    caller = await need(request, Scope.OPERATE)
    body = await read(request, ReasonIn)
    hold = await request.app[PARTS].desk.hold(body.reason, caller.actor)
    return answer({"hold": {"reason": hold.reason, "by": hold.by, "since": stamp(hold.since)}})


async def _resume(request: web.Request) -> web.Response:
    caller = await need(request, Scope.OPERATE)
    await request.app[PARTS].desk.resume(caller.actor)
    return answer({"hold": None})


async def _journal(request: web.Request) -> web.Response:
    await need(request, Scope.READ)
    query = request.query
    if {"after", "cursor"} <= query.keys():
        raise invalid("cursor")  # which of the two should hold?
    after = number_of(query, "cursor" if "cursor" in query else "after")
    limit = limit_of(query, LIMIT)
    async with request.app[PARTS].storage.read() as view:
        if "verify" in query:
            result = await view.verify_journal()
            return answer(
                {"ok": result.ok, "checked": result.checked, "first_bad": result.first_bad}
            )
        entries = await view.entries(after=after, limit=limit)
    last = str(entries[-1].number) if len(entries) == limit else None
    return answer({"items": [entry_shape(entry) for entry in entries], "next": last})


async def _reload(request: web.Request) -> web.Response:
    await need(request, Scope.OPERATE)
    loaded = await request.app[PARTS].reload()
    language = language_of(request)
    return answer({"warnings": [w.say("rules", language) for w in loaded.warnings]})
