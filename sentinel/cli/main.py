"""The `sentinel` command: which commands there are, and how each one ends."""

from __future__ import annotations

import os
import sys
from argparse import SUPPRESS, Namespace, _SubParsersAction
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from sentinel import __version__
from sentinel.cli.context import Command, Context
from sentinel.cli.exits import Exit, exit_of
from sentinel.cli.parser import Parser
from sentinel.cli.peek import peek
from sentinel.cli.screen import Screen
from sentinel.errors import Phrase, SentinelError

RULES_FILE: Final = "failover_rules.yaml"
INTERRUPTED: Final = 130  # as shells count: 128 + SIGINT


@dataclass(frozen=True, slots=True)
class Entry:
    """A command in the list: the module of its family, and what it does in a line."""

    module: str
    help: Phrase


# One module a family, loaded only when one of its commands is called: `status` must not wait
# for everything that `run` needs.
COMMANDS: Final[Mapping[str, Entry]] = {
    "run": Entry("run", Phrase(de="den Dienst starten", en="run the daemon")),
    "check-rules": Entry(
        "rules",
        Phrase(
            de="die Regeln prüfen, und was sie überstehen",
            en="check the rules, and what they survive",
        ),
    ),
    "check": Entry("check", Phrase(de="jetzt einmal alles prüfen", en="run every probe once, now")),
    "status": Entry("status", Phrase(de="wie die Kanäle stehen", en="how the channels stand")),
    "send": Entry("send", Phrase(de="eine Meldung aufgeben", en="send a message")),
    "preview": Entry(
        "send",
        Phrase(de="zeigen, was wo erscheinen würde", en="show what would appear where"),
    ),
    "update": Entry(
        "followups", Phrase(de="den neuen Stand einer Meldung melden", en="update a message")
    ),
    "all-clear": Entry("followups", Phrase(de="Entwarnung geben", en="end a message")),
    "withdraw": Entry("followups", Phrase(de="eine Meldung zurückziehen", en="withdraw a message")),
    "approve": Entry(
        "followups",
        Phrase(de="eine Meldung als zweite Person freigeben", en="approve a message"),
    ),
    "confirm": Entry(
        "followups",
        Phrase(de="melden, dass etwas erschienen ist", en="say that something is out"),
    ),
    "messages": Entry("messages", Phrase(de="die letzten Meldungen", en="the latest messages")),
    "message": Entry(
        "messages",
        Phrase(de="wo eine Meldung steht, und warum", en="where a message stands, and why"),
    ),
    "channels": Entry(
        "channels",
        Phrase(de="Kanäle zeigen, einfrieren, freigeben", en="list, freeze and release channels"),
    ),
    "hold": Entry(
        "channels", Phrase(de="alles Veröffentlichen anhalten", en="stop all publishing at once")
    ),
    "resume": Entry(
        "channels", Phrase(de="das Veröffentlichen fortsetzen", en="let publishing go on")
    ),
    "posture": Entry(
        "posture", Phrase(de="Krise ausrufen oder beenden", en="open a crisis, or end it")
    ),
    "outages": Entry(
        "outages", Phrase(de="Störungen zeigen und übernehmen", en="list and acknowledge outages")
    ),
    "silences": Entry(
        "silences", Phrase(de="Stille und Wartung ansetzen", en="plan silences and maintenance")
    ),
    "risks": Entry(
        "risks",
        Phrase(de="was bald schiefgehen kann", en="what may go wrong, and what a loss would cost"),
    ),
    "rota": Entry(
        "rota", Phrase(de="wer Bereitschaft hat, und wer danach", en="who is on call, and next")
    ),
    "report": Entry(
        "report",
        Phrase(de="Verfügbarkeit und Störungen eines Zeitraums", en="what happened in a period"),
    ),
    "journal": Entry(
        "journal", Phrase(de="was geschah, der Reihe nach", en="what happened, in order")
    ),
    "token": Entry(
        "tokens",
        Phrase(de="Zugänge für Programme anlegen und sperren", en="make and revoke access tokens"),
    ),
    "user": Entry(
        "users",
        Phrase(de="Personen, die sich anmelden dürfen", en="people who may log in"),
    ),
    "drill": Entry("drills", Phrase(de="einen Ausfall üben", en="rehearse an incident")),
    "simulate": Entry(
        "run",
        Phrase(de="die Plattformen hier nachspielen", en="play the platforms on this machine"),
    ),
    "demo": Entry("drills", Phrase(de="alles vorführen", en="show all of it at work")),
    "schema": Entry(
        "rules", Phrase(de="das JSON-Schema der Regeldatei", en="the JSON Schema of the rules file")
    ),
    "backup": Entry("upkeep", Phrase(de="die Datenbank sichern", en="back the database up")),
    "migrate": Entry(
        "upkeep",
        Phrase(de="die Datenbank auf diesen Stand bringen", en="bring the database up to date"),
    ),
}

