"""One file a platform: its face. This page says what such a file must hold.

To add one, write `faces/NAME.py` with `FACE = …`, a class made from `HttpFace`
or `PortFace` whose `name` is the file's. Nothing else lists it: the folder is
the register. A face knows the fact sheets and nothing of `sentinel.platforms`.

A face does no I/O and waits for nothing: it is handed a `Call` and returns an
`Answer`. Faults that are the same everywhere (nobody answers, a proxy's page,
an answer that comes late) are played by `desk.py`; a face says how its platform
words the rest.
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

import importlib
import json
import pkgutil
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from sentinel.errors import FamilyError, Phrase
from sentinel.simulator.faults import Board, Fault, Target
from sentinel.simulator.kinds import HITS, Kind, Role
from sentinel.simulator.world import Account, Post, Window, World

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered."""

    status: int = 200
    body: bytes = b""
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def say(value: object, status: int = 200, **headers: str) -> Answer:
    """Return `value` as JSON; `_` in the name of a header stands for `-`."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    body = json.dumps(value, ensure_ascii=False).encode()
    return Answer(status=status, body=body, headers=named)


def page(body: str, status: int = 200, **headers: str) -> Answer:
    """Return an HTML page."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    text = f"<!DOCTYPE html><html><head>{body}</body></html>"
    return Answer(status=status, body=text.encode(), media_type=HTML, headers=named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, as a face sees it."""

    account: Account
    method: str
    path: str  # below /{platform}/{account}, and below /public there
    public: bool  # it came by the public address
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    at: datetime
    base: str  # this account's address, as the caller wrote it
    part: Mapping[str, str] = field(default_factory=dict)  # the named parts of the path
    faults: Mapping[Kind, Fault] = field(default_factory=dict)  # those that hit this request
    in_force: Mapping[Kind, Fault] = field(default_factory=dict)  # all that act on the account

    def one(self, name: str, default: str = "") -> str:
        """Return a parameter of the query."""
        return next((value for key, value in self.query if key == name), default)

    def many(self, name: str) -> list[str]:
        """Return every value of a parameter, written `name=` or `name[]=`."""
        return [value for key, value in self.query if key in {name, f"{name}[]"}]

    def number(self, name: str, default: int) -> int:
        """Return a number of the query; `default` if it is none."""
        text = self.one(name)
        return int(text) if text.isdecimal() else default

    @property
    def sent(self) -> Mapping[str, Any]:
        """The fields of the body, JSON or form; empty if it is neither. Files stand in `files`."""
        if "multipart/form-data" in self.headers.get("content-type", ""):
            return {name: value.decode("utf-8", "replace") for name, _, value in self._fields()}
        if "json" in self.headers.get("content-type", ""):
            try:
                value = json.loads(self.body)
            except (ValueError, RecursionError):
                return {}
            return value if isinstance(value, dict) else {}
        return dict(parse_qsl(self.body.decode("utf-8", "replace")))

    @property
    def files(self) -> Mapping[str, bytes]:
        """The files of a form, by the name of their field."""
        return {name: value for name, filename, value in self._fields() if filename}

    def _fields(self) -> Sequence[tuple[str, str, bytes]]:
        head = f"Content-Type: {self.headers.get('content-type', '')}\r\n\r\n".encode()
        form = message_from_bytes(head + self.body)
        return [
            (
                str(part.get_param("name", "", "content-disposition")),
                part.get_filename() or "",
                bytes(part.get_payload(decode=True) or b""),
            )
            for part in form.walk()
            if not part.is_multipart()
        ]

    def text(self, name: str) -> str:
        """Return a text field of the body; empty if it is missing or no text."""
        value = self.sent.get(name)
        return value if isinstance(value, str) else ""

    @property
    def bearer(self) -> str:
        """The bearer token; empty if there is none."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def keep(
        self, *, text: str, key: str | None, post_id: str, detail: dict[str, Any] | None = None
    ) -> Post:
        """Keep what was posted, with what the faults do to it."""
        return self.account.add(
            id=post_id, text=text, key=key, at=self.at, faults=self.faults, detail=detail
        )


