"""Whom a mail goes to, and what became of each of them.

The list is read when the mail is sent. What is remembered of a recipient is a
number, a state, a reply code and a fingerprint that is good for this delivery
only; never the address.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sentinel.platforms import Account
from sentinel.wire import ReadFile, Steps, file

_ADDRESS = re.compile(r"[^\s<>@,;:\"()\\]+@[^\s<>@,;:\"()\\]+")
_ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One recipient of one mail."""

    number: int  # from 1, in the order of the list
    address: str = field(repr=False)
    fingerprint: str

    @property
    def name(self) -> str:
        """Under which its fate is remembered."""
        return f"part:{self.number}"


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
    good = dict.fromkeys(one.strip() for one in said if _ADDRESS.fullmatch(one.strip()))
    malformed = sum(1 for one in said if not _ADDRESS.fullmatch(one.strip()))
    parts = tuple(
        Part(number=number, address=address, fingerprint=_fingerprint(seed, address))
        for number, address in enumerate(good, start=1)
    )
    return Recipients(parts=parts, malformed=malformed, trouble="" if parts else "no recipient")


def fate(part: Part, state: str, code: int) -> str:
    """Return what is remembered of a recipient."""
    return f"{state} {code} {part.fingerprint}"


def accepted(memory: Mapping[str, str]) -> frozenset[str]:
    """Return the fingerprints of those whose mail a server took in an earlier run."""
    fates = (value.split(" ") for name, value in memory.items() if name.startswith("part:"))
    return frozenset(words[-1] for words in fates if words[0] == _ACCEPTED)


def batches(parts: Iterable[Part], size: int) -> Iterator[list[Part]]:
    """Yield the recipients in groups of at most `size`."""
    rest = list(parts)
    for start in range(0, len(rest), size):
        yield rest[start : start + size]


def _entries(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(one) for one in value] if isinstance(value, list | tuple) else []


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
