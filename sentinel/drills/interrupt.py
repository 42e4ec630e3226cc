"""Ctrl-C in good order: what runs is ended, and what was put up is taken down."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def until_told() -> AsyncIterator[asyncio.Timeout]:
    """Run the block until SIGINT or SIGTERM comes, or until the time that is set on the value.

    Either ends the block without an error; `expired()` then tells.
    """
    loop, limit = asyncio.get_running_loop(), asyncio.timeout(None)
    try:
        async with limit:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, lambda: limit.reschedule(loop.time()))
            try:
                yield limit
            finally:
                for number in (signal.SIGINT, signal.SIGTERM):
                    loop.remove_signal_handler(number)
    except TimeoutError:
        if not limit.expired():
            raise
