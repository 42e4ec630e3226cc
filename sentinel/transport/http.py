"""HTTP steps over aiohttp.

Reads share kept connections. Whatever changes something, and whatever looks as
a citizen, takes a fresh one: on a kept connection that the server is just
closing nobody can tell whether a post was taken. No cookie is ever kept, so
that two accounts of one platform never meet.
"""

from __future__ import annotations

import hashlib
import json
import ssl
from types import SimpleNamespace
from typing import Any

import aiohttp
from aiohttp.client_middlewares import ClientHandlerType
from yarl import URL

from sentinel.domain.cause import Cause
from sentinel.transport.inside import leads_inside
from sentinel.transport.trail import Phase, Trail, broken
from sentinel.transport.way import Way
from sentinel.wire import Field, Lost, Request, Response

BODY_LIMIT = 1 << 20
"""Bytes of a body that are read; the rest is cut."""

REDIRECTS = 3
"""How many redirects an anonymous read follows."""

_FIELD_LIMIT = 64 * 1024  # login walls send policies far above aiohttp's 8 KiB
_READS = frozenset({"GET", "HEAD"})
_MOVED = frozenset({301, 302, 303, 307, 308})


class Http:
    """Takes HTTP steps. Open it inside the event loop, close it at the end."""

    def __init__(self, way: Way, tls: ssl.SSLContext, user_agent: str) -> None:
        self._way = way
        self._tls = tls
        self._agent = user_agent

    async def open(self) -> None:
        """Make the sessions; nothing is sent yet."""
        self._kept = self._session(force_close=False)
        self._fresh = self._session(force_close=True)

    async def close(self) -> None:
        """Close every connection."""
        await self._kept.close()
        await self._fresh.close()

    async def send(self, request: Request, trail: Trail) -> Response | Lost:
        """Send one request; return its answer, or the loss of it. Never raises for the network."""
        try:
            url = URL(request.url, encoded=request.encoded)
            url = url.extend_query(request.params) if request.params else url
            trail.host = url.raw_host or ""
        except ValueError:
            return Lost(Cause.BAD_CONFIGURATION, "not an address", sent=False)
        if fault := _fault(url, request):
            return Lost(Cause.BAD_CONFIGURATION, trail.says(fault), sent=False)
        if await _barred(url, request):
            return Lost(Cause.BAD_CONFIGURATION, trail.says("leads inside"), sent=False)
        answer = await self.once(url, request, trail)
        if request.anonymous and request.method in _READS:
            return await self._follow(url, request, answer, trail)
        return answer

    async def _follow(
        self, url: URL, request: Request, answer: Response | Lost, trail: Trail
    ) -> Response | Lost:
        for _ in range(REDIRECTS):
            if isinstance(answer, Lost) or answer.status not in _MOVED:
                break
            try:
                url = url.join(URL(answer.headers["location"]))
            except (KeyError, ValueError):
                break
            if _fault(url, request) or await _barred(url, request):
                break
            trail.host = url.raw_host or ""
            answer = await self.once(url, request, trail)
        return answer

    async def once(self, url: URL, request: Request, trail: Trail) -> Response | Lost:
        """Send one request to `url` as it stands, following no redirect."""
        body = _body(request)
        kept = request.method in _READS and not (request.commits or request.anonymous)
        try:
            async with (self._kept if kept else self._fresh).request(
                request.method,
                url,
                headers={"User-Agent": self._agent, **_content_type(request), **request.headers},
                data=body,
                allow_redirects=False,
                proxy=self._way.proxy_for(url.raw_host or ""),
                trace_request_ctx=trail,
            ) as answer:
                return Response(
                    status=answer.status,
                    headers=_headers(answer),
                    body=await _read(answer),
                    url=str(url),
                )
        except Exception as error:  # noqa: BLE001 - whatever a server makes aiohttp raise is a loss
            return _loss(error, trail)

    def _session(self, *, force_close: bool) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._tls, limit=0, force_close=force_close),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(),  # the conversation has one deadline around the whole
            trace_configs=[_tracing()],
            middlewares=(_once_only,) if force_close else (),
            max_line_size=_FIELD_LIMIT,
            max_field_size=_FIELD_LIMIT,
        )


