"""`ETag` and `If-None-Match` for what the API shows: what did not change is not sent again.

The tag is a hash of the answer as it would be sent, so it can neither be
forgotten nor be wrong. It spares the line, not the daemon.
"""

from __future__ import annotations

import hashlib

from aiohttp import web

from sentinel.web.problems import Handler

_API = "/api/v1/"
_CACHE = "private, no-cache"  # may be kept by who asked, who asks each time whether it still holds


@web.middleware
async def etags(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tag what a `GET` of the API answers; 304 if the caller has it already."""
    response = await handler(request)
    body = response.body if isinstance(response, web.Response) else None
    if (
        request.method != "GET"
        or not request.path.startswith(_API)
        or response.status != web.HTTPOk.status_code
        or not isinstance(body, bytes)
        or "Cache-Control" in response.headers
    ):
        return response
    tag = hashlib.sha256(body).hexdigest()[:32]
    known = {given.value for given in request.if_none_match or ()}
    if tag in known or "*" in known:
        response = web.Response(status=304)
    response.etag = tag
    response.headers["Cache-Control"] = _CACHE
    return response
