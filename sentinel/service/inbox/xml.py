"""XML as it may come from outside: elements and their text, and nothing that leads anywhere.

A document type is refused at its first word, so there are no entities to expand
or to fetch; the parser is expat, which opens neither files nor connections by
itself. Encodings are the few that warnings are written in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from sentinel.service.inbox.letter import quoted, wrong

MOST_ELEMENTS = 50_000
DEEPEST = 20

_CHUNK = 16_384  # characters; parsing ends within one of what makes it end
_ENCODINGS = frozenset({"utf-8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})
_DECLARED = re.compile(
    rb"""^\s*<\?xml\s[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']"""
)
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(slots=True)
class Element:
    """One element; `text` is its own, without that of its children."""

    name: str
    namespace: str
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its text, without blanks around it."""
        return "".join(self.pieces).strip()

    def all(self, name: str) -> Iterator[Element]:
        """Yield its children of this name that are of its own vocabulary."""
        for child in self.children:
            if child.name == name and child.namespace == self.namespace:
                yield child


def read_xml(data: bytes) -> Element:
    """Return the root of the document in `data`.

    Raises:
        InputError: It is not XML, or XML that we do not read.
    """
    text = _decoded(data)
    builder = _Builder()
    try:
        for start in range(0, len(text), _CHUNK):
            builder.parser.Parse(text[start : start + _CHUNK], False)  # noqa: FBT003 - expat's own signature
        builder.parser.Parse("", True)  # noqa: FBT003 - expat's own signature
    except expat.ExpatError as error:
        said = expat.ErrorString(error.code)
        raise wrong(
            f"{error.lineno}:{error.offset + 1}",
            de=f"die Datei ist kein gültiges XML (Zeile {error.lineno}: {said})",
            en=f"the file is not valid XML (line {error.lineno}: {said})",
        ) from None
    return builder.root


class _Builder:
    """Builds elements from what expat reports; no recursion, so depth cannot hurt."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype
        self._top = Element(name="", namespace="")
        self._open = [self._top]
        self._many = 0

    @property
    def root(self) -> Element:
        return self._top.children[0]  # expat takes no document without a root

    def _begin(self, name: str, _: object) -> None:
        self._many += 1
        if self._many > MOST_ELEMENTS or len(self._open) > DEEPEST:
            raise wrong(
                f"{self.parser.CurrentLineNumber}",
                de="die Datei ist zu groß oder zu tief verschachtelt",
                en="the file is too large, or nested too deep",
            )
        namespace, _, local = name.rpartition(" ")
        element = Element(name=local, namespace=namespace)
        self._open[-1].children.append(element)
        self._open.append(element)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].pieces.append(text)

    def _doctype(self, *_: object) -> None:
        raise wrong(
            f"{self.parser.CurrentLineNumber}",
            de="die Datei enthält eine Dokumenttyp-Deklaration (DOCTYPE); bitte weglassen",
            en="the file holds a document type declaration (DOCTYPE); please leave it out",
        )


def _decoded(data: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if encoding is None:
        found = _DECLARED.match(data)
        encoding = found[1].decode("ascii").lower() if found else "utf-8"
        if encoding not in _ENCODINGS:
            known = ", ".join(sorted(_ENCODINGS))
            raise wrong(
                "1:1",
                de=f"die Zeichenkodierung {quoted(encoding)} wird nicht gelesen (möglich: {known})",
                en=f"encoding {quoted(encoding)} is not read (known: {known})",
            )
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise wrong(
            "1:1",
            de=f"die Datei ist kein Text in {encoding}",
            en=f"the file is not text in {encoding}",
        ) from None