class _Disconnected(Exception):
    """The connection ended; unlike aiohttp's own error it makes aiohttp send nothing again."""


async def _once_only(
    request: aiohttp.ClientRequest, handler: ClientHandlerType
) -> aiohttp.ClientResponse:
    # aiohttp repeats PUT and DELETE by itself when the connection breaks.
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Disconnected(type(error).__name__) from error


def _tracing() -> aiohttp.TraceConfig:
    tracing = aiohttp.TraceConfig()

    def at(phase: Phase) -> Any:
        async def note(_session: aiohttp.ClientSession, ctx: SimpleNamespace, _: Any) -> None:
            trail: Trail = ctx.trace_request_ctx
            trail.phase = phase
            trail.sent = trail.sent or phase is Phase.ANSWER

        return note

    tracing.on_dns_resolvehost_start.append(at(Phase.NAME))
    tracing.on_dns_resolvehost_end.append(at(Phase.CONNECT))
    tracing.on_request_headers_sent.append(at(Phase.ANSWER))  # called just before the first byte
    return tracing


def _fault(url: URL, request: Request) -> str:
    if url.scheme not in {"http", "https"} or not url.raw_host:
        return "not an HTTP address"
    if any(char in value for value in request.headers.values() for char in "\r\n\0"):
        return "a header holds a line break"  # a token from a file with two lines
    return ""


async def _barred(url: URL, request: Request) -> bool:
    if request.inside is None or not request.inside.isdisjoint({url.host, url.raw_host}):
        return False
    return await leads_inside(url.raw_host or "")


def _body(request: Request) -> bytes | dict[str, str] | aiohttp.MultipartWriter | None:
    if request.json is not None:
        return json.dumps(request.json).encode()
    if request.multipart:
        return _multipart(request.multipart)
    return dict(request.form) if request.form is not None else request.body


def _multipart(fields: tuple[Field, ...]) -> aiohttp.MultipartWriter:
    """Return the form, with a boundary of its own making: the same fields, the same bytes."""
    digest = hashlib.sha256(b"".join(each.value for each in fields)).hexdigest()
    writer = aiohttp.MultipartWriter("form-data", boundary=f"sentinel-{digest[:32]}")
    for each in fields:
        stated = {"Content-Type": each.media_type} if each.media_type else {}
        part = writer.append(each.value, stated)
        if each.filename:
            part.set_content_disposition("form-data", name=each.name, filename=each.filename)
        else:
            part.set_content_disposition("form-data", name=each.name)
    return writer


def _content_type(request: Request) -> dict[str, str]:
    given = {name.lower() for name in request.headers}
    if request.json is None or "content-type" in given:
        return {}
    return {"Content-Type": "application/json"}


def _headers(answer: aiohttp.ClientResponse) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in answer.headers.items():
        key = name.lower()
        joined[key] = f"{joined[key]}, {value}" if key in joined else value
    return joined


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) >= BODY_LIMIT:
            answer.close()  # the rest would only come in to be thrown away
            break
    return bytes(body[:BODY_LIMIT])


def _loss(error: Exception, trail: Trail) -> Lost:
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return broken(error.certificate_error, trail)
        case aiohttp.ClientProxyConnectionError():
            return Lost(Cause.UNREACHABLE, trail.says("the proxy cannot be reached"), sent=False)
        case aiohttp.ClientConnectorError():
            return broken(error.os_error, trail)
        case aiohttp.ClientHttpProxyError():
            what = f"the proxy answered {error.status}"
            return Lost(Cause.UNREACHABLE, trail.says(what), sent=False)
        case _Disconnected() | aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError():
            what = "connection closed without an answer"
            return Lost(Cause.UNREACHABLE, trail.says(what), sent=trail.sent)
        case _:
            what = f"not a whole HTTP answer ({type(error).__name__})"
            return Lost(Cause.PLATFORM_FAULT, trail.says(what), sent=trail.sent)
