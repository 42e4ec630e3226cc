"""The API under /api/v1: only translates; what happens is the services' business."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from aiohttp import web

from sentinel.domain.message import Message, MessageState
from sentinel.errors import Phrase
from sentinel.service.intake import Preview
from sentinel.service.shapes import (
    Shape,
    entry_shape,
    finding_shape,
    freeze_shape,
    message_shape,
    outage_shape,
    stamp,
)
from sentinel.service.survey import channel_shapes
from sentinel.storage.view import View
from sentinel.web.access import PARTS, Scope, need
from sentinel.web.bodies import FreezeIn, MessageIn, ReasonIn, fingerprint, read
from sentinel.web.problems import Problem, language_of

LIMIT = 50
MOST = 200
_NUMBER = re.compile(r"[0-9]{1,15}")


def routes() -> list[web.RouteDef]:
    """Return the API's routes."""
    base = "/api/v1"
    return [
        web.get(f"{base}/channels", _channels),
        web.get(f"{base}/channels/{{id}}", _channel),
        web.post(f"{base}/channels/{{id}}/check", _check),
        web.post(f"{base}/channels/{{id}}/freeze", _freeze),
        web.post(f"{base}/channels/{{id}}/release", _release),
        web.post(f"{base}/messages", _send),
        web.get(f"{base}/messages", _messages),
        web.get(f"{base}/messages/{{id}}", _message),
        web.post(f"{base}/preview", _preview),
        web.post(f"{base}/hold", _hold),
        web.post(f"{base}/resume", _resume),
        web.get(f"{base}/outages", _outages),
        web.get(f"{base}/journal", _journal),
        web.post(f"{base}/rules/reload", _reload),
    ]