LATER: Final = ("restore",)
"""Commands of the contract that are still to come."""

_ABOUT: Final = Phrase(
    de="Überwacht die Kanäle einer Stadt und leitet Krisenmeldungen auf die um, die gehen.",
    en="Watches a city's channels and moves crisis messages to the ones that work.",
)


def entry() -> None:
    """Run the command line of this process, and end it."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # a text file
    try:
        code = main(sys.argv[1:], os.environ)
        sys.stdout.flush()
    except BrokenPipeError:  # `sentinel journal | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.OK
    sys.exit(code)


def main(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Run one command and return its exit code."""
    context = _context(_glance(argv), env)
    try:
        command, options = _parse(argv, context)
        return command.run(context, options)
    except SentinelError as error:
        context.screen.note(context.say(error.phrase))
        return exit_of(error)
    except KeyboardInterrupt:
        return INTERRUPTED


@dataclass(frozen=True, slots=True)
class _Glance:
    """What is needed of a call before it is parsed: its language above all."""

    options: Mapping[str, str]
    flags: frozenset[str]
    command: str | None


_WITH_VALUE: Final = ("--rules", "--lang", "--url")


def _glance(argv: Sequence[str]) -> _Glance:
    """Look over the arguments without judging them."""
    options: dict[str, str] = {}
    flags: set[str] = set()
    command: str | None = None
    rest = iter(argv)
    for word in rest:
        name, equals, value = word.partition("=")
        if name in _WITH_VALUE:
            options[name] = value if equals else next(rest, "")
        elif word.startswith("-"):
            flags.add(word)
        else:
            command = command or word
    return _Glance(options, frozenset(flags), command)


def _context(seen: _Glance, env: Mapping[str, str]) -> Context:
    rules = Path(seen.options.get("--rules") or env.get("SENTINEL_RULES") or RULES_FILE)
    found = peek(rules)
    spoken = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or "en"
    language = seen.options.get("--lang") or found.language or spoken
    return Context(
        rules=rules,
        env=env,
        language="de" if language.startswith("de") else "en",
        json="--json" in seen.flags,
        url=seen.options.get("--url"),
        peek=found,
        screen=Screen(sys.stdout, sys.stderr),
    )


def _parse(argv: Sequence[str], context: Context) -> tuple[Command, Namespace]:
    """Return the command and its arguments. Ends the process with 64 on wrong usage."""
    language = context.language
    parser = Parser(prog="sentinel", language=language, description=context.say(_ABOUT))
    _share(parser, context)
    version = Phrase(de="die Version zeigen", en="show the version")
    parser.add_argument(
        "--version", action="version", version=__version__, help=context.say(version)
    )
    called = _glance(argv).command
    if called in LATER:
        parser.error(context.say(_not_yet(called)))
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, title=context.say(_COMMANDS)
    )
    command: Command | None = None
    for name, one in COMMANDS.items():
        about = context.say(one.help)
        own = commands.add_parser(name, language=language, help=about, description=about)
        _share(own, context)
        if name == called:
            command = import_module(f"sentinel.cli.{one.module}").COMMANDS[name]
            command.arguments(own, context)
            _share_further(own, context)
    options = parser.parse_args(list(argv))
    if command is None:  # an option's value was taken for the command's name
        parser.error(context.say(_UNCLEAR))
    return command, options


def _share_further(parser: Parser, context: Context) -> None:
    """Let the second word of a command take those options too: `channels list --json`."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way to ask for them
        if isinstance(action, _SubParsersAction):
            for further in action.choices.values():
                _share(further, context)


_COMMANDS: Final = Phrase(de="Befehle", en="commands")
_UNCLEAR: Final = Phrase(
    de="bitte den Befehl vor seine Angaben stellen", en="state the command before its options"
)


def _not_yet(command: str) -> Phrase:
    return Phrase(
        de=f"{command} gibt es in dieser Version noch nicht",
        en=f"{command} does not exist in this version yet",
    )


def _share(parser: Parser, context: Context) -> None:
    """Add the options that every command takes, before or after its name.

    Their values are those of the first look over the call; here they are only
    checked, so that neither place overrides the other.
    """

    def add(name: str, phrase: Phrase, **options: Any) -> None:
        parser.add_argument(name, help=context.say(phrase), default=SUPPRESS, **options)

    add(
        "--rules",
        Phrase(
            de=f"die Regeldatei (sonst SENTINEL_RULES, sonst ./{RULES_FILE})",
            en=f"the rules file (else SENTINEL_RULES, else ./{RULES_FILE})",
        ),
        metavar="FILE",
    )
    add("--json", Phrase(de="Ausgabe als JSON", en="print JSON"), action="store_true")
    add("--lang", Phrase(de="Sprache", en="language"), choices=["de", "en"])
    add(
        "--url",
        Phrase(
            de="Adresse eines Dienstes; das Token steht in SENTINEL_TOKEN",
            en="address of a daemon; its token is in SENTINEL_TOKEN",
        ),
    )
