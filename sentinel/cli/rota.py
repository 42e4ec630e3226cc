"""`rota`: who is on call now, until when, and who comes next."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Mapping
from typing import Any, Final

from sentinel.cli.context import Command, Context
from sentinel.cli.exits import Exit
from sentinel.cli.parser import Parser
from sentinel.cli.screen import Cell, Row, Tone
from sentinel.cli.source import Source, read
from sentinel.errors import InputError, Phrase

Shape = dict[str, Any]

_NOBODY: Final = Phrase(de="niemand", en="nobody")
_UNREAD: Final = Phrase(de="noch nicht gelesen", en="not read yet")
_NONE: Final = Phrase(
    de="Die Regeln nennen keinen Dienstplan (staff.rotas)",
    en="The rules name no rota (staff.rotas)",
)


def rota(context: Context, options: Namespace) -> int:
    """Show one rota or all; 1 if nobody is on call somewhere, else 0."""
    found, alive = asyncio.run(read(context, _ask))
    items = found["items"]
    if options.rota is not None:
        items = [item for item in items if item["name"] == options.rota]
        if not items:
            name = options.rota
            raise InputError(Phrase(de=f"Es gibt kein {name!r}", en=f"there is no {name!r}"))
    open_now = any(not item["on_call"] and item["calendar"]["read"] for item in items)
    if context.json:
        context.screen.json({**found, "items": items, "daemon": alive})
    elif not items:
        context.screen.line(context.say(_NONE))
    else:
        _table(context, items)
        for item in items:
            _remarks(context, item)
    return Exit.WARNING if open_now else Exit.OK


async def _ask(source: Source) -> Shape:
    return await source.rotas()


def _table(context: Context, items: list[Shape]) -> None:
    headings = [
        context.say(Phrase(de="Dienstplan", en="Rota")),
        context.say(Phrase(de="Jetzt", en="Now")),
        context.zoned(Phrase(de="Bis", en="Until")),
        context.say(Phrase(de="Danach", en="Next")),
        context.zoned(Phrase(de="Bis", en="Until")),
        context.zoned(Phrase(de="Kalender von", en="Calendar of")),
    ]
    context.screen.table(headings, [_row(context, item) for item in items])


def _row(context: Context, item: Mapping[str, Any]) -> Row:
    following = item["next"] or {}
    return [
        item["name"],
        _people(context, item["on_call"], read=item["calendar"]["read"]),
        context.when(item["until"]),
        _people(context, following["contacts"], read=True) if following else "–",
        context.when(following.get("until")),
        context.when(item["calendar"]["fetched_at"]),
    ]


def _people(context: Context, names: list[str], *, read: bool) -> Cell:
    if names:
        return Cell(", ".join(names))
    return Cell(context.say(_NOBODY), Tone.BAD) if read else Cell(context.say(_UNREAD), Tone.QUIET)


def _remarks(context: Context, item: Mapping[str, Any]) -> None:
    """Say below the table what is amiss with a calendar."""
    name, calendar = item["name"], item["calendar"]
    german = context.language == "de"
    if calendar["trouble"]:
        why = calendar["trouble_de" if german else "trouble_en"]
        context.screen.line(f"{name}: {'der Kalender' if german else 'the calendar'} {why}")
    for said in item["strangers"]:
        phrase = Phrase(
            de=f"{name}: „{said}“ ist kein Kontakt", en=f'{name}: "{said}" is no contact'
        )
        context.screen.line(context.say(phrase))


def _arguments(parser: Parser, context: Context) -> None:
    which = Phrase(de="nur dieser Dienstplan", en="this rota only")
    parser.add_argument("rota", nargs="?", help=context.say(which))


COMMANDS: Final = {"rota": Command(_arguments, rota)}
