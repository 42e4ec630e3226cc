"""A line to a real server that can lose its answers."""

from __future__ import annotations

import asyncio
from typing import Self


class Line:
    """A line to the server that can lose answers: what was asked arrives, what is said does not."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.loses = False
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, out = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(near, out, answers=False))
                both.create_task(self._pass(far, back, answers=True))
        finally:
            out.close()
            back.close()

    async def _pass(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        while data := await source.read(65536):
            if answers and self.loses:
                break
            sink.write(data)
            await sink.drain()
        sink.close()
