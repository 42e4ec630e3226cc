"""`check`: every probe once, now, with its evidence."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from typing import Any, Final

from sentinel.cli.client import Daemon, daemon
from sentinel.cli.context import Command, Context
from sentinel.cli.exits import Exit
from sentinel.cli.parser import Parser
from sentinel.cli.screen import Cell, Tone
from sentinel.cli.status import channel_table, headline
from sentinel.domain.cause import EFFECTS, Cause, State
from sentinel.errors import InputError, NoAnswer, Phrase
from sentinel.web.wording import ABILITIES

Shape = dict[str, Any]

PATIENCE_S = 180.0
"""Longer than all probes of a channel may take together, second calls included."""

_RESULTS: Final = {
    "good": (Phrase(de="gut", en="good"), Tone.GOOD),
    "bad": (Phrase(de="schlecht", en="bad"), Tone.BAD),
    "noted": (Phrase(de="notiert", en="noted"), Tone.QUIET),  # evidence that judges nothing
}
_LEFT_OUT: Final = frozenset({"off", "frozen"})
_GRAVEST: Final = (
    (State.DOWN, Exit.ERROR),
    (State.DEGRADED, Exit.WARNING),
    (State.UNKNOWN, Exit.UNKNOWN),
    (State.UP, Exit.OK),
)


def check(context: Context, options: Namespace) -> int:
    """Run every probe of some channels, or of all, and show what they saw.

    Ends with 2 if an ability is down or a probe has just seen what brings one
    down, 1 if the same is so of degraded, 3 if a channel is only unknown or no
    daemon answers. Without names, channels that are off or frozen are left out,
    and one that cannot be probed for want of its configuration does not count.
    A channel where a person posts, and that no probe applies to, never does.
    """
    try:
        found = asyncio.run(_check(context, options.channel))
    except NoAnswer as error:
        said = context.say(error.phrase) + context.say(_NEEDS_DAEMON)
        if context.json:
            context.screen.json({"daemon": False, "error": said})
        else:
            context.screen.line(headline(Exit.UNKNOWN, said, ()))
        return Exit.UNKNOWN
    code = _judge(found, named=bool(options.channel))
    if context.json:
        context.screen.json(found)
    else:
        _tell(context, code, found)
    return code


_NEEDS_DAEMON: Final = Phrase(
    de="; geprüft wird vom laufenden Dienst (sentinel run)",
    en="; checking is done by the running daemon (sentinel run)",
)


async def _check(context: Context, names: Sequence[str]) -> Shape:
    """Check channels side by side; the platforms do not wait for each other."""
    async with daemon(context) as there:
        modes = {one["id"]: one["mode"] for one in (await there.get("/api/v1/channels"))["items"]}
        for name in names:
            if name not in modes:
                raise _unknown(name, tuple(modes))
        wanted = names or [name for name, mode in modes.items() if mode not in _LEFT_OUT]
        try:
            async with asyncio.TaskGroup() as group:
                running = [group.create_task(_one(there, name)) for name in dict.fromkeys(wanted)]
        except ExceptionGroup as several:  # one that got no answer speaks for all
            raise several.exceptions[0] from several
    answers = [task.result() for task in running]
    return {
        "items": [item for answer in answers for item in answer["items"]],
        "channels": [channel for answer in answers for channel in answer["channels"]],
    }


async def _one(there: Daemon, name: str) -> Shape:
    return await there.post(f"/api/v1/channels/{name}/check", patience_s=PATIENCE_S)


def _unknown(name: str, known: Sequence[str]) -> InputError:
    names = ", ".join(known)
    return InputError(
        Phrase(
            de=f"Es gibt keinen Kanal {name!r}; es gibt: {names}",
            en=f"there is no channel {name!r}; known: {names}",
        ),
        field="channel",
        status=404,
    )


def _judge(found: Shape, *, named: bool) -> Exit:
    """Return how the check ends; a person who names a channel wants it to work."""
    by_hand, skipped = _by_hand(found), set() if named else set(_unchecked(found))
    if by_hand and len(by_hand) == len(found["channels"]):
        return Exit.OK  # there is nothing to look at, and so nothing is in doubt
    skipped.update(by_hand)
    states = {_state(found, one) for one in found["channels"] if one["id"] not in skipped}
    # Without any state nothing was looked at.
    return next((code for state, code in _GRAVEST if state in states), Exit.UNKNOWN)


def _state(found: Shape, channel: Shape) -> State:
    """Return the worst of what the channel's abilities are, and of what was just seen.

    What was just seen may not be believed yet, such as a credential error that
    no second call confirms; for a person who asks now, it is bad all the same.
    """
    abilities = [v for v in channel["abilities"].values() if v["cause"] != "not_observed"]
    states = {State(verdict["state"]) for verdict in abilities}
    causes = {item["cause"] for item in found["items"] if item["channel"] == channel["id"]}
    seen = {EFFECTS[Cause(cause)].state for cause in causes if cause}
    if State.UP in states and State.UNKNOWN not in seen:
        states.discard(State.UNKNOWN)  # of what could be looked at, nothing is in doubt
    return max(
        (state for state in states | seen if state is not None),
        key=lambda state: state.badness,
        default=State.UNKNOWN,
    )


def _unchecked(found: Shape) -> list[str]:
    """Return the channels whose probes could not run at all, for want of their configuration."""
    ran = {item["channel"] for item in found["items"]}
    return [
        channel["id"]
        for channel in found["channels"]
        if channel["id"] not in ran
        and channel["abilities"]["publish"]["cause"] == Cause.BAD_CONFIGURATION
    ]


def _by_hand(found: Shape) -> list[str]:
    """Return the channels that a person posts on and no probe applies to."""
    ran = {item["channel"] for item in found["items"]}
    return [
        channel["id"]
        for channel in found["channels"]
        if channel.get("by_hand")
        and channel["id"] not in ran
        and all(verdict["cause"] == "not_observed" for verdict in channel["abilities"].values())
    ]


def _tell(context: Context, code: Exit, found: Shape) -> None:
    bad = sum(item["result"] == "bad" for item in found["items"])
    many = len(found["items"])
    said = Phrase(
        de=f"{many} Prüfungen auf {len(found['channels'])} Kanälen, {bad} schlecht",
        en=f"{many} checks on {len(found['channels'])} channels, {bad} bad",
    )
    numbers = [("checks", many, None), ("bad", bad, many)]
    text = context.say(said)
    if unchecked := ", ".join(_unchecked(found)):
        text += context.say(
            Phrase(
                de=f"; nicht prüfbar, falsch eingerichtet: {unchecked}",
                en=f"; could not be checked, set up wrongly: {unchecked}",
            )
        )
    if by_hand := ", ".join(_by_hand(found)):
        text += context.say(
            Phrase(
                de=f"; nichts zu prüfen, von Hand: {by_hand}",
                en=f"; nothing to check, by hand: {by_hand}",
            )
        )
    context.screen.line(headline(code, text, numbers))
    channel_table(context, found["channels"])
    if not found["items"]:
        return
    context.screen.line()
    headings = [
        context.say(Phrase(de="Kanal", en="Channel")),
        context.say(Phrase(de="Probe", en="Probe")),
        context.say(Phrase(de="Fähigkeit", en="Ability")),
        context.say(Phrase(de="Ergebnis", en="Result")),
        context.say(Phrase(de="Ursache", en="Cause")),
        context.say(Phrase(de="Beleg", en="Evidence")),
        "ms",
    ]
    context.screen.table(headings, [_row(context, item) for item in found["items"]])


def _row(context: Context, item: Shape) -> list[str | Cell]:
    word, tone = _RESULTS[item["result"]]
    ability = item["ability"]
    return [
        item["channel"],
        item["probe"],
        context.say(ABILITIES[ability]) if ability in ABILITIES else (ability or "–"),
        Cell(context.say(word), tone),
        context.cause(item["cause"]),
        item["evidence"] or "–",
        f"{item['duration_ms']:.0f}",
    ]


def _arguments(parser: Parser, context: Context) -> None:
    parser.add_argument(
        "channel",
        nargs="*",
        help=context.say(Phrase(de="nur diese Kanäle", en="these channels only")),
    )


COMMANDS: Final = {"check": Command(_arguments, check)}
