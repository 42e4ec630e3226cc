"""Who is calling, and what they may do.

Over TCP a program shows a bearer token, and a person's browser the cookie of a login;
only their hashes are kept. What a browser changes it must prove to want (`sessions`),
for it sends the cookie along whoever asks it to. On the Unix
socket beside the data the kernel says who it is, and whoever may open the
socket (its owner, its group, root) may do everything.
"""

from __future__ import annotations

import hashlib
import secrets
import socket
import struct
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address

from aiohttp import web

from sentinel.errors import Phrase
from sentinel.service.door import cookie_hash
from sentinel.service.parts import Parts
from sentinel.storage.actor import Actor
from sentinel.web.problems import Problem
from sentinel.web.sessions import PURPOSE, SESSION, cookie, proof_of, proven, safe

PARTS = web.AppKey("parts", Parts)

STALE = Phrase(
    de="Die Seite ist zu alt oder nicht von hier. Bitte neu laden und noch einmal drücken.",
    en="The page is too old, or not ours. Please reload it and press again.",
)

_PEER = struct.Struct("3i")  # pid, uid, gid
_FORWARDED = frozenset({"forwarded", "x-forwarded-for", "x-real-ip", "via"})
_PREFIX = "sntl_"


class Scope(StrEnum):
    """What a caller may do."""

    READ = "read"
    SEND = "send"
    APPROVE = "approve"
    OPERATE = "operate"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A person's login, for the pages: their name, and what their forms must hold."""

    name: str
    csrf_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who asked for something."""

    actor: Actor
    scopes: frozenset[str]
    login: Login | None = None  # how a person's browser is logged in


def new_token() -> tuple[str, str]:
    """Return a fresh token and its hash; the token is shown once and kept nowhere."""
    token = _PREFIX + secrets.token_urlsafe(32)
    return token, hash_of(token)


def hash_of(token: str) -> str:
    """Return what is kept of a token. It holds 256 random bits, so one round is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


async def need(request: web.Request, scope: Scope) -> Caller:
    """Return who is calling, if they may.

    Raises:
        Problem: 401 without a valid token, 403 without the permission.
    """
    caller = await identify(request)
    if caller is None:
        raise Problem(
            401,
            Phrase(
                de="Bitte anmelden, oder ein gültiges Token zeigen",
                en="please log in, or show a valid token",
            ),
        )
    if scope not in caller.scopes:
        raise Problem(
            403,
            Phrase(
                de=f"Dafür braucht es die Berechtigung {scope.value!r}",
                en=f"this needs the permission {scope.value!r}",
            ),
        )
    return caller


async def identify(request: web.Request) -> Caller | None:
    """Return who is calling, or None if they do not say or it is not true.

    Raises:
        Problem: 403, a browser is to change something, and cannot show that a page of ours
            asked it to.
    """
    peer = _unix_peer(request)
    if peer is not None:
        return Caller(actor=Actor(kind="person", id=f"uid:{peer}"), scopes=frozenset(Scope))
    shown = request.headers.get("Authorization")
    if shown is None:
        return await _person(request)
    kind, _, token = shown.partition(" ")
    if kind.lower() != "bearer" or not token:
        return None
    parts = request.app[PARTS]
    async with parts.storage.read() as view:
        known = await view.token_by_hash(hash_of(token.strip()))
    now = parts.board.now()
    if known is None or known.revoked_at is not None:
        return None
    if known.expires_at is not None and known.expires_at <= now:
        return None
    return Caller(actor=Actor(kind="token", id=known.id), scopes=frozenset(known.scopes))


async def _person(request: web.Request) -> Caller | None:
    """Return who is logged in in this browser."""
    parts = request.app[PARTS]
    value = cookie(request, parts.board.rules.server, SESSION)
    if value is None:
        return None
    async with parts.storage.read() as view:
        user = await view.user_of_login(cookie_hash(value), parts.board.now())
        key = view.derived_key(PURPOSE)
    if user is None:
        return None
    proof = proof_of(key, SESSION, value)
    if not safe(request) and not await proven(request, proof):
        raise Problem(403, STALE)
    return Caller(
        actor=Actor(kind="person", id=user.id),
        scopes=frozenset(user.may),
        login=Login(name=user.name, csrf_token=proof),
    )


def from_this_machine(request: web.Request) -> bool:
    """Return whether the call came over loopback or the Unix socket."""
    if _unix_peer(request) is not None:
        return True
    if not _FORWARDED.isdisjoint(name.lower() for name in request.headers):
        return False  # a proxy of ours speaks for somebody else
    try:
        return ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


def _unix_peer(request: web.Request) -> int | None:
    """Return the caller's user id by the kernel's word, or None over TCP."""
    channel = request.transport.get_extra_info("socket") if request.transport else None
    if channel is None or channel.family != socket.AF_UNIX:
        return None
    peer = channel.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    _, uid, _ = _PEER.unpack(peer)
    return int(uid)
