"""Whom a mail goes to.

The list is read when the mail is sent. A recipient is remembered by a
fingerprint that is good for this delivery only, never by the address.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sentinel.platforms import Account
from sentinel.wire import ReadFile, Steps, file

_ADDRESS = re.compile(r"[^\s<>@,;:\"()\\]+@[^\s<>@,;:\"()\\]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One recipient of one mail."""

    address: str = field(repr=False)
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """The list as read. `trouble` says why it could not be, and is empty otherwise."""

    parts: tuple[Part, ...] = ()
    malformed: int = 0
    trouble: str = ""


def read(account: Account, seed: str) -> Steps[Recipients]:
    """Return everybody in `to`: addresses, and CSV files with a column `address`."""
    said: list[str] = []
    for entry in _entries(account.settings.get("to")):
        if "@" in entry:
            said.append(entry)
            continue
        answer = yield from file(ReadFile(path=entry))
        column = None if answer.content is None else _column(answer.content)
        if column is None:
            return Recipients(trouble="recipient file missing or without a column address")
        said.extend(column)
    good = _good(said)
    parts = tuple(Part(address=one, fingerprint=_fingerprint(seed, one)) for one in good)
    malformed = sum(1 for one in said if not _ADDRESS.fullmatch(one.strip()))
    return Recipients(parts=parts, malformed=malformed, trouble="" if parts else "no recipient")


def labels(account: Account) -> tuple[str, ...]:
    """Return a name without personal data for each address in `to`; none if a file is in it."""
    entries = _entries(account.settings.get("to"))
    if not all("@" in entry for entry in entries):
        return ()
    return tuple(f"recipient {number}" for number, _ in enumerate(_good(entries), start=1))


def batches(parts: Iterable[Part], size: int) -> Iterator[list[Part]]:
    """Yield the recipients in groups of at most `size`."""
    rest = list(parts)
    for start in range(0, len(rest), size):
        yield rest[start : start + size]


def _entries(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(one) for one in value] if isinstance(value, list | tuple) else []


def _good(said: Iterable[str]) -> list[str]:
    """Return each address once; as in fingerprints, upper and lower case are one."""
    found: dict[str, str] = {}
    for one in map(str.strip, said):
        if _ADDRESS.fullmatch(one):
            found.setdefault(one.lower(), one)
    return list(found.values())


def _column(content: bytes) -> list[str] | None:
    text = content.decode("utf-8-sig", "replace")
    header, _, _ = text.partition("\n")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in header else ",")
    try:
        names = [name.strip().lower() for name in next(rows, [])]
        if "address" not in names:
            return None
        at = names.index("address")
        return [row[at] for row in rows if len(row) > at and row[at].strip()]
    except csv.Error:
        return None


def _fingerprint(seed: str, address: str) -> str:
    return hashlib.sha256(f"{seed} {address.lower()}".encode("utf-8", "replace")).hexdigest()[:12]
