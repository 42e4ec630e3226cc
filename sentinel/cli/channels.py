"""`channels`, `hold` and `resume`: the crisis team's hands on the channels."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from typing import Any, Final

from sentinel.cli.context import Command, Context
from sentinel.cli.doing import ask, message_path
from sentinel.cli.exits import Exit
from sentinel.cli.parser import Parser, moment
from sentinel.cli.source import Source, read
from sentinel.cli.status import channel_table, switched
from sentinel.errors import Phrase
from sentinel.web.wording import STATES

Shape = dict[str, Any]


def channels(context: Context, options: Namespace) -> int:
    """List, freeze or release channels."""
    match options.what:
        case "freeze":
            return _freeze(context, options)
        case "release":
            return _release(context, options)
        case _:
            return _list(context)


def _list(context: Context) -> int:
    (page, health), alive = asyncio.run(read(context, _situation))
    if context.json:
        context.screen.json({**page, "held": health["held"], "daemon": alive})
    else:
        channel_table(context, page["items"])
        switched(context, health, page["items"])
    return Exit.OK


async def _situation(source: Source) -> tuple[Shape, Shape]:
    return await source.channels(), await source.health()


def _freeze(context: Context, options: Namespace) -> int:
    until = options.until.isoformat() if options.until else None
    body = {"reason": options.reason, "until": until}
    path = f"/api/v1/channels/{options.channel}/freeze"
    shape = ask(context, lambda there: there.post(path, body))
    if context.json:
        context.screen.json(shape)
        return Exit.OK
    end = context.when(shape["frozen"]["until"]) if until else None
    phrase = Phrase(
        de=f"{shape['id']} ist eingefroren" + (f" bis {end}" if end else ""),
        en=f"{shape['id']} is frozen" + (f" until {end}" if end else ""),
    )
    context.screen.line(context.say(phrase))
    return Exit.OK


def _release(context: Context, options: Namespace) -> int:
    path = f"/api/v1/channels/{options.channel}/release"
    shape = ask(context, lambda there: there.post(path))
    if context.json:
        context.screen.json(shape)
    else:
        name = shape["id"]
        phrase = Phrase(de=f"{name} ist freigegeben", en=f"{name} is released")
        context.screen.line(context.say(phrase))
    return Exit.OK


def hold(context: Context, options: Namespace) -> int:
    """Stop all publishing at once."""
    shape = ask(context, lambda there: there.post("/api/v1/hold", {"reason": options.reason}))
    phrase = Phrase(
        de="Angehalten: es wird nichts veröffentlicht, bis „sentinel resume“",
        en="On hold: nothing is published until 'sentinel resume'",
    )
    return _done(context, shape, phrase)


def resume(context: Context, options: Namespace) -> int:
    """Let publishing go on; or let one message go that waits for the end of a crisis."""
    if options.id is not None:
        return _let_go(context, options.id)
    shape = ask(context, lambda there: there.post("/api/v1/resume"))
    return _done(
        context, shape, Phrase(de="Es wird wieder veröffentlicht", en="Publishing goes on")
    )


def _let_go(context: Context, name: str) -> int:
    shape = ask(context, lambda there: there.post(f"{message_path(name)}/resume"))
    number, state = shape["number"], context.say(STATES[shape["state"]])
    phrase = Phrase(
        de=f"Nr. {number} wartet nicht mehr auf das Ende der Krise: {state}",
        en=f"Nr. {number} no longer waits for the end of the crisis: {state}",
    )
    return _done(context, shape, phrase)


def _done(context: Context, shape: dict[str, object], phrase: Phrase) -> int:
    if context.json:
        context.screen.json(shape)
    else:
        context.screen.line(context.say(phrase))
    return Exit.OK


def _channel_arguments(parser: Parser, context: Context) -> None:
    what = parser.add_subparsers(dest="what", metavar="list|freeze|release")
    words = {
        "list": Phrase(de="alle Kanäle zeigen", en="list all channels"),
        "freeze": Phrase(de="einen Kanal außer Betrieb nehmen", en="take one out of service"),
        "release": Phrase(de="ihn wieder in Betrieb nehmen", en="put it back"),
    }
    own = {
        name: what.add_parser(name, language=context.language, help=context.say(phrase))
        for name, phrase in words.items()
    }
    for name in ("freeze", "release"):
        own[name].add_argument("channel")
    _reason(own["freeze"], context)
    own["freeze"].add_argument(
        "--until",
        type=moment(context.language, context.peek.zone),
        help=context.say(Phrase(de="bis dahin; sonst bis release", en="until then; else release")),
    )


def _hold_arguments(parser: Parser, context: Context) -> None:
    _reason(parser, context)


def _resume_arguments(parser: Parser, context: Context) -> None:
    which = Phrase(
        de="nur diese Meldung (ID oder Nummer), die auf das Ende einer Krise wartet",
        en="this message only (id or number), which waits for the end of a crisis",
    )
    parser.add_argument("id", nargs="?", help=context.say(which))


def _reason(parser: Parser, context: Context) -> None:
    phrase = Phrase(de="warum; steht im Journal", en="why; stands in the journal")
    parser.add_argument("--reason", required=True, help=context.say(phrase))


COMMANDS: Final = {
    "channels": Command(_channel_arguments, channels),
    "hold": Command(_hold_arguments, hold),
    "resume": Command(_resume_arguments, resume),
}
