"""`backup` and `migrate`: looking after the database."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from pathlib import Path
from typing import Final

from sentinel.cli.context import Command, Context, no_arguments
from sentinel.cli.exits import Exit
from sentinel.cli.kept import opened
from sentinel.cli.parser import Parser
from sentinel.errors import Phrase


def backup(context: Context, options: Namespace) -> int:
    """Write a whole copy of the database to a new file; the daemon may go on meanwhile."""
    asyncio.run(_backup(context, options.file))
    phrase = Phrase(
        de=f"Gesichert nach {options.file}. Bitte auch storage.key sichern, getrennt davon.",
        en=f"Backed up to {options.file}. Keep a copy of storage.key too, in another place.",
    )
    context.screen.line(context.say(phrase))
    return Exit.OK


async def _backup(context: Context, file: Path) -> None:
    async with opened(context.load().rules, read_only=True) as storage:
        await storage.backup(file)


def migrate(context: Context, _: Namespace) -> int:
    """Make the database if there is none, and bring its tables up to date."""
    for warning in asyncio.run(_migrate(context)):
        context.screen.note(context.say(warning))
    phrase = Phrase(de="Die Datenbank ist auf diesem Stand", en="The database is up to date")
    context.screen.line(context.say(phrase))
    return Exit.OK


async def _migrate(context: Context) -> tuple[Phrase, ...]:
    async with opened(context.load().rules, read_only=False) as storage:
        return storage.warnings


def _backup_arguments(parser: Parser, context: Context) -> None:
    phrase = Phrase(de="neue Datei", en="a new file")
    parser.add_argument("file", type=Path, help=context.say(phrase))


COMMANDS: Final = {
    "backup": Command(_backup_arguments, backup),
    "migrate": Command(no_arguments, migrate),
}
