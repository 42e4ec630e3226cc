"""Talking to the running daemon: over its Unix socket, or over HTTP with a token."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from sentinel.cli.context import Context
from sentinel.cli.exits import Refused
from sentinel.errors import InputError, NoAnswer, Phrase
from sentinel.rules.addresses import is_loopback

SOCKET = "sentinel.sock"
PATIENCE_S = 10.0
TOKEN = "SENTINEL_TOKEN"  # noqa: S105 - the variable's name, not a token
_PAGE = {"limit": "200"}  # the most that is given at once

Shape = dict[str, Any]


class Unanswered(NoAnswer):
    """The daemon was asked and did not answer: whether it did what it was asked is not known."""


class Daemon:
    """The API of the daemon that runs."""

    def __init__(self, session: aiohttp.ClientSession, base: str, where: str) -> None:
        self._session = session
        self._base = base
        self._where = where  # for people; the socket's path or the address

    async def get(
        self, path: str, query: Mapping[str, str] | None = None, *, well: tuple[int, ...] = ()
    ) -> Shape:
        """Return what is at `path`. A status in `well` is an answer too, not a refusal."""
        return await self._ask("GET", path, query=query, well=well)

    async def whole(self, path: str) -> Shape:
        """Return the whole list at `path`, however many pages it has."""
        page = await self.get(path, _PAGE)
        items = list(page["items"])
        while page["next"] is not None:
            page = await self.get(path, {**_PAGE, "cursor": page["next"]})
            items += page["items"]
        return {"items": items, "next": None}

    async def post(
        self,
        path: str,
        body: Shape | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        patience_s: float = PATIENCE_S,
    ) -> Shape:
        """Ask for something to be done, and return what came of it."""
        return await self._ask("POST", path, body=body, headers=headers, patience_s=patience_s)

    async def delete(self, path: str) -> Shape:
        """Ask for something to be ended, and return how it stands then."""
        return await self._ask("DELETE", path)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Shape | None = None,
        headers: Mapping[str, str] | None = None,
        well: tuple[int, ...] = (),
        patience_s: float = PATIENCE_S,
    ) -> Shape:
        """Return the answer's JSON.

        Raises:
            NoAnswer: Nobody is there; nothing was asked.
            Unanswered: It was asked, and there was no answer that could be read.
            Refused: The daemon said no.
        """
        try:
            async with self._session.request(
                method,
                self._base + path,
                params=query,
                json=body,
                headers=headers,
                allow_redirects=False,  # a token goes where it was meant to go, and nowhere else
                timeout=aiohttp.ClientTimeout(total=patience_s, sock_connect=PATIENCE_S),
            ) as answer:
                value = await answer.json(content_type=None)
                status = answer.status
        except aiohttp.ClientConnectorError as error:
            raise NoAnswer(self._nobody(error.os_error)) from error
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unanswered(self._lost()) from error
        if not isinstance(value, dict) or status in _ELSEWHERE:
            raise Unanswered(self._lost())
        if status >= HTTPStatus.BAD_REQUEST and status not in well:
            raise _refused(status, value)
        return value

    def _nobody(self, error: OSError) -> Phrase:
        if isinstance(error, PermissionError):
            return Phrase(
                de=f"{self._where} darf von diesem Benutzer nicht geöffnet werden; er muss in "
                f"die Gruppe des Dienstes, oder --url und {TOKEN} benutzen",
                en=f"this user may not open {self._where}; join the service's group, or use "
                f"--url and {TOKEN}",
            )
        return Phrase(
            de=f"Es antwortet kein Dienst ({self._where})", en=f"no daemon answers ({self._where})"
        )

    def _lost(self) -> Phrase:
        return Phrase(
            de=f"Der Dienst wurde gefragt, antwortet aber nicht lesbar ({self._where})",
            en=f"the daemon was asked but gives no answer that can be read ({self._where})",
        )


_ELSEWHERE = range(300, 400)


def _refused(status: int, problem: Shape) -> Refused:
    said = str(problem.get("detail") or HTTPStatus(status).phrase)
    field = str(problem.get("field") or "")
    return Refused(Phrase(de=said, en=said), status=status, field=field)


@asynccontextmanager
async def daemon(context: Context) -> AsyncIterator[Daemon]:
    """Return the running daemon; whether it answers shows when it is asked.

    Raises:
        InputError: `--url` is no address that a token may be sent to.
    """
    if context.url is None:
        path = str(context.peek.data / SOCKET)
        base, where = "http://localhost", path
        connector: aiohttp.BaseConnector = aiohttp.UnixConnector(path=path)
    else:
        base = where = _address(context.url)
        connector = aiohttp.TCPConnector()
    headers = {"Accept-Language": context.language}
    token = context.env.get(TOKEN, "").strip()
    if token and context.url is not None:
        headers["Authorization"] = f"Bearer {token}"
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        yield Daemon(session, base, where)


def _address(url: str) -> str:
    parts = urlsplit(url)
    loopback = is_loopback(parts.hostname or "")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InputError(
            Phrase(de=f"--url: {url!r} ist keine Adresse", en=f"--url: {url!r} is no address"),
            field="url",
        )
    if parts.scheme == "http" and not loopback:
        raise InputError(
            Phrase(
                de="--url: http ohne Verschlüsselung nur für diesen Rechner; bitte https",
                en="--url: plain http is for this machine only; use https",
            ),
            field="url",
        )
    return url.rstrip("/")
