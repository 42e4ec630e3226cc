"""The surprises. Expected failures are values (`Outcome`, `Finding`), never exceptions.

SentinelError
├── RulesError        failover_rules.yaml cannot be followed; carries every problem found
├── InputError        what a caller sent cannot be accepted; says which field and why
├── FamilyError       a file in platforms/ or probes/ is not what its folder promises
├── SecretError       a credential is missing or cannot be read
├── StorageError      the database refused or is gone
│   ├── StorageBusy       another daemon holds it
│   ├── StorageNewer      it was written by a newer version
│   └── StorageUnwritable read-only, full or locked
└── NoAnswer          no daemon answered where one was expected
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """One sentence for people, in both languages of the house.

    A `Phrase` is a value: it is made where the facts are known and put into a
    language where a person reads it. Neither text may hold a secret.
    """

    de: str
    en: str

    def in_(self, language: str) -> str:
        """Return the sentence in `language`: German for any `de…`, otherwise English."""
        return self.de if language.startswith("de") else self.en

    def __str__(self) -> str:
        return self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong in a file: where, what, and what would be right."""

    line: int
    column: int
    what: Phrase
    hint: Phrase | None = None

    def say(self, file: str, language: str) -> str:
        """Return `FILE:LINE:COL: what is wrong (what would be right)`."""
        hint = f" ({self.hint.in_(language)})" if self.hint else ""
        return f"{file}:{self.line}:{self.column}: {self.what.in_(language)}{hint}"


class SentinelError(Exception):
    """Something went wrong that a person has to know about."""

    def __init__(self, phrase: Phrase) -> None:
        super().__init__(phrase.en)
        self.phrase = phrase


class RulesError(SentinelError):
    """failover_rules.yaml cannot be followed; carries every problem found."""

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        super().__init__(
            Phrase(
                de="\n".join(problem.say(file, "de") for problem in problems),
                en="\n".join(problem.say(file, "en") for problem in problems),
            )
        )
        self.file = file
        self.problems = tuple(problems)


class InputError(SentinelError):
    """What a caller sent cannot be accepted.

    `field` is the path of the field in the body, such as ``headline``; empty
    when it is about the whole. `status` is the HTTP status that fits (400,
    403, 404, 409, 422).
    """

    def __init__(self, phrase: Phrase, *, field: str = "", status: int = 422) -> None:
        super().__init__(phrase)
        self.field = field
        self.status = status


class FamilyError(SentinelError):
    """A file in platforms/ or probes/ is not what its folder promises."""


class SecretError(SentinelError):
    """A credential is missing or cannot be read. Names the variable or file, never its content."""


class StorageError(SentinelError):
    """The database refused or is gone."""


class StorageBusy(StorageError):
    """Another daemon holds the database."""


class StorageNewer(StorageError):
    """The database was written by a newer version."""


class StorageUnwritable(StorageError):
    """The database is read-only, full or locked."""


class NoAnswer(SentinelError):
    """No daemon answered where one was expected."""
