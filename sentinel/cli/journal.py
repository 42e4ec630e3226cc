"""`journal`: what happened, in order, and whether the record was tampered with."""

from __future__ import annotations

import asyncio
import json
from argparse import Namespace
from collections.abc import Mapping
from typing import Any, Final

from sentinel.cli.context import Command, Context
from sentinel.cli.exits import Exit
from sentinel.cli.parser import Parser
from sentinel.cli.source import Source, read
from sentinel.errors import InputError, Phrase

Shape = dict[str, Any]


def journal(context: Context, options: Namespace) -> int:
    """Show the entries after a number, or verify the chain (2 if it is broken)."""
    if options.after < 0:
        phrase = Phrase(de="--after muss 0 oder größer sein", en="--after must be 0 or more")
        raise InputError(phrase, field="after")
    if options.verify:
        return _verify(context)
    entries, alive = asyncio.run(_entries(context, options.after))
    if context.json:
        context.screen.json({"items": entries, "next": None, "daemon": alive})
        return Exit.OK
    for entry in entries:
        context.screen.line(_line(context, entry))
    zone = context.peek.zone.key
    context.screen.note(context.say(Phrase(de=f"Zeiten: {zone}", en=f"Times: {zone}")))
    return Exit.OK


async def _entries(context: Context, after: int) -> tuple[list[Shape], bool]:
    async def all_of(source: Source) -> list[Shape]:
        found: list[Shape] = []
        following: int | None = after
        while following is not None:
            page = await source.journal(after=following)
            found += page["items"]
            following = int(page["next"]) if page["next"] else None
        return found

    return await read(context, all_of)


def _line(context: Context, entry: Shape) -> str:
    actor = entry["actor"]
    facts = _facts(context, entry["payload"] or {})
    who = f"{actor['kind']}:{actor['id']}"
    when = context.when(entry["at"])
    parts = (str(entry["number"]), when, entry["kind"], who, entry["subject"], facts)
    return "  ".join(part for part in parts if part)


def _facts(context: Context, payload: Mapping[str, Any]) -> str:
    """Return what an entry says: its sentence in the caller's language, or else all its facts."""
    said = payload.get(f"sentence_{context.language}")
    if isinstance(said, str):
        return said
    return json.dumps(payload, ensure_ascii=False) if payload else ""


def _verify(context: Context) -> int:
    result, alive = asyncio.run(read(context, lambda source: source.verify()))
    if context.json:
        context.screen.json({**result, "daemon": alive})
    elif result["ok"]:
        many = result["checked"]
        phrase = Phrase(
            de=f"Die Kette hält: {many} Einträge geprüft", en=f"the chain holds: {many} entries"
        )
        context.screen.line(context.say(phrase))
    else:
        bad = result["first_bad"]
        phrase = Phrase(
            de=f"DIE KETTE IST GEBROCHEN: Eintrag {bad} wurde verändert oder fehlt",
            en=f"THE CHAIN IS BROKEN: entry {bad} was changed or is missing",
        )
        context.screen.line(context.say(phrase))
    return Exit.OK if result["ok"] else Exit.ERROR


def _arguments(parser: Parser, context: Context) -> None:
    parser.add_argument(
        "--after",
        type=int,
        default=0,
        metavar="N",
        help=context.say(Phrase(de="nur Einträge nach Nummer N", en="only entries after number N")),
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help=context.say(Phrase(de="die ganze Kette prüfen", en="verify the whole chain")),
    )


COMMANDS: Final = {"journal": Command(_arguments, journal)}
