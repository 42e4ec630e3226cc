"""What every command knows: the rules file, the language, the screen."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sentinel.cli.parser import Parser
from sentinel.cli.peek import Peek
from sentinel.cli.screen import Screen
from sentinel.errors import Phrase
from sentinel.rules import Loaded, load
from sentinel.web.wording import CAUSES, GRAVITIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One call of the command line."""

    rules: Path
    env: Mapping[str, str]
    language: str  # de or en
    json: bool
    url: str | None
    peek: Peek
    screen: Screen

    def say(self, phrase: Phrase) -> str:
        """Return a sentence in the caller's language."""
        return phrase.in_(self.language)

    def load(self, *, starting: bool = False) -> Loaded:
        """Return the rules, whole.

        `starting`: judge also whether a daemon could start here. Most commands
        leave that out: whoever calls them may know neither its key nor its proxy.

        Raises:
            RulesError: They cannot be followed.
        """
        return load(self.rules, env=self.env, starting=starting)

    def zoned(self, phrase: Phrase) -> str:
        """Return a heading over times, with the zone that all times here are in."""
        return f"{self.say(phrase)} ({self.peek.zone.key})"

    def cause(self, cause: str | None) -> str:
        """Return a cause in words; one that this version has no words for as it is."""
        if cause is None:
            return "–"
        return self.say(CAUSES.get(cause, Phrase(de=cause, en=cause)))

    def severity(self, severity: str) -> str:
        """Return how grave a message is, in a word."""
        return self.say(GRAVITIES.get(severity, Phrase(de=severity, en=severity)))

    def when(self, stamp: str | None) -> str:
        """Return a time of the API for people, in the city's own time zone."""
        if not stamp:
            return "–"
        at = datetime.fromisoformat(stamp).astimezone(self.peek.zone)
        return at.strftime("%d.%m.%Y %H:%M:%S" if self.language == "de" else "%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a family: the arguments it takes, and what it does."""

    arguments: Callable[[Parser, Context], None]
    run: Callable[[Context, Namespace], int]


def no_arguments(_: Parser, __: Context) -> None:
    """Take nothing but the options that every command takes."""
