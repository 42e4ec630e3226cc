"""Where a command writes: tables for people, plain lines for programs, JSON on demand.

Colours and frames are for terminals only. What comes from outside (a
platform's answer, a message's text) may hold control characters that would
steer a terminal; they are taken out here, for everything.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TextIO

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text


class Tone(StrEnum):
    """How a word should strike the eye; the value is the style on a terminal."""

    GOOD = "green"
    WORRY = "yellow"
    BAD = "bold red"
    QUIET = "dim"


TONES = {
    "up": Tone.GOOD,
    "degraded": Tone.WORRY,
    "down": Tone.BAD,
    "unknown": Tone.QUIET,
    "live": Tone.GOOD,
    "published": Tone.GOOD,
    "stranded": Tone.BAD,
    "refused": Tone.BAD,
    "held": Tone.WORRY,
    "moved": Tone.WORRY,
    "awaiting_person": Tone.WORRY,
}
"""The tones of the states."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A word of a table with a tone."""

    text: str
    tone: Tone | None = None


Row = Sequence[str | Cell]


@dataclass(frozen=True, slots=True)
class Screen:
    """Standard output and standard error."""

    out: TextIO
    err: TextIO

    def line(self, text: str = "") -> None:
        """Write to standard output."""
        print(clean(text), file=self.out, flush=True)

    def note(self, text: str) -> None:
        """Write what is not the answer itself to standard error."""
        print(clean(text), file=self.err, flush=True)

    def json(self, value: Any) -> None:
        """Write one JSON document; on a terminal all in ASCII, where nothing can steer it."""
        text = json.dumps(value, ensure_ascii=self.out.isatty(), indent=2)
        print(text, file=self.out, flush=True)

    def table(self, headings: Sequence[str], rows: Sequence[Row]) -> None:
        """Write a table: framed on a terminal, in aligned columns elsewhere."""
        cells = [[_cell(cell) for cell in row] for row in rows]
        if not self.out.isatty():
            self._columns([list(headings), *([cell.text for cell in row] for row in cells)])
            return
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for heading in headings:
            table.add_column(heading, overflow="fold")
        for row in cells:
            table.add_row(*(Text(cell.text, style=cell.tone or "") for cell in row))
        Console(file=self.out, highlight=False).print(table)

    def _columns(self, rows: list[list[str]]) -> None:
        widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            padded = (
                text + " " * (width - cell_len(text))
                for text, width in zip(row, widths, strict=True)
            )
            self.line("  ".join(padded).rstrip())


def clean(text: str) -> str:
    """Return `text` without what would steer a terminal; line ends and tabs stay."""
    return "".join("�" if _steers(character) else character for character in text)


def _steers(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t"


def _cell(cell: str | Cell) -> Cell:
    """Return a cell on one line. `|` would begin performance data for monitoring systems."""
    made = cell if isinstance(cell, Cell) else Cell(cell)
    return Cell(" ".join(clean(made.text).replace("|", "¦").split()), made.tone)