def answer(value: Any, status: int = 200) -> web.Response:
    """Return JSON in UTF-8."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return web.Response(status=status, body=body, content_type="application/json")


async def _channels(request: web.Request) -> web.Response:
    await need(request, Scope.READ)
    parts, query = request.app[PARTS], request.query
    async with parts.storage.read() as view:
        shapes = await channel_shapes(view, parts.board)
    names = [shape["id"] for shape in shapes]
    cursor = query.get("cursor")
    if cursor is not None and cursor not in names:
        raise _invalid("cursor")
    first = 0 if cursor is None else names.index(cursor) + 1
    last = first + limit_of(query, MOST)
    return answer(
        {"items": shapes[first:last], "next": names[last - 1] if last < len(names) else None}
    )


async def _channel(request: web.Request) -> web.Response:
    await need(request, Scope.READ)
    parts, name = request.app[PARTS], request.match_info["id"]
    async with parts.storage.read() as view:
        shapes = await channel_shapes(view, parts.board)
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
    async with parts.storage.read() as view:
        shapes = await channel_shapes(view, parts.board)
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


async def _send(request: web.Request) -> web.Response:
    caller = await need(request, Scope.SEND)
    body = await read(request, MessageIn)
    parts = request.app[PARTS]
    content = body.content(parts.board.now())
    key = request.headers.get("Idempotency-Key")
    taken = await parts.intake.accept(content, actor=caller.actor, key=key, body=fingerprint(body))
    async with parts.storage.read() as view:
        shape = await _shape(view, taken.message)
    parts.dispatcher.wake()
    response = answer(shape, 201 if taken.created else 200)
    response.headers["Location"] = f"/api/v1/messages/{taken.message.id}"
    return response


async def _shape(view: View, message: Message) -> Shape:
    return (await _shapes(view, [message]))[0]


async def _shapes(view: View, messages: Sequence[Message]) -> list[Shape]:
    ids = [message.id for message in messages]
    states = await view.message_states(ids)
    deliveries = await view.deliveries_of_many(ids)
    attempts = await view.attempts_of_many([d.id for some in deliveries.values() for d in some])
    return [
        message_shape(
            message,
            states.get(message.id, MessageState.ACCEPTED),
            deliveries[message.id],
            attempts=attempts,
            explanations=await view.explanations_of(message.id),
        )
        for message in messages
    ]


async def _messages(request: web.Request) -> web.Response:
    await need(request, Scope.READ)
    query = request.query
    state, since = _state(query), _since(query)
    limit, cursor = limit_of(query, LIMIT), query.get("cursor")
    if cursor is not None:
        number_of(query, "cursor")
    async with request.app[PARTS].storage.read() as view:
        page = await view.messages(state=state, since=since, limit=limit, cursor=cursor)
        items = await _shapes(view, page.items)
    return answer({"items": items, "next": page.next})


def _state(query: Mapping[str, str]) -> MessageState | None:
    try:
        return MessageState(query["state"]) if "state" in query else None
    except ValueError:
        known = ", ".join(MessageState)
        phrase = Phrase(de=f"state: möglich sind {known}", en=f"state: one of {known}")
        raise Problem(422, phrase, field="state") from None


def _since(query: Mapping[str, str]) -> datetime | None:
    try:
        since = datetime.fromisoformat(query["since"]) if "since" in query else None
    except ValueError:
        raise _invalid("since") from None
    if since is not None and since.tzinfo is None:
        raise _invalid("since")
    return since


def _invalid(field: str) -> Problem:
    return Problem(
        422,
        Phrase(de=f"{field} hat keinen erlaubten Wert", en=f"{field} has no allowed value"),
        field=field,
    )


def limit_of(query: Mapping[str, str], default: int) -> int:
    """Return how many items of a list are wanted. Raises `Problem`: not from 1 to 200."""
    limit = number_of(query, "limit", default)
    if not 1 <= limit <= MOST:
        phrase = Phrase(
            de=f"limit muss zwischen 1 und {MOST} liegen", en=f"limit must be from 1 to {MOST}"
        )
        raise Problem(422, phrase, field="limit")
    return limit


def number_of(query: Mapping[str, str], name: str, default: int = 0) -> int:
    """Return a whole number of the query. Raises `Problem`: it is none."""
    given = query.get(name, str(default))
    if not _NUMBER.fullmatch(given):
        raise _invalid(name)
    return int(given)


async def _message(request: web.Request) -> web.Response:
    await need(request, Scope.READ)
    name = request.match_info["id"]
    async with request.app[PARTS].storage.read() as view:
        message = await (
            view.message_by_number(int(name)) if _NUMBER.fullmatch(name) else view.message(name)
        )
        if message is None:
            raise Problem(404, Phrase(de=f"Es gibt kein {name!r}", en=f"there is no {name!r}"))
        return answer(await _shape(view, message))


async def _preview(request: web.Request) -> web.Response:
    await need(request, Scope.SEND)
    body = await read(request, MessageIn)
    parts = request.app[PARTS]
    previews = await parts.intake.preview(body.content(parts.board.now()))
    return answer({"items": [preview_shape(preview) for preview in previews]})


def preview_shape(preview: Preview) -> Shape:
    """Return what would go out on one channel."""
    rendered = preview.rendered
    return {
        "channel": preview.channel,
        "text": rendered.text,
        "length": rendered.length,
        "limit": rendered.limit,
        "unit": preview.unit,
        "parts": len(rendered.parts),
        "cut": list(rendered.cut),
        "warnings": list(rendered.warnings),
    }


async def _hold(request: web.Request) -> web.Response:
    caller = await need(request, Scope.OPERATE)
    body = await read(request, ReasonIn)
    hold = await request.app[PARTS].desk.hold(body.reason, caller.actor)
    return answer({"hold": {"reason": hold.reason, "by": hold.by, "since": stamp(hold.since)}})


async def _resume(request: web.Request) -> web.Response:
    caller = await need(request, Scope.OPERATE)
    await request.app[PARTS].desk.resume(caller.actor)
    return answer({"hold": None})


async def _outages(request: web.Request) -> web.Response:
    await need(request, Scope.READ)
    query = request.query
    async with request.app[PARTS].storage.read() as view:
        page = await view.outages(limit=limit_of(query, LIMIT), cursor=query.get("cursor"))
    return answer({"items": [outage_shape(outage) for outage in page.items], "next": page.next})


async def _journal(request: web.Request) -> web.Response:
    await need(request, Scope.READ)
    query = request.query
    after, limit = number_of(query, "after"), limit_of(query, LIMIT)
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
