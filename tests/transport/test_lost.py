"""Lost answers over HTTP: what they are called, and whether anything may have been sent."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import closing

import pytest
from aiohttp import web

from sentinel.domain.cause import Cause
from sentinel.platforms import Account
from sentinel.transport.driver import Transport
from sentinel.wire import Lost, Request, Steps, ask

Listen = Callable[..., Awaitable[int]]
Site = Callable[..., Awaitable[str]]


async def lose(
    transport: Transport, account: Account, request: Request, timeout_s: float = 5
) -> Lost:
    with pytest.raises(Lost) as caught:
        await transport.drive(ask(request), account, timeout_s=timeout_s)
    return caught.value


async def test_a_name_that_does_not_exist_is_name_resolution_and_nothing_was_sent(
    transport: Transport, account: Account
) -> None:
    lost = await lose(
        transport,
        account,
        Request(method="POST", url="http://nowhere.invalid/post?token=s3cret", commits=True),
    )

    assert (lost.cause, lost.sent, lost.committed) == (Cause.NAME_RESOLUTION, False, False)
    assert lost.evidence == "nowhere.invalid: name not resolved"


async def test_a_refused_connection_is_unreachable_and_nothing_was_sent(
    transport: Transport, account: Account
) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/?token=s3cret"

        lost = await lose(transport, account, Request(method="POST", url=url, commits=True))

    assert (lost.cause, lost.sent, lost.committed) == (Cause.UNREACHABLE, False, False)
    assert lost.evidence == "127.0.0.1: ECONNREFUSED (connection)"


async def test_a_host_that_swallows_connections_is_unreachable_and_nothing_was_sent(
    transport: Transport, account: Account
) -> None:
    with closing(socket.socket()) as full, closing(socket.socket()) as one:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        one.connect(full.getsockname())  # from here on the kernel drops every greeting
        url = f"http://127.0.0.1:{full.getsockname()[1]}/"

        lost = await lose(
            transport, account, Request(method="POST", url=url, commits=True), timeout_s=0.3
        )

    assert (lost.cause, lost.sent, lost.committed) == (Cause.UNREACHABLE, False, False)
    assert lost.evidence == "127.0.0.1: no connection within 0.3 s"


async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read(65_536)
    await reader.read()


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(65_536)
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def farewell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(65_536)
    writer.close()
    await writer.wait_closed()


async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(65_536)
    writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(65_536)
    writer.write(b"\x00\xff nonsense\r\n\r\n")
    await writer.drain()
    await reader.read()


async def garbled_gzip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(65_536)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd")
    await writer.drain()
    await reader.read()


@pytest.mark.parametrize(
    ("talk", "named"),
    [
        (silence, (Cause.UNREACHABLE, "no answer within 0.3 s")),
        (reset, (Cause.UNREACHABLE, "connection closed without an answer")),
        (farewell, (Cause.UNREACHABLE, "connection closed without an answer")),
        (half, (Cause.PLATFORM_FAULT, "not a whole HTTP answer (ClientPayloadError)")),
        (garbage, (Cause.PLATFORM_FAULT, "not a whole HTTP answer (ClientResponseError)")),
        (garbled_gzip, (Cause.PLATFORM_FAULT, "not a whole HTTP answer (ClientPayloadError)")),
    ],
)
async def test_once_the_request_is_out_nobody_can_tell(
    transport: Transport,
    account: Account,
    listen: Listen,
    talk: Callable[..., Awaitable[None]],
    named: tuple[Cause, str],
) -> None:
    url = f"http://127.0.0.1:{await listen(talk)}/post?token=s3cret"

    post = await lose(
        transport, account, Request(method="POST", url=url, json={}, commits=True), timeout_s=0.3
    )
    read = await lose(transport, account, Request(method="POST", url=url), timeout_s=0.3)

    assert (post.cause, post.evidence.removeprefix("127.0.0.1: ")) == named
    assert (post.sent, post.committed) == (True, True)
    assert (read.sent, read.committed) == (True, False)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
async def test_nothing_that_changes_something_is_ever_sent_twice(
    transport: Transport, account: Account, listen: Listen, method: str
) -> None:
    seen: list[bytes] = []

    async def count(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        seen.append(await reader.read(65_536))

    url = f"http://127.0.0.1:{await listen(count)}/"

    lost = await lose(transport, account, Request(method=method, url=url, commits=True))

    assert lost.committed
    assert len(seen) == 1


@pytest.mark.parametrize(
    "request_",
    [
        Request(method="POST", url="no address at all", commits=True),
        Request(method="POST", url="http://[broken/", commits=True),
        Request(method="POST", url="ftp://host.example/", commits=True),
        Request(
            method="POST",
            url="http://127.0.0.1:9/",
            headers={"Authorization": "Bearer s3cret\n"},
            commits=True,
        ),
    ],
)
async def test_what_cannot_be_sent_is_our_own_configuration(
    transport: Transport, account: Account, request_: Request
) -> None:
    lost = await lose(transport, account, request_)

    assert (lost.cause, lost.sent, lost.committed) == (Cause.BAD_CONFIGURATION, False, False)
    assert "s3cret" not in lost.evidence


async def test_a_loss_after_the_answer_that_committed_is_still_committed(
    transport: Transport, account: Account, site: Site, listen: Listen
) -> None:
    async def take(_: web.Request) -> web.Response:
        return web.json_response({"id": "1"})

    base, broken = await site(take), f"http://127.0.0.1:{await listen(farewell)}"

    def post_then_look() -> Steps[str]:
        yield from ask(Request(method="POST", url=base, commits=True))
        return (yield from ask(Request(method="POST", url=broken))).text

    with pytest.raises(Lost) as caught:
        await transport.drive(post_then_look(), account, timeout_s=5)

    assert caught.value.committed


async def test_no_error_on_the_way_keeps_the_address(
    transport: Transport, account: Account, listen: Listen
) -> None:
    url = f"http://127.0.0.1:{await listen(farewell)}/post?token=s3cret"

    lost = await lose(transport, account, Request(method="POST", url=url))

    assert lost.__cause__ is None
    assert lost.__context__ is None
