"""Commands that change something: only the running daemon may do that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from sentinel.cli.client import Daemon, Unanswered, daemon
from sentinel.cli.context import Context
from sentinel.cli.exits import Refused
from sentinel.errors import NoAnswer, Phrase, SentinelError

Shape = dict[str, Any]


def ask(context: Context, question: Callable[[Daemon], Awaitable[Shape]]) -> Shape:
    """Return what the daemon did.

    Raises:
        SentinelError: No daemon answers: nothing was done, or nobody knows.
        Refused: The daemon said no.
    """

    async def asked() -> Shape:
        async with daemon(context) as there:
            return await question(there)

    try:
        return asyncio.run(asked())
    except Unanswered as error:
        raise SentinelError(_unclear(error.phrase)) from error
    except NoAnswer as error:
        raise SentinelError(_nothing_done(error.phrase)) from error


def message_path(name: str) -> str:
    """Return the path of a message by id or number. Raises `Refused`: it cannot be one."""
    if not name.strip("."):  # a path of its own
        raise Refused(Phrase(de=f"Es gibt kein {name!r}", en=f"there is no {name!r}"), status=404)
    return f"/api/v1/messages/{quote(name, safe='')}"


def _unclear(why: Phrase) -> Phrase:
    return Phrase(
        de=f"{why.de}. Ob es geschehen ist, ist nicht bekannt: bitte „sentinel status“.",
        en=f"{why.en}. Whether it was done is not known: see 'sentinel status'.",
    )


def _nothing_done(why: Phrase) -> Phrase:
    return Phrase(de=f"{why.de}. Nichts wurde getan.", en=f"{why.en}. Nothing was done.")
