"""`status` and `outages`: how it stands, for people and for Icinga, Nagios and Checkmk."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from sentinel.cli.client import daemon
from sentinel.cli.context import Command, Context, no_arguments
from sentinel.cli.exits import Exit
from sentinel.cli.parser import Parser
from sentinel.cli.screen import TONES, Cell, Row, Tone
from sentinel.cli.source import Source, open_outages, read
from sentinel.domain.cause import Ability
from sentinel.errors import Phrase, RulesError, SentinelError
from sentinel.web.wording import ABILITIES, HEADINGS, MODES, STATES

Shape = dict[str, Any]

_EXITS: Final = {"pass": Exit.OK, "warn": Exit.WARNING, "fail": Exit.ERROR}
_WORDS: Final = {
    Exit.OK: "OK",
    Exit.WARNING: "WARNING",
    Exit.ERROR: "CRITICAL",
    Exit.UNKNOWN: "UNKNOWN",
}


def headline(code: Exit, said: str, numbers: Sequence[tuple[str, int, int | None]]) -> str:
    """Return a monitoring plugin's first line; `numbers` are label, value and greatest value."""
    data = " ".join(
        f"{label}={value};;;0;{'' if most is None else most}" for label, value, most in numbers
    )
    line = f"SENTINEL {_WORDS[code]} - {said}".replace("|", "¦")
    return f"{line} | {data}" if data else line


def status(context: Context, _: Namespace) -> int:
    """Show each channel, what is pending, outages and uplinks; exit by the rule of /health."""
    try:
        return asyncio.run(_status(context))
    except RulesError:
        raise
    except SentinelError as error:  # for monitoring, whatever hides the truth is UNKNOWN
        said = context.say(error.phrase)
        if context.json:
            context.screen.json({"daemon": False, "status": "unknown", "error": said})
        else:
            context.screen.line(headline(Exit.UNKNOWN, said.replace("\n", " "), ()))
        return Exit.UNKNOWN


async def _status(context: Context) -> Exit:
    (channels, outages), alive = await read(context, _situation)
    health: Shape = {}
    if alive:
        async with daemon(context) as there:
            health = await there.get("/health", well=(HTTPStatus.SERVICE_UNAVAILABLE,))
    code = _EXITS.get(str(health.get("status")), Exit.UNKNOWN)
    if context.json:
        whole = {"status": "unknown", **health, "daemon": alive}
        context.screen.json({**whole, "channels": channels, "outages": outages})
        return code
    _tell(context, code, health, channels, outages)
    return code


async def _situation(source: Source) -> tuple[list[Shape], list[Shape]]:
    channels = await source.channels()
    return channels["items"], await open_outages(source)


def _tell(
    context: Context, code: Exit, health: Shape, channels: list[Shape], outages: list[Shape]
) -> None:
    lines = _uplinks(health)
    lost = [name for name, works in lines.items() if not works]
    in_use = [channel for channel in channels if channel["mode"] != "off"]
    up = sum(_state(channel, Ability.PUBLISH) == "up" for channel in in_use)
    pending = sum(channel["pending"] for channel in channels)
    stranded = int(health.get("stranded", 0))
    said = context.say(_summary(up, len(in_use), pending, stranded, len(outages)))
    if health.get("hold"):
        said += context.say(Phrase(de="; ANGEHALTEN", en="; ON HOLD"))
    for name in lost:
        said += context.say(Phrase(de=f"; Leitung {name} fort", en=f"; uplink {name} lost"))
    numbers = [
        ("channels_up", up, len(in_use)),
        ("pending", pending, None),
        ("outages", len(outages), None),
        ("stranded", stranded, None),
        ("uplinks_lost", len(lost), len(lines)),
    ]
    context.screen.line(headline(code, said, numbers))
    channel_table(context, channels)
    for name, works in lines.items():
        word = HEADINGS["uplink_ok" if works else "uplink_lost"]
        context.screen.line(f"{context.say(HEADINGS['uplink'])} {name}: {context.say(word)}")
    if outages:
        context.screen.line(context.say(HEADINGS["outages"]) + ":")
        _outage_table(context, outages)


