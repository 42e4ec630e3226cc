"""Listens: pages, API, health and notices over TCP; the same on a Unix socket beside the data."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from aiohttp import web

from sentinel.domain.rules import Server
from sentinel.errors import Phrase, SentinelError
from sentinel.service.door import Door
from sentinel.service.parts import Parts
from sentinel.web import (
    acknowledge,
    api,
    confirm,
    events,
    health,
    hooks,
    login,
    messages,
    notices,
    openapi,
    outage_page,
    outages,
    pages,
    posture,
    risks,
    rotas,
    tokens,
    users,
)
from sentinel.web.access import PARTS
from sentinel.web.etags import etags
from sentinel.web.problems import Handler, problems

log = structlog.get_logger()

SOCKET = "sentinel.sock"
SOCKET_MODE = 0o660
BODY_LIMIT = 1024 * 1024

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


PUBLIC = (notices, hooks, confirm, acknowledge)
"""What `server.public_listen` serves: nothing that needs a token, and nothing of the inside."""


def application(parts: Parts) -> web.Application:
    """Return the whole web application of one daemon."""
    app = web.Application(middlewares=[_careful, etags, problems], client_max_size=BODY_LIMIT)
    app[PARTS] = parts
    events.prepare(app)
    app[login.DOOR] = Door(parts.storage, parts.board.now)
    for family in (
        health,
        api,
        messages,
        outages,
        posture,
        risks,
        rotas,
        tokens,
        events,
        openapi,
        users,
        login,
        *PUBLIC,
        pages,
        outage_page,
    ):
        app.add_routes(family.routes())
    return app


def public_application(parts: Parts) -> web.Application:
    """Return what strangers may reach: notices, hooks and signed links, and nothing else."""
    app = web.Application(middlewares=[_careful, problems], client_max_size=BODY_LIMIT)
    app[PARTS] = parts
    for family in PUBLIC:
        app.add_routes(family.routes())
    return app


@asynccontextmanager
async def serving(parts: Parts) -> AsyncIterator[str]:
    """Serve while open; the value is the address that was bound.

    Raises:
        SentinelError: The address is taken or not ours.
    """
    rules = parts.board.rules
    runner = web.AppRunner(application(parts), access_log=None, handle_signals=False)
    public = web.AppRunner(public_application(parts), access_log=None, handle_signals=False)
    await runner.setup()
    await public.setup()
    try:
        await _listen(runner, rules.server.listen, rules.server)
        await _socket(runner, Path(rules.storage_data) / SOCKET)
        bound = _bound(runner)
        log.info("server.listening", address=bound)
        if rules.server.public_listen is not None:
            await _listen(public, rules.server.public_listen, rules.server)
            log.info("server.listening", address=_bound(public))
        yield bound
    finally:
        await public.cleanup()
        await runner.cleanup()


def split_address(listen: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT` or `[V6]:PORT`.

    Raises:
        SentinelError: It is neither.
    """
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit():
        raise SentinelError(
            Phrase(
                de=f"{listen!r} ist keine Adresse der Form HOST:PORT",
                en=f"{listen!r} is no address of the form HOST:PORT",
            )
        )
    return host.strip("[]"), int(port)


async def _listen(runner: web.AppRunner, listen: str, server: Server) -> None:
    host, port = split_address(listen)
    await _start(web.TCPSite(runner, host, port, ssl_context=_tls(server)), listen)


async def _start(site: web.TCPSite, listen: str) -> None:
    try:
        await site.start()
    except OSError as error:
        raise SentinelError(
            Phrase(
                de=f"Auf {listen} kann nicht gelauscht werden: {error.strerror}; "
                "läuft schon ein anderer Dienst dort? (server.listen oder --listen ändern)",
                en=f"cannot listen on {listen}: {error.strerror}; "
                "is another service there? (change server.listen or --listen)",
            )
        ) from error


async def _socket(runner: web.AppRunner, path: Path) -> None:
    """Serve on the Unix socket too; a stale one of a daemon that died is replaced.

    The storage's lock is held already, so no living daemon can own it.
    """
    try:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        await web.UnixSite(runner, str(path)).start()
        await asyncio.to_thread(path.chmod, SOCKET_MODE)
    except OSError as error:
        # Too long a path (108 bytes) or a file system without sockets: HTTP still works.
        log.warning("socket.unavailable", error=error.strerror or "path too long")


def _bound(runner: web.AppRunner) -> str:
    for address in runner.addresses:
        if isinstance(address, tuple):
            return f"{address[0]}:{address[1]}"
    return ""


def _tls(server: Server) -> ssl.SSLContext | None:
    if server.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(server.tls_cert, server.tls_key)
    return context


@web.middleware
async def _careful(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
