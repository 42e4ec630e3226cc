"""`report`: availability, outages and messages of a period, to print, to keep, or to count with."""

from __future__ import annotations

import asyncio
import csv
import io
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from sentinel.cli.context import Command, Context
from sentinel.cli.exits import Exit
from sentinel.cli.parser import Parser
from sentinel.cli.source import read
from sentinel.errors import InputError, Phrase
from sentinel.web.wording import ABILITIES, CAUSES, KINDS, STATES

Shape = dict[str, Any]

COLUMNS: Final = (
    *("channel", "ability", "share", "known", "up_s", "degraded_s", "down_s", "unknown_s"),
    *("checks", "failures", "mean_ms", "slowest_ms"),
)
"""The columns of the CSV; times are seconds, shares from 0 to 1."""

_WORDS: Final = {
    "title": Phrase(de="Bericht", en="Report"),
    "made": Phrase(de="erstellt", en="made"),
    "utc": Phrase(de="Tage in UTC, beide eingeschlossen", en="days in UTC, both included"),
    "availability": Phrase(de="Verfügbarkeit", en="Availability"),
    "how": Phrase(
        de="Anteil der Zeit, deren Zustand bekannt war. Was niemand beobachtet hat, zählt weder "
        "dafür noch dagegen.",
        en="Share of the time whose state was known. What nobody observed counts neither for nor "
        "against.",
    ),
    "channel": Phrase(de="Kanal", en="Channel"),
    "ability": Phrase(de="Fähigkeit", en="Ability"),
    "share": Phrase(de="verfügbar", en="available"),
    "down": Phrase(de="gestört", en="down"),
    "unknown": Phrase(de="unbekannt", en="unknown"),
    "checks": Phrase(de="Prüfungen", en="Checks"),
    "bad": Phrase(de="davon schlecht", en="bad ones"),
    "outages": Phrase(de="Störungen", en="Outages"),
    "what": Phrase(de="Was", en="What"),
    "cause": Phrase(de="Ursache", en="Cause"),
    "since": Phrase(de="seit", en="since"),
    "until": Phrase(de="bis", en="until"),
    "messages": Phrase(de="Meldungen", en="Messages"),
    "accepted": Phrase(de="angenommen", en="accepted"),
    "none": Phrase(de="keine", en="none"),
    "cut": Phrase(de="Ältere sind weggelassen.", en="Older ones are left out."),
}


def report(context: Context, options: Namespace) -> int:
    """Write the report to standard output."""
    first, last = options.first, options.last
    if last < first:
        phrase = Phrase(de="--to liegt vor --from", en="--to is before --from")
        raise InputError(phrase, field="to")
    found, alive = asyncio.run(read(context, lambda source: source.report(first, last)))
    form = "json" if context.json else options.format
    if form == "json":
        context.screen.json({**found, "daemon": alive})
    elif form == "csv":
        context.screen.line(_csv(found).rstrip("\n"))
    else:
        context.screen.line(_html(context, found))
    return Exit.OK


def _csv(found: Shape) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(found["channels"])
    return text.getvalue()


def _html(context: Context, found: Shape) -> str:
    pages = Environment(
        loader=PackageLoader("sentinel.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = pages.get_template("report.html")
    return page.render(
        found=found,
        language=context.language,
        t={name: context.say(phrase) for name, phrase in _WORDS.items()},
        css=pages.get_template("lage.css").render(),
        channels=[_row(context, one) for one in found["channels"]],
        outages=[_outage(context, one) for one in found["outages"]],
        states=[
            (_word(context, STATES, state), many)
            for state, many in found["messages"]["by_state"].items()
        ],
        made=context.when(found["made_at"]),
    )


def _row(context: Context, one: Shape) -> Shape:
    return {
        "channel": one["channel"],
        "ability": _word(context, ABILITIES, one["ability"]),
        "share": percent(one["share"]),
        "down": lasting(one["down_s"]),
        "unknown": lasting(one["unknown_s"]),
        "checks": one["checks"],
        "failures": one["failures"],
    }


def _outage(context: Context, one: Shape) -> Shape:
    what = one["channel"] or one["operator"] or _word(context, KINDS, one["kind"])
    return {
        "what": what,
        "ability": _word(context, ABILITIES, one["ability"]) if one["ability"] else "",
        "cause": _word(context, CAUSES, one["cause"]) if one["cause"] else "",
        "since": context.when(one["opened_at"]),
        "until": context.when(one["closed_at"]),
    }


def percent(share: float | None) -> str:
    """Return a share in percent, never rounded up: 100 % is said of a perfect record only."""
    if share is None:
        return "–"
    return "100 %" if share == 1 else f"{int(share * 100_000) / 1000:.3f} %"


def lasting(seconds: float) -> str:
    """Return how long something lasted, as hours, minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _word(context: Context, words: Any, name: str) -> str:
    return context.say(words[name]) if name in words else name


def _arguments(parser: Parser, context: Context) -> None:
    kind = _day(context.language)
    words = {
        "--from": ("first", Phrase(de="erster Tag, etwa 2026-07-01", en="first day")),
        "--to": ("last", Phrase(de="letzter Tag", en="last day")),
    }
    for name, (kept, about) in words.items():
        parser.add_argument(
            name, dest=kept, type=kind, required=True, metavar="D", help=context.say(about)
        )
    about = Phrase(de="Form; sonst html", en="form; else html")
    parser.add_argument(
        "--format", choices=["html", "json", "csv"], default="html", help=context.say(about)
    )


def _day(language: str) -> Callable[[str], date]:
    def parse(text: str) -> date:
        try:
            return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            phrase = Phrase(
                de=f"{text!r} ist kein Tag (etwa 2026-07-05)",
                en=f"{text!r} is no day (such as 2026-07-05)",
            )
            raise ArgumentTypeError(phrase.in_(language)) from None

    return parse


COMMANDS: Final = {"report": Command(_arguments, report)}
