"""A line to a mail server that breaks where a test says: in the middle of a mail, or after it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_END = b"\r\n.\r\n"


class MailLine:
    """Carries SMTP to a server, and cuts one conversation.

    `within`: after so many bytes of the mail have reached the server, `then` is
    awaited and both ends are closed. `after_end`: the whole mail has reached it,
    and the line ends with the server's reply, which nobody hears.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), int(parts.port or 0)
        self._server: asyncio.Server | None = None
        self.within: int | None = None
        self.then: Callable[[], Awaitable[None]] | None = None
        self.after_end = False
        self.cuts = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """Where it is called."""
        assert self._server is not None
        return f"smtp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            theirs, ours = await asyncio.open_connection(self._host, self._port)
        except OSError:
            writer.close()
            return
        ended = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as both:
                back = both.create_task(self._back(theirs, writer, ended))
                both.create_task(self._forth(reader, ours, ended, back))
        except* OSError:
            pass  # one of the two is gone: so is the line
        finally:
            ours.close()
            writer.close()

    async def _back(
        self, theirs: asyncio.StreamReader, writer: asyncio.StreamWriter, ended: asyncio.Event
    ) -> None:
        while said := await theirs.read(65_536):
            if ended.is_set() and self.after_end:
                self.after_end = False
                self.cuts += 1
                break
            writer.write(said)
            await writer.drain()
        writer.close()

    async def _forth(
        self,
        reader: asyncio.StreamReader,
        ours: asyncio.StreamWriter,
        ended: asyncio.Event,
        back: asyncio.Task[None],
    ) -> None:
        mail = -1  # bytes of the mail so far; -1: still commands
        while said := await reader.read(65_536):
            if mail >= 0 and self.within is not None:
                ours.write(said[: self.within])
                await ours.drain()
                await self._cut()
                break
            if mail >= 0 and said.endswith(_END):
                ended.set()
                mail = -1
            elif said.upper().startswith(b"DATA\r\n"):
                mail = 0
            ours.write(said)
            await ours.drain()
        if self.cuts:
            back.cancel()
        ours.close()

    async def _cut(self) -> None:
        self.within, then = None, self.then
        self.cuts += 1
        if then is not None:
            await then()
