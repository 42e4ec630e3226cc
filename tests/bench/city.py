"""A daemon in this process on a temporary folder, for measuring."""

import asyncio
import io
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sentinel.app.daemon import Options, run
from sentinel.app.logs import Mask, configure
from sentinel.service.parts import Parts
from tests.support.city import TOKENS, write


@asynccontextmanager
async def daemon(document: dict[str, Any]) -> AsyncIterator[Parts]:
    """Run a daemon on the given rules while open."""
    mask, stop = Mask(), asyncio.Event()
    configure(mask, stream=io.StringIO())
    parts: asyncio.Future[Parts] = asyncio.get_running_loop().create_future()
    with TemporaryDirectory() as folder:
        options = Options(rules=write(Path(folder), document), env={**os.environ, **TOKENS})
        async with asyncio.TaskGroup() as group:
            group.create_task(run(options, stop, mask=mask, started=parts.set_result))
            try:
                yield await parts
            finally:
                stop.set()


def median(values: list[float]) -> float:
    """Return the middle value."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]
