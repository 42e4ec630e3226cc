"""`silences`: what alarms nobody, and until when; maintenance is a silence that is announced."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from sentinel.app.clock import utc_now
from sentinel.cli.context import Command, Context
from sentinel.cli.doing import ask
from sentinel.cli.exits import Exit, Refused
from sentinel.cli.parser import Parser, duration, moment
from sentinel.cli.screen import Cell, Tone
from sentinel.cli.source import Source, read
from sentinel.errors import Phrase
from sentinel.service.shapes import stamp

Shape = dict[str, Any]

PATH: Final = "/api/v1/silences"
_STATES: Final = {
    "planned": (Phrase(de="geplant", en="planned"), Tone.QUIET),
    "active": (Phrase(de="in Kraft", en="active"), Tone.WORRY),
    "over": (Phrase(de="vorbei", en="over"), None),
}
_KINDS: Final = {
    "silence": Phrase(de="Stille", en="silence"),
    "maintenance": Phrase(de="Wartung", en="maintenance"),
}
_ALL: Final = Phrase(de="alles", en="everything")


def silences(context: Context, options: Namespace) -> int:
    """List silences, plan one, or end one before its time."""
    match options.what:
        case "add":
            return _add(context, options)
        case "end":
            return _end(context, options)
        case _:
            return _list(context, everything=getattr(options, "all", False))


def _list(context: Context, *, everything: bool) -> int:
    async def asked(source: Source) -> Shape:
        return await source.silences(everything=everything)

    page, alive = asyncio.run(read(context, asked))
    if context.json:
        context.screen.json({**page, "daemon": alive})
    elif page["items"]:
        _table(context, page["items"])
    else:
        nothing = Phrase(de="Nichts ist stillgelegt oder in Wartung", en="Nothing is silenced")
        context.screen.line(context.say(nothing))
    return Exit.OK


def _table(context: Context, items: Sequence[Shape]) -> None:
    headings = [
        context.say(Phrase(de="Art", en="Kind")),
        context.say(Phrase(de="Für", en="For")),
        context.say(Phrase(de="Stand", en="State")),
        context.zoned(Phrase(de="Von", en="From")),
        context.say(Phrase(de="Bis", en="Until")),
        context.say(Phrase(de="Grund", en="Reason")),
        context.say(Phrase(de="Durch", en="By")),
        "ID",
    ]
    rows = []
    for one in items:
        word, tone = _STATES[one["state"]]
        rows.append(
            [
                context.say(_KINDS[one["kind"]]),
                context.say(about(one)),
                Cell(context.say(word), tone),
                context.when(one["starts_at"]),
                context.when(one["ended_at"] or one["ends_at"]),
                one["reason"],
                one["by"],
                one["id"],
            ]
        )
    context.screen.table(headings, rows)


def about(silence: Shape) -> Phrase:
    """Return what a silence covers, in a word or two."""
    named = silence["channel"] or ", ".join(silence["channels"])
    if named:
        return Phrase(de=named, en=named)
    operator = silence["operator"]
    return Phrase(de=f"Betreiber {operator}", en=f"operator {operator}") if operator else _ALL


def _add(context: Context, options: Namespace) -> int:
    begin: datetime | None = options.from_
    ends = options.until or (begin or utc_now()) + options.for_
    body = {
        "kind": "maintenance" if options.maintenance else "silence",
        "channel": options.channel,
        "operator": options.operator,
        "starts_at": stamp(begin),
        "ends_at": stamp(ends),
        "reason": options.reason,
    }
    shape = ask(context, lambda there: there.post(PATH, body))
    if context.json:
        context.screen.json(shape)
        return Exit.OK
    kind, what = _KINDS[shape["kind"]], about(shape)
    begins, end = context.when(shape["starts_at"]), context.when(shape["ends_at"])
    phrase = Phrase(
        de=f"{kind.de} für {what.de}, {begins} bis {end}. Was an Störungen dann noch offen ist, "
        f"wird gemeldet. Vorher beenden: sentinel silences end {shape['id']}",
        en=f"{kind.en} for {what.en}, {begins} to {end}. Outages that are still open then are "
        f"told. To end it before: sentinel silences end {shape['id']}",
    )
    context.screen.line(context.say(phrase))
    return Exit.OK


def _end(context: Context, options: Namespace) -> int:
    name = options.id
    if not name.strip("."):  # a path of its own
        raise Refused(Phrase(de=f"Es gibt kein {name!r}", en=f"there is no {name!r}"), status=404)
    shape = ask(context, lambda there: there.delete(f"{PATH}/{quote(name, safe='')}"))
    if context.json:
        context.screen.json(shape)
        return Exit.OK
    kind, what = _KINDS[shape["kind"]], about(shape)
    phrase = Phrase(de=f"{kind.de} für {what.de} ist vorbei", en=f"{kind.en} for {what.en} is over")
    context.screen.line(context.say(phrase))
    return Exit.OK


def _arguments(parser: Parser, context: Context) -> None:
    what = parser.add_subparsers(dest="what", metavar="list|add|end")
    words = {
        "list": Phrase(de="zeigen, was gilt und geplant ist", en="show what holds and is planned"),
        "add": Phrase(de="eine Stille oder Wartung ansetzen", en="plan a silence, or maintenance"),
        "end": Phrase(de="eine vor der Zeit beenden", en="end one before its time"),
    }
    own = {
        name: what.add_parser(name, language=context.language, help=context.say(phrase))
        for name, phrase in words.items()
    }
    own["end"].add_argument("id")
    own["list"].add_argument(
        "--all",
        action="store_true",
        help=context.say(Phrase(de="auch, was vorbei ist", en="also what is over")),
    )
    _add_arguments(own["add"], context)


def _add_arguments(parser: Parser, context: Context) -> None:
    why = Phrase(de="warum; steht im Journal", en="why; stands in the journal")
    parser.add_argument("--reason", required=True, help=context.say(why))
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--channel", help=context.say(Phrase(de="nur dieser Kanal", en="this channel only"))
    )
    which.add_argument(
        "--operator",
        help=context.say(Phrase(de="nur Kanäle dieses Betreibers", en="its channels only")),
    )
    at = moment(context.language, context.peek.zone)
    begin = Phrase(de="Beginn; sonst jetzt", en="when it begins; else now")
    parser.add_argument("--from", dest="from_", type=at, metavar="T", help=context.say(begin))
    end = parser.add_mutually_exclusive_group(required=True)
    until, long = Phrase(de="Ende", en="when it ends"), Phrase(de="Dauer", en="how long")
    end.add_argument("--until", type=at, metavar="T", help=context.say(until))
    end.add_argument(
        "--for",
        dest="for_",
        type=duration(context.language),
        metavar="D",
        help=context.say(long),
    )
    told = Phrase(
        de="Wartung: wird dem Personal angekündigt", en="maintenance: it is announced to staff"
    )
    parser.add_argument("--maintenance", action="store_true", help=context.say(told))


COMMANDS: Final = {"silences": Command(_arguments, silences)}
