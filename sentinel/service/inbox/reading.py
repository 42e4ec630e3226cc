"""From a file's bytes to a letter, and from a refusal to words for whoever put the file there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sentinel.errors import InputError
from sentinel.service.inbox.cap import read_cap
from sentinel.service.inbox.folder import CAP, Found
from sentinel.service.inbox.json import read_json
from sentinel.service.inbox.letter import LIMIT_BYTES, Letter, wrong

_PLACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "headline": "info/headline",
        "text": "info/description",
        "severity": "info/severity",
        "instruction": "info/instruction",
        "area": "info/area/areaDesc",
        "category": "info/category",
        "event": "info/event",
        "language": "info/language",
        "link": "info/web",
        "not_before": "info/effective",
        "expires_at": "info/expires",
        "exercise": "status",
        "key": "identifier",
    }
)
"""Where in a CAP file stands what a message calls by another name."""


def check_name(found: Found) -> None:
    """Raise `InputError` for what is not read at all, whatever is in it."""
    if found.kind is None:
        raise wrong(
            "",
            de="gelesen werden nur Dateien, deren Name auf .cap.xml oder .json endet",
            en="only files whose name ends in .cap.xml or .json are read",
        )
    if not found.regular:
        raise wrong(
            "",
            de="das ist keine gewöhnliche Datei; Verknüpfungen werden nicht verfolgt",
            en="this is no regular file; links are not followed",
        )
    if found.stamp.size > LIMIT_BYTES:
        raise wrong(
            "",
            de=f"die Datei hat {found.stamp.size} Bytes; erlaubt sind {LIMIT_BYTES}",
            en=f"the file has {found.stamp.size} bytes; {LIMIT_BYTES} are allowed",
        )


def read_letter(found: Found, data: bytes, *, language: str, at: datetime) -> Letter:
    """Return what a file wants said.

    Raises:
        InputError: It cannot be read, or says nothing that may be published.
    """
    if found.kind == CAP:
        return read_cap(data, language=language, at=at)
    return read_json(data)


def place(found: Found, error: InputError) -> str:
    """Return where in the file the trouble is, in the file's own words."""
    return _PLACES.get(error.field, error.field) if found.kind == CAP else error.field


def reason(found: Found, error: InputError) -> str:
    """Return the text that stands beside a refused file."""
    where = place(found, error)
    return (
        f"Die Datei {found.shown} wurde nicht angenommen; nichts davon wurde veröffentlicht.\n"
        + (f"Wo:  {where}\n" if where else "")
        + f"Was: {error.phrase.de}\n"
        "Bitte berichtigen und noch einmal ablegen.\n"
        "\n"
        f"The file {found.shown} was not accepted; nothing in it was published.\n"
        + (f"Where: {where}\n" if where else "")
        + f"What:  {error.phrase.en}\n"
        "Please correct it and put it there again.\n"
    )
