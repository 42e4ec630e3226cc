"""Drill files: read, checked whole, and every problem told with file, line and column.

The `rules` of a drill are rules like any other, but for the addresses of the
simulator, which are known only once it runs. They are cut out of the file as
they stand, so that their problems are told with the drill's own lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sentinel.domain.rules import Rules
from sentinel.drills.meaning import meaning_problems
from sentinel.drills.places import (
    DAEMON,
    DAEMON_STAND_IN,
    PLACE,
    Place,
    place_of,
    place_problems,
    stand_in,
)
from sentinel.drills.shape import DrillFile
from sentinel.errors import Phrase, Problem, RulesError
from sentinel.rules import document as yaml
from sentinel.rules import read
from sentinel.rules.document import Document
from sentinel.rules.words import explain

_RULES: Final = "rules"
_TOP_KEY: Final = re.compile(r"[^\s#]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A drill that can be played."""

    file: str
    drill: DrillFile
    rules_text: str  # with places instead of the simulator's addresses
    rules: Rules  # as they will be, but for those addresses

    def rules_at(self, address: Callable[[Place], str], *, daemon: str) -> str:
        """Return the rules as a file of their own, with the real addresses; `daemon` is HOST:PORT.

        They begin at its first line and column: a person may read it, or go on with it.
        """
        text = PLACE.sub(lambda found: address(place_of(found)), self.rules_text)
        return dedent(text).strip("\n").replace(DAEMON, daemon) + "\n"

    def places(self) -> Iterable[Place]:
        """Return every place of the simulator that the rules name, each once."""
        return dict.fromkeys(place_of(found) for found in PLACE.finditer(self.rules_text))


def load_script(path: Path) -> Script:
    """Read the drill at `path`.

    Raises:
        RulesError: It cannot be read or played; carries every problem found.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(yaml.LIMIT_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        hint = Phrase(de=str(error.strerror), en=str(error.strerror))
        what = Phrase(de="die Übung ist nicht lesbar", en="the drill cannot be read")
        raise RulesError(str(path), [_first(what, hint)]) from error
    except UnicodeDecodeError as error:
        what = Phrase(de="die Datei ist kein Text in UTF-8", en="the file is not text in UTF-8")
        raise RulesError(str(path), [_first(what)]) from error
    return read_script(text, file=str(path))


def read_script(text: str, *, file: str) -> Script:
    """Read a drill from `text`; `file` names it in problems.

    Raises:
        RulesError: It cannot be played; carries every problem found.
    """
    document = yaml.parse(text, file)
    drill, problems = _shaped(document)
    rules_text = _cut_out(document, text, problems)
    if rules_text is not None:
        problems += place_problems(rules_text)
    rules = _rules(document, rules_text, problems) if rules_text is not None else None
    if drill is not None and rules is not None:
        problems += meaning_problems(document, drill, rules)
    if problems or drill is None or rules is None or rules_text is None:
        raise RulesError(file, sorted(dict.fromkeys(problems), key=_position))
    return Script(file=file, drill=drill, rules_text=rules_text, rules=rules)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of drill files, for editors."""
    shape = DrillFile.model_json_schema(by_alias=True)
    meta = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {**meta, **shape, "title": "drill"}


def _shaped(document: Document) -> tuple[DrillFile | None, list[Problem]]:
    problems = list(document.problems)
    try:
        return DrillFile.model_validate(document.tree), problems
    except ValidationError as errors:
        problems += [_problem(document, error) for error in errors.errors(include_url=False)]
        return None, problems


def _problem(document: Document, error: ErrorDetails) -> Problem:
    where = tuple(part for part in error["loc"] if part != "[key]")
    at_key = error["type"] in {"extra_forbidden", "missing"} or "[key]" in error["loc"]
    spot = document.at_key(*where) if at_key else document.at(*where)
    known = _keys_at(where[:-1]) if error["type"] == "extra_forbidden" else ()
    what, hint = explain(error, known)
    return Problem(line=spot.line, column=spot.column, what=what, hint=hint)


def _keys_at(where: tuple[str | int, ...]) -> list[str]:
    """Return the keys that may stand at `where`, by walking the schema."""
    whole = DrillFile.model_json_schema(by_alias=True)
    here = _resolved(whole, whole)
    for part in where:
        inside = here.get("properties", {}).get(part) if isinstance(part, str) else here["items"]
        here = _resolved(whole, inside or {})
    return list(here.get("properties", {}))


def _resolved(whole: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    for choice in node.get("anyOf", ()):
        if choice.get("type") != "null":
            return _resolved(whole, choice)
    if "$ref" in node:
        return _resolved(whole, whole["$defs"][str(node["$ref"]).rpartition("/")[2]])
    return node


def _cut_out(document: Document, text: str, problems: list[Problem]) -> str | None:
    """Return the lines of the rules, each on the line where it stands in the file."""
    if not isinstance(document.tree.get(_RULES), dict):
        return None
    begin = document.at_key(_RULES).line
    if document.at(_RULES).line == begin:
        problems.append(_on_one_line(document))
        return None
    lines = text.splitlines()
    end = next((n for n in range(begin, len(lines)) if _TOP_KEY.match(lines[n])), len(lines))
    return "\n" * begin + "\n".join(lines[begin:end]) + "\n"


def _on_one_line(document: Document) -> Problem:
    return document.problem(
        document.at(_RULES),
        "die Regeln stehen auf der Zeile von 'rules'",
        "the rules stand on the line of 'rules'",
        Phrase(de="eingerückt darunter schreiben", en="write them below it, indented"),
    )


def _rules(document: Document, rules_text: str, problems: list[Problem]) -> Rules | None:
    """Return the rules as they will be; what is wrong in them is added to `problems`."""
    text = PLACE.sub(lambda found: stand_in(place_of(found)), rules_text)
    text = text.replace(DAEMON, DAEMON_STAND_IN)
    try:
        return read(text, file="", base=Path.cwd(), env={}).rules
    except RulesError as error:
        # What is missing altogether has no line of its own.
        key = document.at_key(_RULES)
        problems += [
            problem
            if problem.line > key.line
            else Problem(line=key.line, column=key.column, what=problem.what, hint=problem.hint)
            for problem in error.problems
        ]
        return None


def _first(what: Phrase, hint: Phrase | None = None) -> Problem:
    return Problem(line=1, column=1, what=what, hint=hint)


def _position(problem: Problem) -> tuple[int, int, str]:
    return problem.line, problem.column, problem.what.en
