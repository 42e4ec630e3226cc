"""Whatever a server does with the connection, a drive ends in a value or in a true loss."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.platforms import Account
from sentinel.transport.driver import Transport
from sentinel.transport.way import Way
from sentinel.wire import Lost, Request, Response, ask

ACCOUNT = Account(channel="stadt", base_url="", public_url="")

# Pieces of real answers are likelier to lead somewhere than pure noise.
pieces = st.one_of(
    st.sampled_from(
        [
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.1 503 \r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"Content-Length: 3\r\n",
            b"Content-Length: -1\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"Content-Encoding: gzip\r\n",
            b"Location: http://[\r\n",
            b"\r\n",
            b"ok\n",
            b"3\r\nabc\r\n",
            b"0\r\n\r\n",
        ]
    ),
    st.binary(max_size=40),
)


async def storm(
    answer: list[bytes], *, listens: bool, resets: bool, method: str
) -> tuple[Response | Lost, bool]:
    """Return how one committing request ended, and whether the server saw any of it."""
    seen = False

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        try:
            if listens:
                seen = bool(await reader.read(65_536))
            for piece in answer:
                writer.write(piece)
                await asyncio.sleep(0)
            if resets:
                linger = struct.pack("ii", 1, 0)
                sock = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        finally:
            writer.close()

    async def nobody(_: Account) -> Mapping[str, str]:
        return {}

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    request = Request(method=method, url=url, body=b"post", commits=True)
    way = Way()
    try:
        async with Transport(way=way, renewer=nobody, ledger=lambda *_: None) as transport:
            return await transport.drive(ask(request), ACCOUNT, timeout_s=2), seen
    except Lost as lost:
        return lost, seen
    finally:
        server.close()


@given(
    answer=st.lists(pieces, max_size=8),
    listens=st.booleans(),
    resets=st.booleans(),
    method=st.sampled_from(["POST", "PUT"]),
)
@settings(max_examples=60, deadline=None)
def test_a_request_that_the_server_saw_is_answered_or_committed(
    answer: list[bytes],
    listens: bool,  # noqa: FBT001 - hypothesis passes by name
    resets: bool,  # noqa: FBT001
    method: str,
) -> None:
    end, seen = asyncio.run(storm(answer, listens=listens, resets=resets, method=method))

    assert isinstance(end, Response) or end.committed or not seen
    assert isinstance(end, Response) or end.committed == end.sent
