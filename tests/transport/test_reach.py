"""Looks at addresses: any answer is one, and every other end has a name."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from sentinel.domain.cause import Cause
from sentinel.platforms import Account
from sentinel.transport.driver import Transport
from sentinel.transport.toolbox import Toolbox
from sentinel.wire import Lost, Request, ask

Listen = Callable[..., Awaitable[int]]
Site = Callable[..., Awaitable[str]]
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def tools(transport: Transport) -> Toolbox:
    return Toolbox(
        transport=transport, platform=None, timeout=timedelta(seconds=0.3), now=lambda: NOON
    )


def says(line: bytes) -> Callable[..., Awaitable[None]]:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(line)
        await writer.drain()
        await reader.read(65_536)

    return talk


async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    while await reader.read(65_536):
        pass


@pytest.mark.parametrize("status", [200, 404, 503])
async def test_any_http_answer_is_an_answer(tools: Toolbox, site: Site, status: int) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status)

    look = await tools.reach(await site(answer))

    assert (look.cause, look.status) == (None, status)
    assert look.date is not None


async def test_a_look_asks_for_the_path_under_our_own_name(tools: Toolbox, site: Site) -> None:
    seen: list[tuple[str, str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((request.method, request.path_qs, request.headers["User-Agent"]))
        return web.Response()

    await tools.reach(f"{await site(answer)}/mastodon/stadt?x=1")

    assert seen == [("GET", "/mastodon/stadt?x=1", "Sentinel/0.1.0")]


async def test_a_tcp_address_answers_by_taking_the_connection(
    tools: Toolbox, listen: Listen
) -> None:
    look = await tools.reach(f"tcp://127.0.0.1:{await listen(silence)}")

    assert look.cause is None
    assert list(look.phases_ms) == ["dns", "connect"]


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (b"220 mail.stadt.example ESMTP\r\n", None),
        (b"554 no service\r\n", None),
        (b"SSH-2.0-OpenSSH\r\n", Cause.PLATFORM_FAULT),
        (b"220 and no end of the line", Cause.UNREACHABLE),
    ],
)
async def test_a_mail_server_answers_by_its_greeting(
    tools: Toolbox, listen: Listen, line: bytes, cause: Cause | None
) -> None:
    look = await tools.reach(f"smtp://127.0.0.1:{await listen(says(line))}")

    assert look.cause == cause


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (b"SSH-2.0-OpenSSH\r\n", Cause.PLATFORM_FAULT),
        (b"x" * 200_000, Cause.PLATFORM_FAULT),
        (b"HTTP/1.1 200 OK\r\nDate: nonsense\r\n\r\n", None),
        (b"HTTP/1.1 200 OK\r\nDate: Thu, 15 Jan 2026 12:00:00 GMT\r\nAge: \xff\r\n\r\n", None),
    ],
)
async def test_what_is_no_http_is_the_servers_fault(
    tools: Toolbox, listen: Listen, line: bytes, cause: Cause | None
) -> None:
    look = await tools.reach(f"http://127.0.0.1:{await listen(says(line))}")

    assert (look.cause, look.date) == (cause, None)


async def test_silence_and_closed_doors_are_unreachable(tools: Toolbox, listen: Listen) -> None:
    async def farewell(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()

    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        refused = await tools.reach(f"tcp://127.0.0.1:{taken.getsockname()[1]}")
    silent = await tools.reach(f"http://127.0.0.1:{await listen(silence)}")
    closed = await tools.reach(f"http://127.0.0.1:{await listen(farewell)}")
    no_tls = await tools.reach(f"https://127.0.0.1:{await listen(silence)}")

    assert {refused.cause, silent.cause, closed.cause, no_tls.cause} == {Cause.UNREACHABLE}
    assert refused.evidence == "127.0.0.1: ECONNREFUSED (connection)"
    assert silent.evidence == "127.0.0.1: no answer within 0.3 s"
    assert no_tls.evidence == "127.0.0.1: no TLS handshake within 0.3 s"
    assert closed.evidence.startswith("127.0.0.1: ")


async def test_a_name_that_does_not_exist_is_name_resolution(tools: Toolbox) -> None:
    look = await tools.reach("https://nowhere.invalid/")

    assert (look.cause, look.phases_ms) == (Cause.NAME_RESOLUTION, {})


@pytest.mark.parametrize(
    "address", ["", "no address", "tcp://127.0.0.1", "ftp://a.example", "http://[", "http://a:x"]
)
async def test_what_is_no_address_is_our_own_configuration(tools: Toolbox, address: str) -> None:
    assert (await tools.reach(address)).cause == Cause.BAD_CONFIGURATION


async def test_a_toolbox_bounds_conversations_and_tells_the_time(
    tools: Toolbox, account: Account, listen: Listen
) -> None:
    url = f"http://127.0.0.1:{await listen(silence)}"

    with pytest.raises(Lost, match=r"no answer within 0\.3 s"):
        await tools.converse(ask(Request(method="GET", url=url)), account)
    assert tools.now() == NOON
