"""argparse, with the house's exit code for wrong usage, in German too."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn
from zoneinfo import ZoneInfo

from sentinel.cli.exits import Exit
from sentinel.errors import Phrase
from sentinel.rules.values import read_duration

HELP: Final = Phrase(de="diese Hilfe zeigen", en="show this help")

_USAGE: Final = Phrase(de="Aufruf: ", en="usage: ")
_OPTIONS: Final = Phrase(de="Optionen", en="options")
_ARGUMENTS: Final = Phrase(de="Argumente", en="arguments")

# What argparse says, and the same in German; its English is the same in all Pythons from 3.11 on.
_GERMAN: Final = tuple(
    (re.compile(pattern, re.DOTALL), german)
    for pattern, german in (
        (r"the following arguments are required: (.*)", r"es fehlt: \1"),
        (r"one of the arguments (.*) is required", r"eines davon fehlt: \1"),
        (r"unrecognized arguments: (.*)", r"unbekannt: \1"),
        (r"invalid choice: (.*?) \(choose from (.*)\)", r"\1 geht nicht; möglich: \2"),
        (r"not allowed with argument (.*)", r"geht nicht zusammen mit \1"),
        (r"expected one argument", "der Wert fehlt"),
        (r"expected at least one argument", "mindestens ein Wert fehlt"),
        (r"invalid int value: (.*)", r"\1 ist keine ganze Zahl"),
        (r"ignored explicit argument (.*)", r"nimmt keinen Wert (\1)"),
    )
)
_ARGUMENT: Final = re.compile(r"argument (.+?): (.*)", re.DOTALL)


class Parser(argparse.ArgumentParser):
    """A parser that ends with 64 on wrong usage and speaks the caller's language."""

    def __init__(self, *, language: str = "en", helps: bool = True, **options: Any) -> None:
        """Make a parser; `helps` False leaves `--help` out, for sets of shared options."""
        formatter = _German if language == "de" else argparse.HelpFormatter
        super().__init__(add_help=False, allow_abbrev=False, formatter_class=formatter, **options)
        self.language = language
        self._optionals.title = _OPTIONS.in_(language)
        self._positionals.title = _ARGUMENTS.in_(language)
        if helps:
            self.add_argument("-h", "--help", action="help", help=HELP.in_(language))

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the call, and end."""
        self.print_usage(sys.stderr)
        said = in_german(message) if self.language == "de" else message
        self.exit(Exit.USAGE, f"{self.prog}: {said}\n")


class _German(argparse.HelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, _USAGE.de if prefix is None else prefix)


def in_german(message: str) -> str:
    """Return what argparse says, in German where we know it; our own sentences stay."""
    argument = _ARGUMENT.fullmatch(message)
    if argument:
        return f"{argument[1]}: {in_german(argument[2])}"
    for pattern, german in _GERMAN:
        if (found := pattern.fullmatch(message)) is not None:
            return found.expand(german)
    return message


def duration(language: str) -> Callable[[str], timedelta]:
    """Return the argument type for durations as the rules write them."""

    def read(text: str) -> timedelta:
        span = read_duration(text)
        if span is None:
            phrase = Phrase(
                de=f"{text!r} ist keine Dauer (etwa 30s, 5m, 24h, 7d)",
                en=f"{text!r} is no duration (such as 30s, 5m, 24h, 7d)",
            )
            raise argparse.ArgumentTypeError(phrase.in_(language))
        return span

    return read


def moment(language: str, zone: ZoneInfo) -> Callable[[str], datetime]:
    """Return the argument type for times; one without a zone is in `zone`, the city's own."""

    def read(text: str) -> datetime:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            phrase = Phrase(
                de=f"{text!r} ist keine Zeit (etwa 2026-07-05T18:00 oder 2026-07-05T16:00Z)",
                en=f"{text!r} is no time (such as 2026-07-05T18:00 or 2026-07-05T16:00Z)",
            )
            raise argparse.ArgumentTypeError(phrase.in_(language)) from None
        return at if at.tzinfo is not None else at.replace(tzinfo=zone)

    return read
