"""What is odd about the intake folder: it stops nothing, but nothing would come in, or too much."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sentinel.domain.rules import Rules
from sentinel.errors import Phrase, Problem
from sentinel.rules.document import Document
from sentinel.rules.near import quoted

_KEY: Final = ("intake", "directory")


def intake_remarks(document: Document, rules: Rules) -> Iterator[Problem]:
    """Find what would keep messages from coming in, or let citizens read them too early."""
    if rules.intake_directory is None:
        return
    folder = Path(rules.intake_directory)
    yield from _use(document, folder)
    for name, channel in rules.channels.items():
        public = channel.settings.get("directory")
        if isinstance(public, str) and _within(folder, Path(public)):
            yield document.problem(
                document.at(*_KEY),
                f"der Eingang liegt im öffentlichen Ordner des Kanals {quoted(name)}",
                f"the intake folder lies in the public folder of channel {quoted(name)}",
                Phrase(
                    de="jeder könnte lesen, was noch nicht freigegeben ist",
                    en="everybody could read what is not approved yet",
                ),
            )


def _use(document: Document, folder: Path) -> Iterator[Problem]:
    spot = document.at(*_KEY)
    try:
        mode = folder.stat().st_mode
    except (OSError, ValueError):
        mode = 0
    if not stat.S_ISDIR(mode):
        yield document.problem(
            spot,
            f"den Ordner {folder} gibt es nicht",
            f"there is no folder {folder}",
            Phrase(de="bitte anlegen; bis dahin kommt nichts an", en="make it; nothing comes in"),
        )
    elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield document.problem(
            spot,
            f"im Ordner {folder} darf Sentinel nicht lesen und schreiben",
            f"Sentinel may not read and write in folder {folder}",
            Phrase(
                de="angenommene Dateien werden darin verschoben",
                en="accepted files are moved in it",
            ),
        )
    elif mode & stat.S_IWOTH:
        yield document.problem(
            spot,
            f"in den Ordner {folder} darf jeder auf diesem Rechner schreiben",
            f"everybody on this machine may write to folder {folder}",
            Phrase(de="wer das darf, gibt Meldungen auf", en="whoever may, sends messages"),
        )


def _within(folder: Path, public: Path) -> bool:
    try:
        return Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(public))
    except ValueError:  # no path at all
        return False
