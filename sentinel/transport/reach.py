"""One look at an address: how far do we come, and how long does each phase take?

Every look makes a new connection. Through a proxy only the whole request can
be timed; `tcp` and `smtp` always go out directly (see `Way`).
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohappyeyeballs
from yarl import URL

from probes import Reached
from sentinel.domain.cause import Cause
from sentinel.domain.edge_page import edge_page
from sentinel.transport.http import Http
from sentinel.transport.trail import Phase, Trail, broken, late
from sentinel.transport.way import Way
from sentinel.wire import Lost, Request

_PORTS = {"http": 80, "https": 443, "smtp": 25}
_SMTPS = 465  # RFC 8314: TLS from the first byte
_HEAD_LIMIT = 64 * 1024
_SECOND_FAMILY_AFTER_S = 0.25  # RFC 8305: a dead IPv6 must not hide a living IPv4


@dataclass(slots=True)
class _Look:
    """What one look has seen so far."""

    trail: Trail
    phases_ms: dict[str, float] = field(default_factory=dict)
    tls_days_left: int | None = None
    status: int | None = None
    date: datetime | None = None
    edge: str = ""

    @contextlib.contextmanager
    def phase(self, name: str, phase: Phase) -> Iterator[None]:
        self.trail.phase = phase
        begun = time.perf_counter()
        yield
        self.phases_ms[name] = round((time.perf_counter() - begun) * 1000, 3)

    def reached(self, lost: Lost | None = None) -> Reached:
        return Reached(
            cause=lost.cause.value if lost else None,
            evidence=lost.evidence if lost else self._evidence(),
            phases_ms=self.phases_ms,
            tls_days_left=self.tls_days_left,
            status=self.status,
            date=self.date,
            edge=self.edge,
        )

    def head(self, status: int, fields: Mapping[str, str]) -> None:
        """Keep what the head of an HTTP answer says."""
        self.status, self.date = status, _date(fields)
        self.edge = edge_page(status, fields)

    def _evidence(self) -> str:
        return self.trail.says("answered" if self.status is None else f"HTTP {self.status}")


class Reach:
    """Looks at addresses."""

    def __init__(self, *, way: Way, tls: ssl.SSLContext, http: Http, user_agent: str) -> None:
        self._way = way
        self._tls = tls
        self._http = http
        self._agent = user_agent

    async def look(self, address: str, *, timeout_s: float, now: Callable[[], datetime]) -> Reached:
        """Look once, within `timeout_s` seconds. Never raises for the network."""
        url = _parsed(address)
        if url is None:
            return Reached(cause=Cause.BAD_CONFIGURATION, evidence="not an address")
        look = _Look(Trail(host=url.raw_host or ""))
        limit = asyncio.timeout(timeout_s)
        lost: Lost | None
        try:
            async with limit:
                lost = await self._any(url, look, now)
        except (OSError, EOFError, ValueError) as error:
            lost = late(look.trail, timeout_s) if limit.expired() else _failed(error, look.trail)
        return look.reached(lost)

    async def _any(self, url: URL, look: _Look, now: Callable[[], datetime]) -> Lost | None:
        if url.scheme in {"http", "https"} and self._way.proxy_for(url.raw_host or ""):
            return await self._through_proxy(url, look)
        sock = await _connected(url, look)
        if url.scheme == "tcp":
            sock.close()
            return None
        reader, writer = await self._stream(sock, url, look, now)
        try:
            if url.scheme == "smtp":
                return await _greeting(reader, look)
            return await _head(reader, writer, url, self._agent, look)
        finally:
            writer.transport.abort()  # the rest of the page is of no interest

    async def _stream(
        self, sock: socket.socket, url: URL, look: _Look, now: Callable[[], datetime]
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if url.scheme != "https" and url.port != _SMTPS:
            return await asyncio.open_connection(sock=sock, limit=_HEAD_LIMIT)
        with look.phase("tls", Phase.TLS):
            reader, writer = await asyncio.open_connection(
                sock=sock, limit=_HEAD_LIMIT, ssl=self._tls, server_hostname=url.raw_host
            )
        look.tls_days_left = _days_left(writer.get_extra_info("peercert"), now())
        return reader, writer

    async def _through_proxy(self, url: URL, look: _Look) -> Lost | None:
        request = Request(method="GET", url=str(url), anonymous=True)
        with look.phase("first_byte", Phase.ANSWER):
            answer = await self._http.once(url, request, look.trail)
        if isinstance(answer, Lost):
            return answer
        look.head(answer.status, answer.headers)
        return None


def _parsed(address: str) -> URL | None:
    try:
        url = URL(address)
        port = url.port or _PORTS.get(url.scheme)
    except ValueError:
        return None
    if url.scheme not in {"http", "https", "tcp", "smtp"} or not url.raw_host or not port:
        return None
    return url.with_port(port)


async def _connected(url: URL, look: _Look) -> socket.socket:
    with look.phase("dns", Phase.NAME):
        found = await _resolved(url)
    with look.phase("connect", Phase.CONNECT):
        return await aiohappyeyeballs.start_connection(
            found, happy_eyeballs_delay=_SECOND_FAMILY_AFTER_S, interleave=1
        )


async def _resolved(url: URL) -> Sequence[aiohappyeyeballs.AddrInfoType]:
    with contextlib.suppress(ValueError):  # an address: no thread needs to wait for anybody's word
        ipaddress.ip_address(url.raw_host or "")
        return socket.getaddrinfo(url.raw_host, url.port, type=socket.SOCK_STREAM)
    return await asyncio.get_running_loop().getaddrinfo(
        url.raw_host, url.port, type=socket.SOCK_STREAM
    )


async def _greeting(reader: asyncio.StreamReader, look: _Look) -> Lost | None:
    with look.phase("first_byte", Phase.ANSWER):
        line = await reader.readline()
    if not line:
        raise EOFError
    if not line[:3].isdigit():
        return _not("an SMTP greeting", look.trail)
    return None


async def _head(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, url: URL, agent: str, look: _Look
) -> Lost | None:
    with look.phase("first_byte", Phase.ANSWER):
        look.trail.sent = True
        writer.write(_question(url, agent))
        first = await reader.readline()
    if not first:
        raise EOFError
    version, _, rest = first.partition(b" ")
    if not version.startswith(b"HTTP/") or not rest[:3].isdigit():
        return _not("an HTTP answer", look.trail)
    look.status = int(rest[:3])  # an answer, whatever comes of the rest
    look.head(look.status, await _fields(reader))
    return None


def _question(url: URL, agent: str) -> bytes:
    lines = (
        f"GET {url.raw_path_qs} HTTP/1.1",
        f"Host: {url.host_port_subcomponent}",
        f"User-Agent: {agent}",
        "Accept: */*",
        "Connection: close",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


async def _fields(reader: asyncio.StreamReader) -> Mapping[str, str]:
    # The status line was the answer; a server that falls silent now has answered all the same.
    fields: dict[str, str] = {}
    with contextlib.suppress(OSError, ValueError):
        while (line := await reader.readline()).strip():
            name, _, value = line.decode("latin-1").partition(":")
            fields[name.strip().lower()] = value.strip()
    return fields


def _date(fields: Mapping[str, str]) -> datetime | None:
    # A cache answers with the date of its copy, and says in Age how old that is.
    try:
        date = parsedate_to_datetime(fields["date"]).astimezone(UTC)
        return date + timedelta(seconds=int(fields.get("age", "0")))
    except (KeyError, ValueError, OverflowError):
        return None


def _days_left(certificate: Mapping[str, object] | None, now: datetime) -> int | None:
    if not certificate:
        return None
    ends = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    return (datetime.fromtimestamp(ends, UTC) - now).days


def _not(what: str, trail: Trail) -> Lost:
    return Lost(Cause.PLATFORM_FAULT, trail.says(f"not {what}"), sent=trail.sent)


def _failed(error: Exception, trail: Trail) -> Lost:
    if isinstance(error, OSError):  # first: a bad certificate is a ValueError too
        return broken(error, trail)
    if isinstance(error, EOFError):
        what = f"connection closed ({trail.phase})"
        return Lost(Cause.UNREACHABLE, trail.says(what), sent=trail.sent)
    return _not("an answer that can be read", trail)  # a line without an end
