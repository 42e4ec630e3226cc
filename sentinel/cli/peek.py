"""The few things of the rules file that a command needs before anything else.

Read leniently: the daemon may go on with good old rules while somebody has
broken the file, and `sentinel send` must find that daemon all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sentinel.errors import RulesError
from sentinel.rules.document import LIMIT_BYTES, parse

_ZONE = "Europe/Berlin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peek:
    """What a rules file says of itself, as far as it can be read."""

    data: Path  # the folder of the daemon's socket
    language: str | None = None
    zone: ZoneInfo


def peek(rules: Path) -> Peek:
    """Return what can be read of the file; the defaults of the rules where nothing can."""
    tree = _tree(rules)
    organisation, storage = _part(tree, "organisation"), _part(tree, "storage")
    data, language = storage.get("data"), organisation.get("language")
    return Peek(
        data=rules.absolute().parent / (data if isinstance(data, str) else "data"),
        # A file that can be read and states no language is German: the rules' default.
        language=language if isinstance(language, str) else ("de" if tree else None),
        zone=_zone(organisation.get("timezone")),
    )


def _tree(rules: Path) -> Mapping[str, Any]:
    try:
        with rules.open("rb") as stream:
            text = stream.read(LIMIT_BYTES).decode("utf-8-sig")
        return parse(text, str(rules)).tree
    except (OSError, UnicodeDecodeError, RulesError):
        return {}


def _part(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = tree.get(name)
    return part if isinstance(part, dict) else {}


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(name if isinstance(name, str) else _ZONE)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return ZoneInfo(_ZONE)
