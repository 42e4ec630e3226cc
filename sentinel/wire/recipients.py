"""Whom a message goes to one by one: addresses or numbers, from the rules, CSV files and URLs.

For platforms that send to people and not to a public. The list is read when
the message is sent, so it may change until then. A recipient is remembered by
a fingerprint that is good for this delivery only, never by the address.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sentinel.wire import ReadFile, Request, Steps, ask, file

_ADDRESS = re.compile(r"[^\s<>@,;:\"()\\]+@[^\s<>@,;:\"()\\]+")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_LETTERING = re.compile(r"[\s()/.\-\u2010-\u2015\u00a0\u202f]")
_COUNTRY = "49"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One recipient of one delivery. `language` is empty where the list does not say."""

    address: str = field(repr=False)
    fingerprint: str
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The list as read. `trouble` says why it could not be, and is empty otherwise."""

    parts: tuple[Recipient, ...] = ()
    malformed: int = 0
    trouble: str = ""


def mail_address(text: str) -> str | None:
    """Return an e-mail address without what stands around it; None if it is none."""
    return text.strip() if _ADDRESS.fullmatch(text.strip()) else None


def number(text: str) -> str | None:
    """Return a telephone number as `+` and digits (E.164); None if it is none.

    A number that begins with one 0 is taken as a German one.
    """
    plain = _LETTERING.sub("", text)
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    elif plain.startswith("0"):
        plain = f"+{_COUNTRY}{plain[1:]}"
    return plain if _NUMBER.fullmatch(plain) else None


_PROPER: Mapping[str, Callable[[str], str | None]] = {"address": mail_address, "number": number}
_LIKE: Mapping[str, Callable[[str], bool]] = {
    "address": lambda entry: "@" in entry and "://" not in entry,
    "number": lambda entry: number(entry) is not None,
}


def read(entries: object, *, column: str, seed: str) -> Steps[Listed]:
    """Return everybody in `entries`, each once, in the order of the lists.

    Args:
        entries: A text or a list of them: an address or number itself, a CSV
            file, or the http(s) address of one.
        column: `address` or `number`: what they are, and the column's name. A
            column `language` beside it is read too.
        seed: Makes fingerprints that mean nothing for any other delivery.
    """
    said: list[tuple[str, str]] = []
    for entry in _entries(entries):
        if _LIKE[column](entry):
            said.append((entry, ""))
            continue
        content = yield from _content(entry)
        rows = None if content is None else _rows(content, column)
        if rows is None:
            return Listed(trouble=f"recipient file missing or without a column {column}")
        said.extend(rows)
    parts = tuple(
        Recipient(address=one, fingerprint=_fingerprint(seed, one), language=language)
        for one, language in _each_once(said, column)
    )
    malformed = sum(1 for one, _ in said if _PROPER[column](one) is None)
    return Listed(parts=parts, malformed=malformed, trouble="" if parts else "no recipient")


def labels(entries: object, *, column: str) -> tuple[str, ...]:
    """Return a name without personal data for each of `entries`; none if a list is in it."""
    stated = _entries(entries)
    if not all(_LIKE[column](entry) for entry in stated):
        return ()
    known = _each_once([(entry, "") for entry in stated], column)
    return tuple(f"recipient {position}" for position, _ in enumerate(known, start=1))


def batches(parts: Iterable[Recipient], size: int) -> Iterator[list[Recipient]]:
    """Yield the recipients in groups of at most `size`."""
    rest = list(parts)
    for start in range(0, len(rest), size):
        yield rest[start : start + size]


def _content(entry: str) -> Steps[bytes | None]:
    if not entry.startswith(("http://", "https://")):
        return (yield from file(ReadFile(path=entry))).content
    answer = yield from ask(Request(method="GET", url=entry, anonymous=True))
    return answer.body if answer.status == 200 else None  # noqa: PLR2004


def _entries(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(one) for one in value] if isinstance(value, list | tuple) else []


def _each_once(said: Iterable[tuple[str, str]], column: str) -> list[tuple[str, str]]:
    """Return each address once; as in fingerprints, upper and lower case are one."""
    found: dict[str, tuple[str, str]] = {}
    for one, language in said:
        if (proper := _PROPER[column](one)) is not None:
            found.setdefault(proper.lower(), (proper, language))
    return list(found.values())


def _rows(content: bytes, column: str) -> list[tuple[str, str]] | None:
    """Return address and language of each row; None if it is no such file."""
    text = content.decode("utf-8-sig", "replace")
    header, _, _ = text.partition("\n")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in header else ",")
    try:
        names = [name.strip().lower() for name in next(rows, [])]
        if column not in names:
            return None
        at = names.index(column)
        spoken = names.index("language") if "language" in names else len(names)
        return [
            (row[at], row[spoken].strip() if len(row) > spoken else "")
            for row in rows
            if len(row) > at and row[at].strip()
        ]
    except csv.Error:
        return None


def _fingerprint(seed: str, address: str) -> str:
    return hashlib.sha256(f"{seed} {address.lower()}".encode("utf-8", "replace")).hexdigest()[:12]
