"""`drill` and `demo`: incidents rehearsed against the simulator."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from typing import Final

from rich.console import Console

from sentinel.cli.context import Command, Context
from sentinel.cli.exits import Exit
from sentinel.cli.parser import Parser
from sentinel.drills.demo import LISTEN
from sentinel.drills.demo import demo as demonstrate
from sentinel.drills.run import drill as rehearse
from sentinel.drills.run import names
from sentinel.errors import Phrase


def drill(context: Context, options: Namespace) -> int:
    """List the drills, or play one: 0 if every expectation held, 1 if not, 64 for a bad file."""
    if options.name == "list":
        return _list(context)
    return asyncio.run(
        rehearse(
            options.name, language=context.language, env=context.env, console=_console(context)
        )
    )


def _list(context: Context) -> int:
    known = names()
    if context.json:
        items = [{"name": one.name, "title": context.say(one.title)} for one in known]
        context.screen.json({"items": items, "next": None})
        return Exit.OK
    headings = [
        context.say(Phrase(de="Übung", en="Drill")),
        context.say(Phrase(de="Worum es geht", en="What it is about")),
    ]
    context.screen.table(headings, [[one.name, context.say(one.title)] for one in known])
    return Exit.OK


def demo(context: Context, options: Namespace) -> int:
    """Show all of it at work, and stay up until interrupted."""
    return asyncio.run(
        demonstrate(
            language=context.language,
            listen=options.listen,
            env=context.env,
            console=_console(context),
        )
    )


def _console(context: Context) -> Console:
    return Console(file=context.screen.out)


def _drill_arguments(parser: Parser, context: Context) -> None:
    phrase = Phrase(
        de="eine Übung (list zeigt sie) oder ihre Datei", en="a drill (see list) or its file"
    )
    parser.add_argument("name", metavar="list|NAME|FILE", help=context.say(phrase))


def _demo_arguments(parser: Parser, context: Context) -> None:
    phrase = Phrase(de=f"wo die Seiten stehen ({LISTEN})", en=f"where the pages are ({LISTEN})")
    parser.add_argument("--listen", metavar="HOST:PORT", default=LISTEN, help=context.say(phrase))


COMMANDS: Final = {
    "drill": Command(_drill_arguments, drill),
    "demo": Command(_demo_arguments, demo),
}
