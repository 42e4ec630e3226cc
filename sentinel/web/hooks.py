"""`GET` and `POST /hooks/{channel}`: where platforms call back, without a token of ours.

They prove themselves by their own signature, which the platform's file checks.
"""

from __future__ import annotations

from aiohttp import web

from sentinel.errors import Phrase
from sentinel.web.access import PARTS
from sentinel.web.problems import Problem
from sentinel.wire.hooks import Hook

BODY_LIMIT = 256 * 1024
"""Bytes; more than any platform sends (WhatsApp's documented largest call is far below)."""

_UNKNOWN = Phrase(de="Diesen Kanal ruft niemand zurück", en="nobody calls this channel back")
_FORBIDDEN = Phrase(de="Die Unterschrift stimmt nicht", en="the signature is not right")


def routes() -> list[web.RouteDef]:
    """Return the routes, which are public."""
    return [web.get("/hooks/{channel}", _take), web.post("/hooks/{channel}", _take)]


async def _take(request: web.Request) -> web.Response:
    parts = request.app[PARTS]
    if (request.content_length or 0) > BODY_LIMIT:
        raise web.HTTPRequestEntityTooLarge(max_size=BODY_LIMIT, actual_size=BODY_LIMIT + 1)
    body = await request.content.read(BODY_LIMIT + 1)
    while len(body) <= BODY_LIMIT and (more := await request.content.read(BODY_LIMIT + 1)):
        body += more
    if len(body) > BODY_LIMIT:
        raise web.HTTPRequestEntityTooLarge(max_size=BODY_LIMIT, actual_size=len(body))
    call = Hook(
        method="GET" if request.method == "HEAD" else request.method,
        url=f"{parts.board.rules.server.public_url}{request.path_qs}",
        query=dict(request.query),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
    )
    received = await parts.receipts.take(request.match_info["channel"], call)
    if received is None:
        raise Problem(404, _UNKNOWN)
    if not received.trusted:
        raise Problem(403, _FORBIDDEN)
    return web.Response(
        status=received.status,
        body=received.body,
        headers={"Content-Type": received.media_type, "Cache-Control": "no-store"},
    )
