"""E-mail: a mail relay on a port of its own for each account (`platforms-b.md` section 8).

`GET /email/ACCOUNT` opens the port and says where it is: `smtp://HOST:PORT`, without
TLS. Any user and password are taken, and none are needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime

from sentinel.simulator.desk import cut
from sentinel.simulator.faces import PortFace
from sentinel.simulator.faults import Board
from sentinel.simulator.kinds import Kind
from sentinel.simulator.smtp import AT_CONNECT, KINDS, Conversation, Hold, HungUp
from sentinel.simulator.world import World


class Email(PortFace):
    """The relays of one simulator."""

    name = "email"
    operator = "own"
    kinds = KINDS

    def __init__(self) -> None:
        super().__init__()
        self._servers: dict[str, asyncio.Server] = {}
        self._addresses: dict[str, str] = {}
        self._talking: set[asyncio.StreamWriter] = set()
        self._quiet = asyncio.Event()
        self._closing = asyncio.Event()

    async def open(
        self, account: str, *, host: str, world: World, board: Board, now: Callable[[], datetime]
    ) -> str:
        """Listen for `account` on a free port, unless it is listened for already."""

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            conversation = Conversation(
                reader,
                writer,
                account=world.account(self.name, account),
                world=world,
                draw=lambda kinds: board.draw(self.target, account, kinds),
                now=now,
            )
            await self._answer(conversation, writer, board, account)

        if account not in self._servers:
            server = await asyncio.start_server(answer, host, 0)
            self._servers[account] = server
            self._addresses[account] = f"smtp://{host}:{server.sockets[0].getsockname()[1]}"
        return self._addresses[account]

    def opened(self) -> Mapping[str, str]:
        """Return the address of every account that is listened for."""
        return self._addresses

    async def close(self) -> None:
        """Cut every conversation and listen no more."""
        self._closing.set()
        for server in self._servers.values():
            server.close()
        for writer in self._talking:
            cut(writer.transport)
        if self._talking:
            await self._quiet.wait()

    async def _answer(
        self, conversation: Conversation, writer: asyncio.StreamWriter, board: Board, account: str
    ) -> None:
        self._talking.add(writer)
        self._quiet.clear()
        try:
            faults = board.draw(self.target, account, AT_CONNECT)
            if Kind.REFUSE_CONNECTION in faults:
                cut(writer.transport)
            elif Kind.BLACK_HOLE in faults:
                await self._closing.wait()
            else:
                with suppress(HungUp, ConnectionError):
                    await conversation.talk(faults)
        except Hold:
            await self._closing.wait()
        finally:
            self._talking.discard(writer)
            writer.close()
            if not self._talking:
                self._quiet.set()


FACE = Email
