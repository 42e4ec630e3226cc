"""YAML 1.2 as plain values, each with the line and column where it stands.

The tree is walked by hand, from the parser's nodes: so every duplicate key is
found and not only the first, no tag can make an object, and an alias is
followed only as far as a rules file can need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sentinel.errors import Phrase, Problem, RulesError
from sentinel.rules.yaml_words import syntax_hint

LIMIT_BYTES: Final = 1024 * 1024
NODE_LIMIT: Final = 50_000  # aliases counted as often as they are used
DEPTH_LIMIT: Final = 40

Path: TypeAlias = tuple[str | int, ...]


class Numeral(int):
    """A whole number that remembers how it was written: `007` and `+49` are names to some."""

    raw: str

    def __new__(cls, value: int, raw: str) -> Self:
        """Make the number and keep its text."""
        made = super().__new__(cls, value)
        made.raw = raw
        return made


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something stands; both count from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Document:
    """A rules file as values and positions, with what is wrong in it as YAML."""

    tree: dict[str, Any] = field(default_factory=dict)
    values: dict[Path, Spot] = field(default_factory=dict)
    keys: dict[Path, Spot] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def at(self, *path: str | int) -> Spot:
        """Return where the value at `path` stands, or else the nearest key above it."""
        if path in self.values:
            return self.values[path]
        return self.at_key(*path)

    def at_key(self, *path: str | int) -> Spot:
        """Return where the key of `path` stands, or else the nearest key above it."""
        while path:
            if path in self.keys:
                return self.keys[path]
            if path in self.values:
                return self.values[path]
            path = path[:-1]
        return Spot(1, 1)

    def problem(self, spot: Spot, de: str, en: str, hint: Phrase | None = None) -> Problem:
        """Return a problem at `spot`."""
        return Problem(line=spot.line, column=spot.column, what=Phrase(de=de, en=en), hint=hint)


def parse(text: str, file: str) -> Document:
    """Return the document in `text`.

    Raises:
        RulesError: It is empty, binary, too large, or not YAML at all. Duplicate
            keys and tags are no reason to stop: they stand in `problems`.
    """
    if len(text.encode("utf-8", "surrogatepass")) > LIMIT_BYTES:
        raise RulesError(file, [too_large()])
    if "\0" in text:
        raise RulesError(file, [_first("die Datei ist binär", "the file is binary")])
    root = _compose(text, file)
    if root is None:
        hint = Phrase(
            de="mindestens version, organisation, channels und routes",
            en="at least version, organisation, channels and routes",
        )
        raise RulesError(file, [_first("die Datei ist leer", "the file is empty", hint)])
    if not isinstance(root, MappingNode):
        hint = Phrase(de="Zeilen der Form 'version: 1'", en="lines such as 'version: 1'")
        raise RulesError(
            file, [_first("die Datei enthält keine Schlüssel", "the file holds no keys", hint)]
        )
    document = Document()
    try:
        document.tree = _Walk(document).mapping(root, ())
    except _TooMuch as error:
        raise RulesError(file, [_too_deep()]) from error
    return document


def too_large() -> Problem:
    """Return the problem of a file above the limit."""
    return _first(
        "die Datei ist zu groß",
        "the file is too large",
        Phrase(de="höchstens 1 MiB", en="at most 1 MiB"),
    )


def _compose(text: str, file: str) -> Node | None:
    try:
        root: Node | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        problem = Problem(
            line=mark.line + 1 if mark else 1,
            column=mark.column + 1 if mark else 1,
            what=Phrase(de="kein gültiges YAML", en="not valid YAML"),
            hint=syntax_hint(str(error.problem), str(error.context)),
        )
        # From None: the parser's own words quote the file, and it may hold secrets.
        raise RulesError(file, [problem]) from None
    except RecursionError:
        raise RulesError(file, [_too_deep()]) from None
    except (YAMLError, ValueError):
        hint = Phrase(de="eine Textdatei in YAML 1.2", en="a text file in YAML 1.2")
        problem = _first("die Datei ist binär", "the file is binary", hint)
        raise RulesError(file, [problem]) from None
    return root


class _TooMuch(Exception):
    """More nodes or levels than a rules file can need."""


class _Walk:
    """One walk over the nodes; fills the document's positions and problems."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._nodes = 0

    def mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            spot = _spot(key_node)
            if not isinstance(key_node, ScalarNode):
                self._report(spot, "der Schlüssel ist kein Wort", "the key is not a word")
                continue
            name = str(key_node.value)
            if name in found:
                first = self._document.keys[(*path, name)].line
                self._report(
                    spot,
                    f"der Schlüssel {name!r} steht doppelt",
                    f"duplicate key {name!r}",
                    Phrase(de=f"zuerst in Zeile {first}", en=f"first in line {first}"),
                )
                continue
            self._document.keys[(*path, name)] = spot
            found[name] = self._value(value_node, (*path, name))
        return found

    def _value(self, node: Node, path: Path) -> Any:
        self._nodes += 1
        if self._nodes > NODE_LIMIT or len(path) > DEPTH_LIMIT:
            raise _TooMuch
        self._document.values[path] = _spot(node)
        if str(node.tag).removeprefix(_CORE) not in _KINDS:
            self._report(
                _spot(node),
                "Typangaben mit ! sind nicht erlaubt",
                "tags with ! are not allowed",
                Phrase(
                    de="Werte, die mit ! beginnen, in Anführungszeichen",
                    en="quote a value that begins with !",
                ),
            )
        match node:
            case MappingNode():
                return self.mapping(node, path)
            case SequenceNode():
                return [self._value(item, (*path, i)) for i, item in enumerate(node.value)]
            case _:
                return _scalar(str(node.tag).rpartition(":")[2], str(node.value))

    def _report(self, spot: Spot, de: str, en: str, hint: Phrase | None = None) -> None:
        self._document.problems.append(self._document.problem(spot, de, en, hint))


_CORE: Final = "tag:yaml.org,2002:"
_KINDS: Final = frozenset(
    {"map", "seq", "str", "null", "bool", "int", "float", "timestamp", "merge", "value"}
)
_CONSTANTS: Final[Mapping[str, object]] = {"true": True, "false": False}


def _scalar(kind: str, raw: str) -> object:
    """Return the value of a plain or quoted scalar; what is not clearly something else is text."""
    try:
        match kind:
            case "null":
                return None
            case "bool":
                return _CONSTANTS.get(raw.lower(), raw)
            case "int":
                return Numeral(_whole(raw.replace("_", "")), raw)
            case "float":
                return float(raw.replace("_", ""))
            case _:
                return raw
    except ValueError:  # a number of absurd length, or .inf
        return raw


def _whole(raw: str) -> int:
    try:
        return int(raw)  # 010 is ten in YAML 1.2
    except ValueError:
        return int(raw, 0)


def _spot(node: Node) -> Spot:
    return Spot(node.start_mark.line + 1, node.start_mark.column + 1)


def _first(de: str, en: str, hint: Phrase | None = None) -> Problem:
    return Problem(line=1, column=1, what=Phrase(de=de, en=en), hint=hint)


def _too_deep() -> Problem:
    return _first(
        "die Datei ist zu tief verschachtelt oder wiederholt zu viel",
        "the file is nested too deeply or repeats too much",
        Phrase(de="Anker und Verweise (& und *) auflösen", en="write out anchors and aliases"),
    )