class Route:
    """One thing that can be asked of a platform."""

    def __init__(
        self,
        method: str,
        path: str,  # such as /2/tweets/{id}
        role: Role,
        handler: Callable[[Call], Answer],
        *,
        login: bool = True,
        public: bool = False,  # also below /public, there without login
    ) -> None:
        self.method = method
        self.role = role
        self.handler = handler
        self.login = login
        self.public = public
        named = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))
        self._path = re.compile(named)

    def match(self, method: str, path: str) -> Mapping[str, str] | None:
        """Return the named parts of `path` if this route is meant; HEAD asks as GET does."""
        if {"HEAD": "GET"}.get(method, method) != self.method:
            return None
        found = self._path.fullmatch(path)
        return found.groupdict() if found else None


@dataclass(frozen=True, slots=True)
class Said:
    """What a request to publish brings: its text, and what the sender calls it."""

    text: str
    key: str | None = None


class Face(ABC):
    """What every platform has. Each simulator has its own faces, with their own memory."""

    name: ClassVar[str]
    operator: ClassVar[str]  # who runs it: the family that a fault can hit as a whole
    kinds: ClassVar[frozenset[Kind]]  # the faults that it can show
    hits: ClassVar[Mapping[Kind, frozenset[Role]]] = {}  # where it differs from `kinds.HITS`

    @property
    def target(self) -> Target:
        """This face as somebody whom a fault can hit."""
        return Target(name=self.name, operator=self.operator, kinds=self.kinds)

    def hitting(self, role: Role) -> frozenset[Kind]:
        """Return the kinds that can hit a request of this role."""
        return frozenset(kind for kind in self.kinds if role in self.hits.get(kind, HITS[kind]))


class HttpFace(Face):
    """A platform that is spoken to over HTTP."""

    words: ClassVar[Mapping[Kind, Answer]] = {}  # how it words a fault that it refuses with

    def __init__(self) -> None:
        self.known = tuple(self.routes())

    @abstractmethod
    def routes(self) -> Sequence[Route]:
        """Return everything that can be asked, the first that matches first."""

    def role(self, route: Route, call: Call) -> Role:
        """Return what this request is for."""
        return Role.PUBLIC if call.public else route.role

    def said(self, call: Call) -> Said:
        """Return what a request to publish brings."""
        return Said("")

    def login(self, call: Call) -> Answer | None:
        """Return the refusal of a request without a credential that could be good."""
        return None

    def refuse(self, fault: Kind, call: Call) -> Answer | None:
        """Return how the platform words `fault`; None where it lets this request through."""
        return self.words.get(fault)

    @abstractmethod
    def unknown(self, call: Call) -> Answer:
        """Return the answer to an address that does not exist."""

    def count(self, call: Call, route: Route, role: Role) -> Window | None:
        """Count the request; return the tightest limit that applies, or None if none does."""
        return None

    def limited(self, call: Call, window: Window) -> Answer:
        """Return the refusal of one request too many, without the headers of `rate_headers`."""
        return say({}, 429)

    def rate_headers(self, window: Window) -> Mapping[str, str]:
        """Return how the platform says how much is left."""
        return {}

    def dress(self, call: Call) -> Mapping[str, str]:
        """Return the headers that stand on every answer to a request with a credential."""
        return {}


class PortFace(Face):
    """A platform with its own protocol, and so with its own port for each account."""

    def __init__(self) -> None:
        """Make it; nothing listens yet."""

    @abstractmethod
    async def open(
        self, account: str, *, host: str, world: World, board: Board, now: Callable[[], datetime]
    ) -> str:
        """Listen for `account`, unless it is listened for already; return the address."""

    @abstractmethod
    def opened(self) -> Mapping[str, str]:
        """Return the address of every account that is listened for."""

    @abstractmethod
    async def close(self) -> None:
        """End every conversation and listen no more."""


def faces() -> Mapping[str, Face]:
    """Make every face in this folder, by name.

    Raises:
        FamilyError: A file has no FACE, or its name is not the file's.
    """
    found: dict[str, Face] = {}
    for module in pkgutil.iter_modules(__path__):
        face = getattr(importlib.import_module(f"{__name__}.{module.name}"), "FACE", None)
        usable = isinstance(face, type) and issubclass(face, HttpFace | PortFace)
        if not usable or face is None or face.name != module.name:
            raise FamilyError(
                Phrase(
                    de=f"faces/{module.name}.py braucht FACE mit name={module.name!r}",
                    en=f"faces/{module.name}.py needs FACE with name={module.name!r}",
                )
            )
        found[module.name] = face()
    return found
