"""JSON files of the intake folder: the body of `POST /api/v1/messages`, and what it follows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sentinel.domain.message import Kind
from sentinel.service.inbox.letter import KEY_LIMIT, Letter, quoted, wrong

OWN = {"update_of": Kind.UPDATE, "all_clear_of": Kind.ALL_CLEAR}
"""Fields that a file has beside the body's own, with `key`."""


def read_json(data: bytes) -> Letter:
    """Return what the JSON file in `data` wants said.

    Raises:
        InputError: It is not one JSON object, or its own fields are wrong.
    """
    fields = dict(_object(data))
    named = {name: fields.pop(name) for name in OWN if fields.get(name) is not None}
    if len(named) > 1:
        raise wrong(
            "all_clear_of",
            de="update_of und all_clear_of stehen beide da; eine Datei tut nur eines",
            en="update_of and all_clear_of are both there; a file does one thing",
        )
    # A file without a key of its own is the same as another with the same bytes.
    key = _key(fields.pop("key", None)) or f"json:sha256:{hashlib.sha256(data).hexdigest()}"
    for name, of in named.items():
        return Letter(kind=OWN[name], key=key, fields=fields, named=_name(name, of))
    return Letter(kind=Kind.ALERT, key=key, fields=fields)


def _object(data: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
    except UnicodeDecodeError:
        raise wrong("", de="die Datei ist kein Text in UTF-8", en="the file is not UTF-8") from None
    except json.JSONDecodeError as error:
        spot = f"{error.lineno}:{error.colno}"
        raise wrong(
            spot,
            de=f"die Datei ist kein gültiges JSON (Zeile {error.lineno}, Spalte {error.colno})",
            en=f"the file is not valid JSON (line {error.lineno}, column {error.colno})",
        ) from None
    except (ValueError, RecursionError):  # a number without end, or too many brackets
        raise wrong(
            "", de="die Datei ist kein brauchbares JSON", en="the file is no usable JSON"
        ) from None
    if not isinstance(value, dict):
        raise wrong(
            "",
            de="die Datei muss ein Objekt sein: {…} mit den Feldern einer Meldung",
            en="the file must be an object: {…} with the fields of a message",
        )
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise wrong(
            twice if twice.isidentifier() else "",
            de=f"das Feld {quoted(twice)} steht zweimal da",
            en=f"field {quoted(twice)} is there twice",
        )
    return fields


def _key(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not 1 <= len(value) <= KEY_LIMIT or not value.isprintable():
        raise wrong(
            "key",
            de=f"key muss ein Text aus 1 bis {KEY_LIMIT} druckbaren Zeichen sein",
            en=f"key must be a text of 1 to {KEY_LIMIT} printable characters",
        )
    return value


def _name(field: str, value: object) -> str:
    """Return the id or number of a message as text."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value)
    if isinstance(value, str) and value.strip() and value.isascii() and value.isprintable():
        return value.strip()
    raise wrong(
        field,
        de=f"{field} muss die id oder die Nummer einer Meldung sein",
        en=f"{field} must be the id or the number of a message",
    )
