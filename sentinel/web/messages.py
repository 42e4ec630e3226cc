"""Messages over HTTP: sent, continued, withdrawn, approved, confirmed, and where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from aiohttp import web

from sentinel.domain.message import Content, Kind, Message, MessageState
from sentinel.errors import Phrase
from sentinel.service.bodies import AllClearIn, MessageIn, fingerprint, given
from sentinel.service.chains import named
from sentinel.service.intake import Preview, Taken
from sentinel.service.posture_shapes import held_by
from sentinel.service.shapes import Shape, delivery_shape, message_shape
from sentinel.storage.view import View
from sentinel.web.access import PARTS, Caller, Scope, need
from sentinel.web.answers import LIMIT, answer, invalid, limit_of, number_of
from sentinel.web.bodies import ApproveIn, ConfirmationIn, WithdrawIn, read
from sentinel.web.problems import Problem, language_of


def routes() -> list[web.RouteDef]:
    """Return the routes of everything about messages."""
    base = "/api/v1"
    one = f"{base}/messages/{{id}}"
    return [
        web.post(f"{base}/messages", _send),
        web.get(f"{base}/messages", _messages),
        web.get(one, _message),
        web.post(f"{one}/update", _update),
        web.post(f"{one}/all-clear", _all_clear),
        web.post(f"{one}/withdraw", _withdraw),
        web.post(f"{one}/approve", _approve),
        web.post(f"{base}/deliveries/{{id}}/confirm", _confirm),
        web.post(f"{base}/preview", _preview),
    ]


async def _send(request: web.Request) -> web.Response:
    caller = await need(request, Scope.SEND)
    body = await read(request, MessageIn)
    parts = request.app[PARTS]
    taken = await parts.intake.accept(
        body.content(parts.board.now()),
        actor=caller.actor,
        key=request.headers.get("Idempotency-Key"),
        body=fingerprint(body),
    )
    return await _taken(request, taken)


async def _update(request: web.Request) -> web.Response:
    caller = await need(request, Scope.SEND)
    return await _follow_up(request, caller, Kind.UPDATE, await read(request, MessageIn))


async def _all_clear(request: web.Request) -> web.Response:
    caller = await need(request, Scope.SEND)
    body = await read(request, AllClearIn)
    return await _follow_up(request, caller, Kind.ALL_CLEAR, body, false_alarm=body.false_alarm)


async def _follow_up(
    request: web.Request,
    caller: Caller,
    kind: Kind,
    body: MessageIn | AllClearIn,
    *,
    false_alarm: bool = False,
) -> web.Response:
    parts = request.app[PARTS]
    taken = await parts.follow_ups.accept(
        request.match_info["id"],
        kind,
        given(body, parts.board.now()),
        actor=caller.actor,
        key=request.headers.get("Idempotency-Key"),
        body=fingerprint(body, stated=True),
        false_alarm=false_alarm,
    )
    return await _taken(request, taken)


async def _taken(request: web.Request, taken: Taken) -> web.Response:
    response = await changed(request, taken.message, warn=True)
    response.set_status(201 if taken.created else 200)
    response.headers["Location"] = f"/api/v1/messages/{taken.message.id}"
    return response


async def changed(request: web.Request, message: Message, *, warn: bool = False) -> web.Response:
    """Answer with a message that was just changed, and let the dispatcher come round.

    `warn`: say also which of its links lead nowhere. The message does not wait for that.
    """
    parts = request.app[PARTS]
    parts.dispatcher.wake()
    await parts.postures.heed(message)
    async with parts.storage.read() as view:
        shape = await _shape(view, await named(view, message.id))
    if warn:
        shape["warnings"] += await _dead_links(request, message.content)
    return answer(shape)


async def _dead_links(request: web.Request, content: Content, *, page: bool = False) -> list[str]:
    language = language_of(request)
    found = await request.app[PARTS].links.warnings(content, page=page)
    return [phrase.in_(language) for phrase in found]


async def _withdraw(request: web.Request) -> web.Response:
    caller = await need(request, Scope.SEND)
    body = await read(request, WithdrawIn)
    name, follow_ups = request.match_info["id"], request.app[PARTS].follow_ups
    message = await follow_ups.withdraw(name, body.reason, actor=caller.actor, delete=body.delete)
    return await changed(request, message)


async def _approve(request: web.Request) -> web.Response:
    caller = await need(request, Scope.APPROVE)
    body = await read(request, ApproveIn)
    name, follow_ups = request.match_info["id"], request.app[PARTS].follow_ups
    message = await follow_ups.approve(
        name, actor=caller.actor, comment=body.comment, emergency=body.emergency
    )
    return await changed(request, message)


async def _confirm(request: web.Request) -> web.Response:
    caller = await need(request, Scope.SEND)
    body = await read(request, ConfirmationIn)
    parts, name = request.app[PARTS], request.match_info["id"]
    delivery = await parts.follow_ups.confirm(name, actor=caller.actor, permalink=body.permalink)
    async with parts.storage.read() as view:
        attempts = await view.attempts_of(delivery.id)
        notes = await view.explanations_of(delivery.message_id)
    parts.dispatcher.wake()
    shape = delivery_shape(delivery, attempts, notes)
    return answer({"message": delivery.message_id, **shape})


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
            (state := states.get(message.id, MessageState.ACCEPTED)),
            deliveries[message.id],
            attempts=attempts,
            explanations=await view.explanations_of(message.id),
        )
        | {"held_by": await held_by(view, message, state)}
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
        if "chain" in query:
            links = await view.chain(query["chain"])
            return answer({"items": await _shapes(view, links[::-1]), "next": None})
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
        raise invalid("since") from None
    if since is not None and since.tzinfo is None:
        raise invalid("since")
    return since


async def _message(request: web.Request) -> web.Response:
    await need(request, Scope.READ)
    name = request.match_info["id"]
    async with request.app[PARTS].storage.read() as view:
        return answer(await _shape(view, await named(view, name)))


async def _preview(request: web.Request) -> web.Response:
    await need(request, Scope.SEND)
    body = await read(request, MessageIn)
    parts = request.app[PARTS]
    content = body.content(parts.board.now())
    previews = await parts.intake.preview(content)
    dead = await _dead_links(request, content, page=True)
    shapes = [preview_shape(preview) for preview in previews]
    return answer({"items": [{**one, "warnings": one["warnings"] + dead} for one in shapes]})


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
