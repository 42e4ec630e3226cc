"""Servers on free ports, and a transport to reach them with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from ssl import SSLContext

import pytest
from aiohttp import web

from sentinel.domain.delivery import FindResult, Outcome, Rendered
from sentinel.domain.observation import Window
from sentinel.platforms import Account, Draft, Facts, Platform
from sentinel.transport.driver import Transport
from sentinel.transport.way import Way
from sentinel.wire import Request, Response, Steps


async def no_renewal(account: Account) -> Mapping[str, str]:
    raise AssertionError(f"nobody asked for a renewal of {account.channel}")


@pytest.fixture
def account() -> Account:
    return Account(channel="stadt", base_url="http://127.0.0.1", public_url="http://127.0.0.1")


@pytest.fixture
async def open_transport() -> AsyncIterator[Callable[..., Awaitable[Transport]]]:
    async with AsyncExitStack() as stack:

        async def make(
            way: Way = Way(),  # noqa: B008 - frozen
            renewer: Callable[[Account], Awaitable[Mapping[str, str]]] = no_renewal,
            ledger: Callable[..., None] = lambda *_: None,
        ) -> Transport:
            transport = Transport(way=way, renewer=renewer, ledger=ledger)
            return await stack.enter_async_context(transport)

        yield make


@pytest.fixture
async def transport(open_transport: Callable[..., Awaitable[Transport]]) -> Transport:
    return await open_transport()


Talker = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def listen() -> AsyncIterator[Callable[..., Awaitable[int]]]:
    """Serve a function of reader and writer; returns the port."""
    servers: list[asyncio.Server] = []

    async def start(talk: Talker, tls: SSLContext | None = None) -> int:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await talk(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass
            finally:
                writer.transport.abort()

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
        servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    yield start
    for server in servers:
        server.close()


@pytest.fixture
async def site() -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Serve an aiohttp handler for every path; returns the address without a trailing slash."""
    runners: list[web.AppRunner] = []

    async def start(
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
        tls: SSLContext | None = None,
    ) -> str:
        app = web.Application(client_max_size=16 << 20)
        app.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        runners.append(runner)
        return f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


class Limited(Platform):
    """A platform that states its limit in a header, and trusts it to be a number."""

    name = "limited"
    facts = Facts(operator="own", text_limit=500, unit="characters", abilities=frozenset())

    def length(self, text: str) -> int:
        return len(text)

    def render(self, draft: Draft, account: Account) -> Rendered:
        raise NotImplementedError

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        raise NotImplementedError

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        raise NotImplementedError

    def windows(
        self,
        request: Request,  # noqa: ARG002 - the platforms' signature
        response: Response,
    ) -> Sequence[Window]:
        left = response.headers["x-left"]
        return (Window(name="posts", limit=300, remaining=int(left)),) if left else ()


@pytest.fixture
def limited() -> Platform:
    return Limited()
