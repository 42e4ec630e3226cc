"""`posture`: a crisis is opened or ended by hand, or shown as it stands."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Mapping
from typing import Any, Final

from sentinel.cli.context import Command, Context
from sentinel.cli.doing import ask
from sentinel.cli.exits import Exit
from sentinel.cli.parser import Parser
from sentinel.cli.source import Source, read
from sentinel.domain.posture import Posture, Why
from sentinel.errors import InputError, Phrase

Shape = dict[str, Any]

POSTURES: Final[Mapping[str, Phrase]] = {
    Posture.CALM: Phrase(de="ruhig", en="calm"),
    Posture.CRISIS: Phrase(de="KRISE", en="CRISIS"),
}


def posture(context: Context, options: Namespace) -> int:
    """Turn the posture by hand; without one, show it."""
    if options.posture is None:
        return _show(context)
    if not options.reason:
        raise InputError(
            Phrase(de="Bitte einen Grund angeben: --reason", en="please give a reason: --reason"),
            field="reason",
        )
    body = {"posture": options.posture, "reason": options.reason}
    return _tell(context, ask(context, lambda there: there.post("/api/v1/posture", body)))


def _show(context: Context) -> int:
    shape, alive = asyncio.run(read(context, _stance))
    return _tell(context, {**shape, "daemon": alive})


async def _stance(source: Source) -> Shape:
    return await source.posture()


def _tell(context: Context, shape: Shape) -> int:
    if context.json:
        context.screen.json(shape)
    else:
        context.screen.line(stance_line(context, shape))
    return Exit.OK


def stance_line(context: Context, stance: Shape) -> str:
    """Return in a line how the city stands, since when and why."""
    word = context.say(POSTURES[stance["posture"]])
    line = f"{context.say(_POSTURE)}: {word}"
    if stance["since"] is None:
        return line
    since = Phrase(
        de=f"seit {context.when(stance['since'])}", en=f"since {context.when(stance['since'])}"
    )
    return f"{line} {context.say(since)}, {context.say(_because(stance))}"


_POSTURE: Final = Phrase(de="Lage", en="Posture")


def _because(stance: Shape) -> Phrase:
    number = stance["message"]
    match stance["why"]:
        case Why.MESSAGE:
            return Phrase(de=f"durch Meldung Nr. {number}", en=f"by message no. {number}")
        case Why.ALL_CLEAR:
            return Phrase(de=f"durch Entwarnung Nr. {number}", en=f"by all-clear no. {number}")
        case Why.QUIET:
            return Phrase(de="da es lange nichts Neues gab", en="as there was no news for long")
        case _:
            by, reason = stance["by"], stance["reason"]
            return Phrase(de=f"durch {by}: {reason}", en=f"by {by}: {reason}")


def _arguments(parser: Parser, context: Context) -> None:
    parser.add_argument("posture", nargs="?", choices=[one.value for one in Posture])
    why = Phrase(de="warum; steht im Journal", en="why; stands in the journal")
    parser.add_argument("--reason", help=context.say(why))


COMMANDS: Final = {"posture": Command(_arguments, posture)}
