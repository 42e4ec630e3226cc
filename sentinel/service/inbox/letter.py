"""A file of the intake folder, read: what it wants said, and what it refers to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sentinel.domain.message import Kind
from sentinel.errors import InputError, Phrase

LIMIT_BYTES = 1_000_000
"""A larger file is refused unread. A warning with all its languages has some 20 kB."""

KEY_LIMIT = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a file wants said: not yet checked field by field, and not yet accepted."""

    kind: Kind
    key: str  # the same for the same letter, however often and under whatever name it comes
    fields: Mapping[str, Any]  # as in the body of POST /api/v1/messages
    digest: str | None = None  # tells two letters with one key apart; None: the fields do
    follows: tuple[str, ...] = ()  # keys under which the messages it refers to were accepted
    named: str | None = None  # or the id or number of the message it refers to


def bounded(key: str) -> str:
    """Return `key`, or what stands for it where it is longer than a key may be."""
    if len(key) <= KEY_LIMIT:
        return key
    begin, _, _ = key.partition(":")
    return f"{begin}:sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def wrong(where: str, *, de: str, en: str) -> InputError:
    """Return the refusal of a file: where the trouble is, and what it is in both languages."""
    return InputError(Phrase(de=de, en=en), field=where)


def quoted(text: str) -> str:
    """Return a short piece of a file as it may stand in a reason."""
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= _QUOTED else flat[:_QUOTED] + "…")


_QUOTED = 40
