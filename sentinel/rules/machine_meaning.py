"""Do the receivers fit together that are no people: the dead man's switch, and the outputs?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from sentinel.domain.output import OutputKind
from sentinel.errors import Phrase, Problem
from sentinel.rules.addresses import split_address
from sentinel.rules.document import Document, Path
from sentinel.rules.near import quoted
from sentinel.rules.schema import Staff
from sentinel.rules.values import REFERENCE

LEAST: Final = timedelta(seconds=1)
"""A sign of life costs a write to the disk each time."""


def machine_problems(document: Document, staff: Staff) -> Iterator[Problem]:
    """Find what is well written about receivers that are no people, and cannot be meant."""
    beat = staff.heartbeat
    if beat is not None:
        yield from _address(document, ("staff", "heartbeat", "url"), beat.url)
        if beat.every is not None and beat.every < LEAST:
            yield document.problem(
                document.at("staff", "heartbeat", "every"),
                "so oft kann kein Lebenszeichen kommen",
                "no sign of life can come so often",
                Phrase(de="mindestens 1s", en="at least 1s"),
            )
    names: set[str] = set()
    for number, output in enumerate(staff.outputs or ()):
        path: Path = ("staff", "outputs", number)
        yield from _address(document, (*path, "url"), output.url)
        name = output.name or output.kind.value
        if name in names:
            yield document.problem(
                document.at(*path),
                f"zwei Empfänger heißen {quoted(name)}",
                f"two receivers are called {quoted(name)}",
                Phrase(de="name: jedem einen eigenen", en="name: one of its own for each"),
            )
        names.add(name)
        if output.secret is not None and output.kind is OutputKind.ALERTMANAGER:
            yield document.problem(
                document.at(*path, "secret"),
                "Alertmanager prüft keine Unterschrift",
                "Alertmanager checks no signature",
                Phrase(de="authorization: …", en="authorization: …"),
            )


def _address(document: Document, path: Path, value: str) -> Iterator[Problem]:
    """Find what is no web address; what stands in a variable or a file is not known here."""
    if REFERENCE.fullmatch(value):
        return
    parts = split_address(value)
    if parts is None or parts.scheme not in {"http", "https"}:
        yield document.problem(
            document.at(*path),
            "das ist keine Webadresse",
            "this is no web address",
            Phrase(de="https://…", en="https://…"),
        )