def _summary(up: int, many: int, pending: int, stranded: int, outages: int) -> Phrase:
    return Phrase(
        de=f"{up} von {many} Kanälen können veröffentlichen, {pending} wartend, "
        f"{stranded} stecken fest, {outages} offene Störungen",
        en=f"{up} of {many} channels can publish, {pending} pending, "
        f"{stranded} stranded, {outages} open outages",
    )


def _uplinks(health: Shape) -> dict[str, bool]:
    """Return whether each of our lines works, by name."""
    return {
        key.removeprefix("uplink:"): found[0]["status"] == "pass"
        for key, found in health.get("checks", {}).items()
        if key.startswith("uplink:")
    }


def _state(channel: Shape, ability: Ability) -> str:
    return str(channel["abilities"][ability]["state"])


def channel_table(context: Context, channels: Sequence[Shape]) -> None:
    """Show one line per channel: mode, four abilities, cause, since, pending."""
    headings = [
        context.say(HEADINGS["channel"]),
        context.say(Phrase(de="Modus", en="Mode")),
        *(context.say(ABILITIES[ability]) for ability in Ability),
        context.say(Phrase(de="Ursache", en="Cause")),
        context.say(Phrase(de="Seit", en="Since")),
        context.say(HEADINGS["pending"]),
    ]
    context.screen.table(headings, [_channel_row(context, channel) for channel in channels])


def _channel_row(context: Context, channel: Shape) -> Row:
    verdicts = [channel["abilities"][ability] for ability in Ability]
    causes = dict.fromkeys(
        verdict["cause"] for verdict in verdicts if verdict["state"] != "up" and verdict["cause"]
    )
    causes.pop("not_observed", None)
    # The latest change, because it is what somebody who looks now wants to know.
    seen = [verdict["since"] for verdict in verdicts if verdict["cause"] != "not_observed"]
    since = max((at for at in seen if at), default=None)
    return [
        channel["id"],
        context.say(MODES.get(channel["mode"], Phrase(de=channel["mode"], en=channel["mode"]))),
        *(state_cell(context, verdict) for verdict in verdicts),
        ", ".join(causes) or "–",
        context.when(since),
        str(channel["pending"]),
    ]


def state_cell(context: Context, verdict: Shape) -> Cell:
    """Return a verdict in a word; what was never observed is a dash."""
    if verdict["cause"] == "not_observed":
        return Cell("–", Tone.QUIET)
    return Cell(context.say(STATES[verdict["state"]]), TONES[verdict["state"]])


def outages(context: Context, _: Namespace) -> int:
    """List outages, open ones first."""
    shown, alive = asyncio.run(_outages(context))
    if context.json:
        context.screen.json({**shown, "daemon": alive})
        return Exit.OK
    items = sorted(shown["items"], key=lambda outage: outage["closed_at"] is not None)
    if items:
        _outage_table(context, items)
    else:
        context.screen.line(context.say(Phrase(de="Keine Störungen", en="No outages")))
    return Exit.OK


async def _outages(context: Context) -> tuple[Shape, bool]:
    return await read(context, lambda source: source.outages(cursor=None))


def _outage_table(context: Context, outages: Sequence[Shape]) -> None:
    headings = [
        context.say(Phrase(de="Was", en="What")),
        context.say(Phrase(de="Fähigkeit", en="Ability")),
        context.say(Phrase(de="Ursache", en="Cause")),
        context.say(Phrase(de="Seit", en="Since")),
        context.say(Phrase(de="Bis", en="Until")),
        "ID",
    ]
    rows = [
        [
            outage["channel"] or outage["operator"] or outage["kind"],
            context.say(ABILITIES[outage["ability"]]) if outage["ability"] else "–",
            outage["cause"] or "–",
            context.when(outage["opened_at"]),
            context.when(outage["closed_at"]),
            outage["id"],
        ]
        for outage in outages
    ]
    context.screen.table(headings, rows)


def _outage_options(parser: Parser, _: Context) -> None:
    parser.add_argument("what", nargs="?", choices=["list"], default="list", metavar="list")


COMMANDS: Final = {
    "status": Command(no_arguments, status),
    "outages": Command(_outage_options, outages),
}
