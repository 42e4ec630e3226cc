"""TLS and the proxy: honoured by requests and looks alike; when they fail, nothing was sent."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from sentinel.domain.cause import Cause
from sentinel.platforms import Account
from sentinel.transport.driver import Transport
from sentinel.transport.way import Way
from sentinel.wire import Lost, Request, ask

Open = Callable[..., Awaitable[Transport]]
Site = Callable[..., Awaitable[str]]
Listen = Callable[..., Awaitable[int]]
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def way(ca: trustme.CA, tmp_path: Path) -> Way:
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return Way(ca_file=str(tmp_path / "ca.pem"))


def server_side(ca: trustme.CA, name: str, not_after: datetime | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    before = datetime(2020, 1, 1, tzinfo=UTC)
    ca.issue_cert(name, not_before=before, not_after=not_after).configure_cert(context)
    return context


async def fine(_: web.Request) -> web.Response:
    return web.Response(text="fine", headers={"Date": "Thu, 15 Jan 2026 12:00:00 GMT", "Age": "5"})


async def lose(transport: Transport, account: Account, url: str) -> Lost:
    with pytest.raises(Lost) as caught:
        await transport.drive(
            ask(Request(method="POST", url=url, commits=True)), account, timeout_s=5
        )
    return caught.value


async def test_a_certificate_of_the_citys_own_authority_is_taken(
    open_transport: Open, account: Account, site: Site, ca: trustme.CA, way: Way
) -> None:
    transport = await open_transport(way)
    base = await site(fine, tls=server_side(ca, "127.0.0.1"))

    answer = await transport.drive(ask(Request(method="GET", url=base)), account, timeout_s=5)

    assert answer.text == "fine"


@pytest.mark.parametrize(
    ("name", "not_after", "why"),
    [
        ("127.0.0.1", datetime(2021, 1, 1, tzinfo=UTC), "certificate has expired"),
        ("other.example", None, "IP address mismatch"),
    ],
)
async def test_a_bad_certificate_is_tls_and_nothing_was_sent(  # noqa: PLR0917 - fixtures
    open_transport: Open,
    account: Account,
    site: Site,
    ca: trustme.CA,
    way: Way,
    name: str,
    not_after: datetime | None,
    why: str,
) -> None:
    transport = await open_transport(way)
    base = await site(fine, tls=server_side(ca, name, not_after))

    lost = await lose(transport, account, f"{base}/?token=s3cret")
    look = await transport.reach(base, timeout_s=5, now=lambda: NOON)

    assert (lost.cause, lost.sent, lost.committed) == (Cause.TLS, False, False)
    assert lost.evidence.startswith(f"127.0.0.1: certificate not accepted: {why}")
    assert (look.cause, look.evidence) == (Cause.TLS, lost.evidence)


async def test_an_unknown_authority_and_a_server_without_tls_are_tls(
    transport: Transport, account: Account, site: Site, ca: trustme.CA
) -> None:
    unknown = await site(fine, tls=server_side(ca, "127.0.0.1"))
    plain = (await site(fine)).replace("http://", "https://")

    for base in (unknown, plain):
        lost = await lose(transport, account, base)
        look = await transport.reach(base, timeout_s=5, now=lambda: NOON)

        assert (lost.cause, lost.sent) == (Cause.TLS, False)
        assert look.cause == Cause.TLS


async def test_a_look_tells_every_phase_and_the_days_left(
    open_transport: Open, site: Site, ca: trustme.CA, way: Way
) -> None:
    transport = await open_transport(way)
    ends = datetime.now(UTC) + timedelta(days=40)  # noqa: TID251 - OpenSSL reads the real clock
    base = await site(fine, tls=server_side(ca, "127.0.0.1", ends))

    look = await transport.reach(
        f"{base}/path", timeout_s=5, now=lambda: ends - timedelta(days=10, hours=1)
    )

    assert (look.cause, look.status, look.evidence) == (None, 200, "127.0.0.1: HTTP 200")
    assert list(look.phases_ms) == ["dns", "connect", "tls", "first_byte"]
    assert all(duration >= 0 for duration in look.phases_ms.values())
    assert look.tls_days_left == 10
    assert look.date == NOON + timedelta(seconds=5)


@pytest.fixture
async def proxied(listen: Listen, way: Way) -> tuple[Way, list[str]]:
    """A small proxy that takes every host for this machine, and what it was asked for."""
    asked: list[str] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
        writer.write_eof() if writer.can_write_eof() else None

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *fields = head.split("\r\n")
        method, target, _ = first.split(" ")
        secret = base64.b64encode(b"stadt:s3cret").decode()
        if f"Proxy-Authorization: Basic {secret}" not in fields:
            writer.write(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
            return await writer.drain()
        asked.append(f"{method} {target}")
        address = target.removeprefix("http://").split("/")[0]
        inner, outer = await asyncio.open_connection("127.0.0.1", int(address.split(":")[1]))
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            outer.write(head.replace(target, "/", 1).encode())
        async with asyncio.TaskGroup() as group:
            group.create_task(pump(reader, outer))
            group.create_task(pump(inner, writer))
        outer.close()
        return None

    address = f"http://stadt:s3cret@localhost:{await listen(serve)}"
    return replace(way, proxy=address), asked


async def test_requests_and_looks_go_through_the_proxy(
    open_transport: Open,
    account: Account,
    site: Site,
    ca: trustme.CA,
    proxied: tuple[Way, list[str]],
) -> None:
    way, asked = proxied
    transport = await open_transport(way)
    secure = (await site(fine, tls=server_side(ca, "social.example"))).split(":")[2]
    plain = (await site(fine)).split(":")[2]

    for url in (f"https://social.example:{secure}/", f"http://social.example:{plain}/post"):
        request = Request(method="POST", url=url, commits=True)
        answer = await transport.drive(ask(request), account, timeout_s=5)
        look = await transport.reach(url, timeout_s=5, now=lambda: NOON)

        assert answer.text == "fine"
        assert (look.cause, look.status) == (None, 200)
        assert list(look.phases_ms) == ["first_byte"]
    assert asked == [
        f"CONNECT social.example:{secure}",
        f"CONNECT social.example:{secure}",
        f"POST http://social.example:{plain}/post",
        f"GET http://social.example:{plain}/post",
    ]


async def test_a_proxy_that_refuses_us_or_is_gone_means_nothing_was_sent(
    open_transport: Open, account: Account, proxied: tuple[Way, list[str]]
) -> None:
    wrong = str(proxied[0].proxy).replace("s3cret", "wrong")
    stranger = await open_transport(replace(proxied[0], proxy=wrong))
    gone = await open_transport(Way(proxy="http://stadt:s3cret@127.0.0.1:1"))

    refused = await lose(stranger, account, "https://social.example/")
    missing = await lose(gone, account, "https://social.example/")

    assert (refused.cause, refused.sent) == (Cause.UNREACHABLE, False)
    assert refused.evidence == "social.example: the proxy answered 407"
    assert (missing.cause, missing.sent) == (Cause.UNREACHABLE, False)
    assert missing.evidence == "social.example: the proxy cannot be reached"
