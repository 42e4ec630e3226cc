"""Values to JSON text and back: one codec for every nested value that is stored."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def encode(kind: object, value: object) -> str:
    """Return `value`, which is a `kind`, as JSON text that both engines can hold."""
    return _text(_adapter(kind).dump_python(value, mode="json"))


def decode(kind: object, text: str) -> Any:
    """Return the `kind` that `encode` made `text` from.

    A field that `text` does not know takes its default, so that an older row
    stays readable.

    Raises:
        ValueError: `text` is not what was stored.
    """
    return _adapter(kind).validate_json(text)


def canonical(payload: object) -> str:
    """Return the one JSON text that stands for `payload`: sorted keys, no spaces."""
    return _text(to_jsonable_python(payload))


def digest(text: str) -> str:
    """Return the SHA-256 of `text` in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def storable(text: str) -> str:
    """Return `text` without what a database refuses: half surrogates and NUL.

    Evidence quotes foreign servers, and no server's answer may keep us from
    writing down what came of a delivery.
    """
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def load(text: str) -> Any:
    """Return what the JSON in `text` says."""
    return json.loads(text)


def _text(plain: object) -> str:
    # JSON writes NUL as an escape, so only half surrogates have to go.
    return _JSON.encode(plain).encode("utf-8", "replace").decode()


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
