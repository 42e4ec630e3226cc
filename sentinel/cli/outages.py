"""`outages`: what is broken, who takes care of it, and saying that one does."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from sentinel.cli.context import Command, Context
from sentinel.cli.doing import ask
from sentinel.cli.exits import Exit, Refused
from sentinel.cli.parser import Parser
from sentinel.cli.screen import Row
from sentinel.cli.source import Source, read, stranded_names
from sentinel.errors import Phrase
from sentinel.web.wording import ABILITIES, KINDS

Shape = dict[str, Any]


def outages(context: Context, options: Namespace) -> int:
    """List outages, open ones first, or say that somebody takes care of one."""
    if options.what == "acknowledge":
        return _acknowledge(context, options)
    (shown, names), alive = asyncio.run(read(context, _outages))
    if context.json:
        context.screen.json({**shown, "daemon": alive})
        return Exit.OK
    items = sorted(shown["items"], key=lambda outage: outage["closed_at"] is not None)
    if items:
        outage_table(context, items, names)
    else:
        context.screen.line(context.say(Phrase(de="Keine Störungen", en="No outages")))
    return Exit.OK


async def _outages(source: Source) -> tuple[Shape, dict[str, str]]:
    page = await source.outages(cursor=None)
    return page, await stranded_names(source, page["items"])


def _acknowledge(context: Context, options: Namespace) -> int:
    """Acknowledge an outage, and with it all that staff were told of together with it."""
    name = options.id
    if not name.strip("."):  # a path of its own
        raise Refused(Phrase(de=f"Es gibt kein {name!r}", en=f"there is no {name!r}"), status=404)
    path = f"/api/v1/outages/{quote(name, safe='')}/acknowledge"
    shape = ask(context, lambda there: there.post(path, {"comment": options.comment}))
    if context.json:
        context.screen.json(shape)
        return Exit.OK
    many = len(shape["with"]) + 1
    also = Phrase(de=f" ({many} Störungen)", en=f" ({many} outages)") if many > 1 else _ONE
    by, at = shape["acknowledged_by"], context.when(shape["acknowledged_at"])
    phrase = Phrase(
        de=f"Übernommen von {by}, {at}{also.de}. Es wird niemand mehr dazu gerufen, außer es wird "
        "schlimmer.",
        en=f"Acknowledged by {by}, {at}{also.en}. Nobody else is called for it, unless it grows "
        "worse.",
    )
    context.screen.line(context.say(phrase))
    return Exit.OK


_ONE: Final = Phrase(de="", en="")


def outage_table(context: Context, outages: Sequence[Shape], names: Mapping[str, str]) -> None:
    """Show outages; `names` say which messages they are about."""
    headings = [
        context.say(Phrase(de="Was", en="What")),
        context.say(Phrase(de="Fähigkeit", en="Ability")),
        context.say(Phrase(de="Ursache", en="Cause")),
        context.zoned(Phrase(de="Seit", en="Since")),
        context.say(Phrase(de="Bis", en="Until")),
        context.say(Phrase(de="Übernommen", en="Acknowledged")),
        "ID",
    ]
    context.screen.table(headings, [_row(context, outage, names) for outage in outages])


def _row(context: Context, outage: Shape, names: Mapping[str, str]) -> Row:
    waves = f" (x{outage['waves']})" if outage["waves"] > 1 else ""
    return [
        _what(context, outage, names),
        context.say(ABILITIES[outage["ability"]]) if outage["ability"] else "–",
        context.cause(outage["cause"]) + waves,
        context.when(outage["opened_at"]),
        context.when(outage["closed_at"]),
        outage["acknowledged_by"] or "–",
        outage["id"],
    ]


def _what(context: Context, outage: Shape, names: Mapping[str, str]) -> str:
    known = KINDS.get(outage["kind"])
    kind = context.say(known) if known else str(outage["kind"])
    if name := names.get(outage["id"]):
        return f"{kind}: {name}"
    return str(outage["channel"] or outage["operator"] or kind)


def _arguments(parser: Parser, context: Context) -> None:
    what = parser.add_subparsers(dest="what", metavar="list|acknowledge")
    words = {
        "list": Phrase(de="alle zeigen, die offenen zuerst", en="list them, open ones first"),
        "acknowledge": Phrase(
            de="eine übernehmen: es wird niemand mehr dazu gerufen",
            en="take care of one: nobody else is called for it",
        ),
    }
    own = {
        name: what.add_parser(name, language=context.language, help=context.say(phrase))
        for name, phrase in words.items()
    }
    own["acknowledge"].add_argument("id")
    about = Phrase(de="was die anderen wissen sollen", en="what the others should know")
    own["acknowledge"].add_argument("--comment", default="", help=context.say(about))


COMMANDS: Final = {"outages": Command(_arguments, outages)}
