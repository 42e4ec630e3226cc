"""Where reading commands read: from the running daemon, or else from what is on disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import date
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

from sentinel.cli.client import Daemon, daemon
from sentinel.cli.context import Context
from sentinel.cli.exits import Refused
from sentinel.domain.posture import Posture
from sentinel.errors import NoAnswer, Phrase, StorageError

T = TypeVar("T")
Shape = dict[str, Any]

MOST = 200  # the API's longest page
_PAGES = 10
_JOURNAL_PAGES = 50  # a hold that is older than ten thousand entries is shown without its reason


class Source(Protocol):
    """What may be asked; every answer has the API's shape."""

    async def health(self) -> Shape:
        """Return `/health` as far as it is known.

        `held` says why and by whom it is on hold, `stance` the same of a crisis.
        """

    async def posture(self) -> Shape:
        """Return the posture, and what turned it."""

    async def channels(self) -> Shape:
        """Return every channel as it stands."""

    async def messages(self, *, state: str | None, since: str | None, limit: int) -> Shape:
        """Return the latest messages."""

    async def message(self, name: str) -> Shape:
        """Return one message by id or number. Raises `Refused` with 404."""

    async def chain(self, chain: str) -> Shape:
        """Return every link of a chain, latest first."""

    async def outages(self, *, cursor: str | None) -> Shape:
        """Return outages, latest first."""

    async def silences(self, *, everything: bool) -> Shape:
        """Return silences that hold or are planned; or `everything`, the latest first."""

    async def risks(self) -> Shape:
        """Return the risk register."""

    async def rotas(self) -> Shape:
        """Return who is on call."""

    async def report(self, first: date, last: date) -> Shape:
        """Return what happened between two days."""

    async def journal(self, *, after: int) -> Shape:
        """Return entries above a number, in order."""

    async def verify(self) -> Shape:
        """Return whether the journal's chain holds."""


class Running:
    """The daemon's API as a source."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    async def health(self) -> Shape:
        """Return `/health`, and of a hold who ordered it and why."""
        found = await self._daemon.get("/health", well=(HTTPStatus.SERVICE_UNAVAILABLE,))
        return {
            **found,
            "held": await self._held() if found.get("hold") else None,
            "stance": await self.posture() if found.get("posture") == Posture.CRISIS else None,
        }

    async def posture(self) -> Shape:
        """Return the posture, and what turned it."""
        return await self._daemon.get("/api/v1/posture")

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

    async def chain(self, chain: str) -> Shape:
        """Return every link of a chain, latest first."""
        return await self._daemon.get("/api/v1/messages", {"chain": chain})

    async def outages(self, *, cursor: str | None) -> Shape:
        """Return outages, latest first."""
        return await self._daemon.get("/api/v1/outages", _stated(cursor=cursor, limit=str(MOST)))

    async def silences(self, *, everything: bool) -> Shape:
        """Return silences that hold or are planned; or `everything`, the latest first."""
        query = {"all": "1", "limit": str(MOST)} if everything else None
        return await self._daemon.get("/api/v1/silences", query)

    async def risks(self) -> Shape:
        """Return the risk register."""
        return await self._daemon.get("/api/v1/risks")

    async def rotas(self) -> Shape:
        """Return who is on call."""
        return await self._daemon.whole("/api/v1/rotas")

    async def report(self, first: date, last: date) -> Shape:
        """Return what happened between two days."""
        query = {"from": first.isoformat(), "to": last.isoformat()}
        return await self._daemon.get("/api/v1/report", query)

    async def journal(self, *, after: int) -> Shape:
        """Return entries above a number, in order."""
        query = {"after": str(after), "limit": str(MOST)}
        return await self._daemon.get("/api/v1/journal", query)

    async def verify(self) -> Shape:
        """Return whether the journal's chain holds."""
        return await self._daemon.get("/api/v1/journal", {"verify": "1"})

    async def _held(self) -> Shape | None:
        """Return the hold that stands, from the journal's end: `/health` says no names."""
        after = await self._near_the_end()
        for _ in range(_JOURNAL_PAGES):
            for entry in reversed((await self.journal(after=after))["items"]):
                if entry["kind"] == "publishing.held":
                    reason = (entry["payload"] or {}).get("reason", "")
                    return {"reason": reason, "by": entry["actor"]["id"], "since": entry["at"]}
            if after == 0:
                break
            after = max(0, after - MOST)
        return None

    async def _near_the_end(self) -> int:
        """Return a number with at most one page of entries above it."""
        low, high = 0, MOST
        while await self._goes_on(high):
            low, high = high, high * 2
        while high - low > MOST:
            middle = (low + high) // 2
            low, high = (middle, high) if await self._goes_on(middle) else (low, middle)
        return low

    async def _goes_on(self, after: int) -> bool:
        query = {"after": str(after), "limit": "1"}
        return bool((await self._daemon.get("/api/v1/journal", query))["items"])


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
        nobody = error.phrase
    # Here because it loads the database and all platforms, which a daemon's answer spares us.
    from sentinel.cli.kept import kept  # noqa: PLC0415 - see above

    async with AsyncExitStack() as opened:
        try:
            source = await opened.enter_async_context(kept(context))
        except StorageError:
            context.screen.note(context.say(nobody))  # the last state is not to be had either
            raise
        context.screen.note(context.say(_from_disk(nobody)))
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


async def stranded_names(source: Source, outages: Sequence[Shape]) -> dict[str, str]:
    """Return number and headline of the messages that outages are about, by outage."""
    return {
        outage["id"]: "; ".join([await _name(source, known) for known in outage["messages"]])
        for outage in outages
        if outage["messages"]
    }


async def _name(source: Source, message: str) -> str:
    try:
        shape = await source.message(message)
    except Refused:  # it was deleted meanwhile, its time being up
        return message
    return f"Nr. {shape['number']} {shape['headline']}"


def _stated(**query: str | None) -> dict[str, str]:
    return {name: value for name, value in query.items() if value is not None}


def _from_disk(why: Phrase) -> Phrase:
    return Phrase(
        de=f"{why.de}. Es folgt der letzte Stand aus der Datenbank.",
        en=f"{why.en}. What follows is the last state, from the database.",
    )
