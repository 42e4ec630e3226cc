"""failover_rules.yaml to domain rules; errors with file, line, column and a hint.

`load` and `read` give the rules with their warnings, or raise `RulesError`
with every problem found. Four steps, one module each: `document` (YAML with
positions), `shape` (keys and kinds of values), `meaning` and `accounts`
(what fits together), `build` (every default filled in). Credentials stay
references; `secrets` resolves them, late. `site` judges what the machine must hold
for the daemon to start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentinel.domain.rules import Rules
from sentinel.errors import Phrase, Problem, RulesError
from sentinel.rules.accounts import account_problems
from sentinel.rules.build import build
from sentinel.rules.document import LIMIT_BYTES, parse, too_large
from sentinel.rules.families import Families, registered
from sentinel.rules.meaning import meaning_problems
from sentinel.rules.remarks import remarks
from sentinel.rules.shape import schema_of, shape
from sentinel.rules.site import site_problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Rules that can be followed, what is odd about them, and the text they came from."""

    rules: Rules
    warnings: tuple[Problem, ...]
    text: str


def load(
    path: Path,
    *,
    env: Mapping[str, str],
    families: Families | None = None,
    starting: bool = True,
) -> Loaded:
    """Read the rules file at `path`; relative paths in it are relative to its folder.

    `starting`: this is where the daemon is to run, so what it needs must be here.

    Raises:
        RulesError: The file cannot be read or followed; carries every problem found.
    """
    file = str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise RulesError(file, [_unreadable(error)]) from error
    if len(data) > LIMIT_BYTES:
        raise RulesError(file, [too_large()])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RulesError(file, [_not_utf8()]) from error
    base = path.absolute().parent
    return read(text, file=file, base=base, env=env, families=families, starting=starting)


def read(
    text: str,
    *,
    file: str,
    base: Path,
    env: Mapping[str, str],
    families: Families | None = None,
    starting: bool = True,
) -> Loaded:
    """Read rules from `text`; `file` names it in problems, `base` is where relative paths start.

    `starting`: as for `load`.

    Raises:
        RulesError: The rules cannot be followed; carries every problem found.
    """
    families = families or registered()
    document = parse(text, file)
    pieces = shape(document, families)
    problems = [
        *document.problems,
        *pieces.problems,
        *meaning_problems(document, pieces, families),
        *account_problems(document, pieces, families),
    ]
    if problems or pieces.top is None:
        raise RulesError(file, sorted(dict.fromkeys(problems), key=_position))
    rules = build(pieces, pieces.top, base=base, families=families)
    if starting and (missing := list(site_problems(document, rules, env=env))):
        raise RulesError(file, sorted(missing, key=_position))
    warnings = remarks(document, pieces, rules, env=env, families=families)
    return Loaded(rules=rules, warnings=tuple(sorted(warnings, key=_position)), text=text)


def json_schema(families: Families | None = None) -> dict[str, Any]:
    """Return the JSON Schema of the rules file, for editors; every key is described."""
    return schema_of(families or registered())


def _position(problem: Problem) -> tuple[int, int, str]:
    return problem.line, problem.column, problem.what.en


def _unreadable(error: OSError) -> Problem:
    return Problem(
        line=1,
        column=1,
        what=Phrase(de="die Regeldatei ist nicht lesbar", en="the rules file cannot be read"),
        hint=Phrase(
            de=f"vom Betriebssystem: {error.strerror}", en=f"the system says: {error.strerror}"
        ),
    )


def _not_utf8() -> Problem:
    return Problem(
        line=1,
        column=1,
        what=Phrase(de="die Datei ist kein Text in UTF-8", en="the file is not text in UTF-8"),
        hint=Phrase(de="als UTF-8 speichern", en="save it as UTF-8"),
    )
