"""`GET /api/v1/events`: the journal as server-sent events, resumable, each reader by itself.

Nobody waits for a reader: every stream reads the journal for itself, a few
entries at a time, and holds no look at the storage while it writes. A reader
that takes nothing for `PATIENCE_S` is let go, and may resume where it was.
The format is the one of the HTML standard (server-sent events).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog
from aiohttp import web

from sentinel.errors import Phrase, StorageError
from sentinel.service.shapes import entry_shape
from sentinel.storage.journal import Entry
from sentinel.web.access import PARTS, Scope, identify, need
from sentinel.web.answers import number_of
from sentinel.web.problems import Problem

log = structlog.get_logger()

HEARTBEAT_S = 15.0
"""A comment comes at least this often; proxies commonly cut what is silent for a minute."""

PATIENCE_S = 30.0
LOOK_S = 1.0
"""How often other nodes' entries are looked for; our own wake us."""

PACE_S = 0.1
"""The least between two looks of one reader: in a busy second it gets more at once."""

MOST_STREAMS = 50
_BATCH = 50
_RETRY = b"retry: 2000\n"
_BEAT = b": still here\n\n"
_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would keep events back until its buffer is full
    "X-Content-Type-Options": "nosniff",  # set here: the head is sent before anybody adds to it
}
_FULL = Phrase(
    de="Es lesen schon zu viele mit; bitte später wieder",
    en="too many are reading already; try again later",
)


@dataclass(slots=True, kw_only=True)
class Streams:
    """Everybody who reads along, so that they can be let go when the daemon ends."""

    heartbeat_s: float
    patience_s: float
    most: int
    closing: bool = False
    open: int = 0
    _waiting: set[asyncio.Timeout] = field(default_factory=set)

    @asynccontextmanager
    async def at_most(self, seconds: float | None) -> AsyncIterator[None]:
        """Wait inside for `seconds` at most (None: for ever), and not once the daemon ends.

        Raises:
            TimeoutError: It took longer, or the daemon ends.
        """
        async with asyncio.timeout(0 if self.closing else seconds) as waiting:
            self._waiting.add(waiting)
            try:
                yield
            finally:
                self._waiting.discard(waiting)

    def close(self) -> None:
        """Let everybody go."""
        self.closing = True
        now = asyncio.get_running_loop().time()
        for waiting in self._waiting:
            if not waiting.expired():
                waiting.reschedule(now)


STREAMS = web.AppKey("streams", Streams)


def routes() -> list[web.RouteDef]:
    """Return the route. Without HEAD: a stream has no length and no end."""
    return [web.get("/api/v1/events", _events, allow_head=False)]


def prepare(app: web.Application) -> None:
    """Give an application its streams, which end before its connections do."""
    app[STREAMS] = Streams(heartbeat_s=HEARTBEAT_S, patience_s=PATIENCE_S, most=MOST_STREAMS)

    async def close(app: web.Application) -> None:
        app[STREAMS].close()

    app.on_shutdown.append(close)


async def _events(request: web.Request) -> web.StreamResponse:
    await need(request, Scope.READ)
    streams = request.app[STREAMS]
    after = await _begin(request)
    if streams.open >= streams.most or streams.closing:
        raise Problem(503, _FULL)
    streams.open += 1
    try:
        return await _stream(request, after)
    finally:
        streams.open -= 1


async def _begin(request: web.Request) -> int:
    """Return the number after which the reader wants to hear; by itself: from now on.

    A number that is not there yet is from before a restored backup: from now on, too.
    """
    async with request.app[PARTS].storage.read() as view:
        head = await view.journal_head()
    last = "Last-Event-ID"
    if last in request.headers:
        return min(number_of({last: request.headers[last].strip()}, last), head)
    return min(number_of(request.query, "after", head), head)


async def _stream(request: web.Request, after: int) -> web.StreamResponse:
    response = web.StreamResponse(headers=_HEADERS)
    response.force_close()
    try:
        await response.prepare(request)
        # An id without data is no event, but where to resume if none comes before a break.
        await _write(request, response, _RETRY + b"id: %d\n\n" % after)
        await _follow(request, response, after)
    except TimeoutError:
        if not request.app[STREAMS].closing:
            log.info("reader.dropped", after=after)
        if request.transport is not None and request.transport.get_write_buffer_size():
            request.transport.abort()  # it takes nothing: a polite end would wait for it
    except ConnectionError:
        pass  # the reader went; it resumes with what it saw last
    except StorageError as error:
        _failed(error)
    return response


def _failed(error: StorageError) -> None:
    """Log it. The head is sent, so no problem can be told: whoever comes again is told then."""
    log.error("storage.failed", error=type(error).__name__)


async def _follow(request: web.Request, response: web.StreamResponse, after: int) -> None:
    """Write what comes, until the reader may not read any more, goes, or the daemon ends."""
    storage, streams = request.app[PARTS].storage, request.app[STREAMS]
    loop = asyncio.get_running_loop()
    wrote = loop.time()
    while not streams.closing:
        seen = storage.changes
        async with storage.read() as view:
            entries = await view.entries(after=after, limit=_BATCH)
        if entries or loop.time() - wrote >= streams.heartbeat_s:
            if not await _may_still(request):
                return
            await _write(request, response, _told(entries) or _BEAT)
            after, wrote = entries[-1].number if entries else after, loop.time()
        if len(entries) < _BATCH:
            async with streams.at_most(None):
                await asyncio.sleep(PACE_S)
                await storage.wait_change(min(LOOK_S, streams.heartbeat_s), seen=seen)


async def _may_still(request: web.Request) -> bool:
    """Return whether the token still holds: it may have been revoked or have ended."""
    caller = await identify(request)
    return caller is not None and Scope.READ in caller.scopes


async def _write(request: web.Request, response: web.StreamResponse, data: bytes) -> None:
    streams = request.app[STREAMS]
    async with streams.at_most(streams.patience_s):
        await response.write(data)


def _told(entries: Sequence[Entry]) -> bytes:
    """Return entries as events without a name, so that one listener hears them all."""
    return b"".join(
        b"id: %d\ndata: %s\n\n"
        % (entry.number, json.dumps(entry_shape(entry), ensure_ascii=False).encode())
        for entry in entries
    )
