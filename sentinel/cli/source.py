"""Where reading commands read: from the running daemon, or else from what is on disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from sentinel.cli.client import Daemon, daemon
from sentinel.cli.context import Context
from sentinel.errors import NoAnswer, Phrase

T = TypeVar("T")
Shape = dict[str, Any]

MOST = 200  # the API's longest page
_PAGES = 10


class Source(Protocol):
    """What may be asked; every answer has the API's shape."""

    async def channels(self) -> Shape:
        """Return every channel as it stands."""

    async def messages(self, *, state: str | None, since: str | None, limit: int) -> Shape:
        """Return the latest messages."""

    async def message(self, name: str) -> Shape:
        """Return one message by id or number. Raises `Refused` with 404."""

    async def outages(self, *, cursor: str | None) -> Shape:
        """Return outages, latest first."""

    async def journal(self, *, after: int) -> Shape:
        """Return entries above a number, in order."""

    async def verify(self) -> Shape:
        """Return whether the journal's chain holds."""


class Running:
    """The daemon's API as a source."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    async def channels(self) -> Shape:
        """Return every channel as it stands."""
        return await self._daemon.get("/api/v1/channels")

    async def messages(self, *, state: str | None, since: str | None, limit: int) -> Shape:
        """Return the latest messages."""
        return await self._daemon.get(
            "/api/v1/messages", _stated(state=state, since=since, limit=str(limit))
        )

    async def message(self, name: str) -> Shape:
        """Return one message by id or number."""
        return await self._daemon.get(f"/api/v1/messages/{name}")

    async def outages(self, *, cursor: str | None) -> Shape:
        """Return outages, latest first."""
        return await self._daemon.get("/api/v1/outages", _stated(cursor=cursor, limit=str(MOST)))

    async def journal(self, *, after: int) -> Shape:
        """Return entries above a number, in order."""
        query = {"after": str(after), "limit": str(MOST)}
        return await self._daemon.get("/api/v1/journal", query)

    async def verify(self) -> Shape:
        """Return whether the journal's chain holds."""
        return await self._daemon.get("/api/v1/journal", {"verify": "1"})


async def read(context: Context, ask: Callable[[Source], Awaitable[T]]) -> tuple[T, bool]:
    """Return what `ask` found, and whether a daemon answered it.

    Raises:
        RulesError: No daemon answers, and the rules do not say where the storage is.
        StorageError: No daemon answers, and the storage cannot be read.
        Refused: The daemon said no.
    """
    try:
        async with daemon(context) as there:
            return await ask(Running(there)), True
    except NoAnswer as error:
        if context.url is not None:
            raise  # the storage of this machine is not what was asked about
        context.screen.note(context.say(_from_disk(error.phrase)))
    # Here because it loads the database and all platforms, which a daemon's answer spares us.
    from sentinel.cli.kept import kept  # noqa: PLC0415 - see above

    async with kept(context) as source:
        return await ask(source), False


async def open_outages(source: Source) -> list[Shape]:
    """Return the outages that are not over, latest first."""
    found: list[Shape] = []
    cursor: str | None = None
    for _ in range(_PAGES):  # one that has been open for thousands of others is news to nobody
        page = await source.outages(cursor=cursor)
        found += [outage for outage in page["items"] if outage["closed_at"] is None]
        cursor = page["next"]
        if cursor is None:
            break
    return found


def _stated(**query: str | None) -> dict[str, str]:
    return {name: value for name, value in query.items() if value is not None}


def _from_disk(why: Phrase) -> Phrase:
    return Phrase(
        de=f"{why.de}. Es folgt der letzte Stand aus der Datenbank.",
        en=f"{why.en}. What follows is the last state, from the database.",
    )
