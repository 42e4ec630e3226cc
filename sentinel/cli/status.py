"""`status`: how it stands, for people and for Icinga, Nagios and Checkmk."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sentinel.cli.budgets import shortages
from sentinel.cli.context import Command, Context, no_arguments
from sentinel.cli.exits import Exit
from sentinel.cli.outages import outage_table
from sentinel.cli.posture import stance_line
from sentinel.cli.screen import TONES, Cell, Row, Tone
from sentinel.cli.source import Source, open_outages, read, stranded_names
from sentinel.cli.summary import NOBODY, first_line, uplinks
from sentinel.domain.cause import Ability
from sentinel.domain.holding import HeldBy
from sentinel.domain.posture import Posture
from sentinel.errors import Phrase, RulesError, SentinelError, StorageError
from sentinel.web.wording import ABILITIES, BY_HAND, HEADINGS, MODES, STATES

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
        if isinstance(error, StorageError):  # it is read only while nobody answers
            said += f" ({context.say(NOBODY)})"
        if context.json:
            context.screen.json({"daemon": False, "status": "unknown", "error": said})
        else:
            context.screen.line(headline(Exit.UNKNOWN, said.replace("\n", " "), ()))
        return Exit.UNKNOWN


async def _status(context: Context) -> Exit:
    now, alive = await read(context, _situation)
    code = _EXITS.get(str(now.health.get("status")), Exit.UNKNOWN)
    if context.json:
        whole = {"status": "unknown", **now.health, "daemon": alive}
        context.screen.json({**whole, "channels": now.channels, "outages": now.outages})
        return code
    _tell(context, code, now, alive=alive)
    return code


@dataclass(frozen=True, slots=True)
class _Situation:
    health: Shape
    channels: list[Shape]
    outages: list[Shape]
    names: dict[str, str]  # of stranded messages, by outage


async def _situation(source: Source) -> _Situation:
    channels, outages = await source.channels(), await open_outages(source)
    names = await stranded_names(source, outages)
    return _Situation(await source.health(), channels["items"], outages, names)


def _tell(context: Context, code: Exit, now: _Situation, *, alive: bool) -> None:
    lines = uplinks(now.health)
    said, numbers = first_line(
        context,
        now.health,
        now.channels,
        len(now.outages),
        alive=alive,
        critical=code is Exit.ERROR,
    )
    context.screen.line(headline(code, said, numbers))
    channel_table(context, now.channels)
    switched(context, now.health, now.channels)
    shortages(context, now.channels)
    for name, works in lines.items():
        word = HEADINGS["uplink_ok" if works else "uplink_lost"]
        context.screen.line(f"{context.say(HEADINGS['uplink'])} {name}: {context.say(word)}")
    if now.outages:
        context.screen.line(context.say(HEADINGS["outages"]) + ":")
        outage_table(context, now.outages, now.names)


def switched(context: Context, health: Shape, channels: Sequence[Shape]) -> None:
    """Show a crisis, and what people stopped, who did, and why: the hold, and each freeze."""
    if health.get("posture") == Posture.CRISIS and (stance := health.get("stance")):
        context.screen.line(stance_line(context, stance))
    if held := health.get("held"):
        word = context.say(Phrase(de="ANGEHALTEN", en="ON HOLD"))
        context.screen.line(_by(context, word, held, since=held.get("since")))
    for channel in channels:
        if freeze := channel["frozen"]:
            word = f"{channel['id']}: {context.say(MODES['frozen'])}"
            context.screen.line(_by(context, word, freeze, until=freeze.get("until")))


def _by(
    context: Context, word: str, act: Shape, *, since: str | None = None, until: str | None = None
) -> str:
    """Return one line about what a person did."""
    start, end = context.when(since), context.when(until)
    when = Phrase(
        de=(f" seit {start}" if since else "") + (f" bis {end}" if until else ""),
        en=(f" since {start}" if since else "") + (f" until {end}" if until else ""),
    )
    who = Phrase(de=f", durch {act['by']}", en=f", by {act['by']}")
    return f"{word}{context.say(when)}{context.say(who)}: {act['reason']}"


def channel_table(context: Context, channels: Sequence[Shape]) -> None:
    """Show one line per channel: mode, four abilities, cause, since, pending; and what waits."""
    headings = [
        context.say(HEADINGS["channel"]),
        context.say(Phrase(de="Modus", en="Mode")),
        *(context.say(ABILITIES[ability]) for ability in Ability),
        context.say(Phrase(de="Ursache", en="Cause")),
        context.zoned(Phrase(de="Seit", en="Since")),
        context.say(HEADINGS["pending"]),
    ]
    context.screen.table(headings, [_channel_row(context, channel) for channel in channels])
    for channel in channels:
        for ability in Ability:
            _tell_held(context, channel["abilities"][ability])


def _tell_held(context: Context, verdict: Shape) -> None:
    """Say in a sentence why an ability does not count as up although it was last seen well."""
    if verdict.get("held_by") in {HeldBy.CALM, HeldBy.RISE}:
        sentence = verdict["sentence"]
        context.screen.line(context.say(Phrase(de=sentence["de"], en=sentence["en"])))


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
        *(_ability_cell(context, channel, ability) for ability in Ability),
        ", ".join(map(context.cause, causes)) or "–",
        context.when(since),
        str(channel["pending"]),
    ]


def _ability_cell(context: Context, channel: Shape, ability: Ability) -> Cell:
    """Return an ability's verdict; where no probe can look, that a person posts there."""
    verdict = channel["abilities"][ability]
    never = verdict["cause"] == "not_observed"
    if ability is Ability.PUBLISH and never and channel.get("by_hand"):
        return Cell(context.say(BY_HAND), Tone.QUIET)
    return state_cell(context, verdict)


def state_cell(context: Context, verdict: Shape) -> Cell:
    """Return a verdict in a word; what was never observed is a dash."""
    if verdict["cause"] == "not_observed":
        return Cell("–", Tone.QUIET)
    return Cell(context.say(STATES[verdict["state"]]), TONES[verdict["state"]])


COMMANDS: Final = {"status": Command(no_arguments, status)}
