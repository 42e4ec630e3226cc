"""Cookies of people who log in, and the proof that a form or a call comes from our own pages.

The proof (`csrf_token`, or the header `X-CSRF-Token`) is derived from the cookie with a
key of this house: who cannot read the cookie cannot make it, and it ends with the login.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from aiohttp import web

from sentinel.domain.rules import Server
from sentinel.service.door import Address

PURPOSE: Final = "csrf"
"""What the key of proofs is derived for."""

SESSION: Final = "sentinel_session"
VISITOR: Final = "sentinel_visitor"
_HEADER: Final = "X-CSRF-Token"
_FIELD: Final = "csrf_token"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS: Final = frozenset({"same-origin", "none"})
_COOKIE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_FORM: Final = "application/x-www-form-urlencoded"


def safe(request: web.Request) -> bool:
    """Return whether a call only looks."""
    return request.method in _SAFE


def cookie(request: web.Request, server: Server, base: str) -> str | None:
    """Return the value of one of our cookies, if it has the form of one."""
    value = request.cookies.get(_name(server, base), "")
    return value if _COOKIE.fullmatch(value) else None


def fresh() -> str:
    """Return the value of a new cookie."""
    return secrets.token_urlsafe(32)


def give(
    response: web.Response, server: Server, base: str, value: str, lasts: timedelta | None = None
) -> None:
    """Set one of our cookies: no script reads it, no other site sends it along with a form.

    Behind TLS it never travels without, and its name (`__Host-…`) keeps neighbours under
    the same domain from planting one.
    """
    response.set_cookie(
        _name(server, base),
        value,
        max_age=int(lasts.total_seconds()) if lasts else None,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=_behind_tls(server),
    )


def take(response: web.Response, server: Server, base: str) -> None:
    """Remove one of our cookies."""
    response.del_cookie(
        _name(server, base),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=_behind_tls(server),
    )


def proof_of(key: bytes, base: str, value: str) -> str:
    """Return the proof that belongs to a cookie."""
    return hmac.new(key, f"{base}:{value}".encode(), hashlib.sha256).hexdigest()


async def form_of(request: web.Request) -> Mapping[str, str]:
    """Return the fields of a form; none of what is no form, or is not in UTF-8."""
    if request.content_type != _FORM:
        return {}
    try:
        fields = await request.post()
    except (ValueError, LookupError):  # bytes that are no text, a charset that nobody knows
        return {}
    return {name: str(value) for name, value in fields.items()}


async def proven(request: web.Request, expected: str) -> bool:
    """Return whether a call that changes something comes from a page of ours."""
    if request.headers.get("Sec-Fetch-Site", "none") not in _OURS:
        return False
    shown = request.headers.get(_HEADER, "")
    if not shown:
        shown = (await form_of(request)).get(_FIELD, "")
    return hmac.compare_digest(shown.encode("utf-8", "replace"), expected.encode())


def address(request: web.Request, server: Server) -> Address:
    """Return where a call comes from: what our own proxies say, and nobody else's word.

    Each proxy appends whom it heard to `X-Forwarded-For`; the last that is none of ours is it.
    None where that cannot be said.
    """
    ours = [ip_network(one, strict=False) for one in server.trusted_proxies]
    heard = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
    last: Address = None
    for hop in (request.remote or "", *reversed([one.strip() for one in heard if one.strip()])):
        last = _parsed(hop)
        if last is None or not any(last in network for network in ours):
            return last
    return last


def _parsed(hop: str) -> Address:
    try:
        found = ip_address(hop)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _behind_tls(server: Server) -> bool:
    return server.tls_cert is not None or server.public_url.startswith("https://")


def _name(server: Server, base: str) -> str:
    return f"__Host-{base}" if _behind_tls(server) else base
