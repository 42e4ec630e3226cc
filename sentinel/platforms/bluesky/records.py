"""Post records of the AT Protocol: key, facets, length (facts/platforms-a.md section 3.3, 3.6)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sentinel.domain.text import graphemes

COLLECTION = "app.bsky.feed.post"
LIMIT = 300
"""Characters as a person sees them (grapheme clusters)."""

LIMIT_BYTES = 3000
NO_KEY = "2" * 13
"""The key of 1 January 1970: well formed, and no post has it."""

_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"  # base32 in the order of its characters
_LINK = re.compile(r"https?://[^\s<>\"„“”«»]*[^\s<>\"„“”«».,;:!?)\]'’]")
_TAG = re.compile(r"(?<![\w#/&])#(?!\d+\b)(\w{1,64})")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def record(text: str, language: str, at: datetime) -> dict[str, Any]:
    """Return the whole post, ready to be put; the same arguments give the same record."""
    made: dict[str, Any] = {
        "$type": COLLECTION,
        "text": text,
        "createdAt": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.")
        + f"{at.microsecond // 1000:03d}Z",
    }
    if _LANGUAGE.fullmatch(language):
        made["langs"] = [language]
    if facets := list(_facets(text)):
        made["facets"] = facets
    return made


def key(at: datetime, delivery_id: str) -> str:
    """Return the record's key, a TID: 53 bits of microseconds, 10 bits from the delivery's id."""
    micros = max((at - _EPOCH) // _MICROSECOND, 0)
    clock = int.from_bytes(hashlib.sha256(delivery_id.encode()).digest()[:2], "big") & 0x3FF
    number = (micros << 10 | clock) & (2**63 - 1)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))


def strict_length(text: str) -> int:
    """Return a length that is over `LIMIT` whenever one of the two limits is broken."""
    return max(graphemes(text), -(-len(text.encode("utf-8", "replace")) * LIMIT // LIMIT_BYTES))


def utf8(text: str) -> str:
    """Return `text` with lone surrogates, which no record can carry, as question marks."""
    return text.encode("utf-8", "replace").decode()


def _facets(text: str) -> Iterator[dict[str, Any]]:
    """Yield what makes links and hashtags of the text live; offsets count UTF-8 bytes."""
    links = list(_LINK.finditer(text))
    for link in links:
        yield _facet(text, link, {"$type": "app.bsky.richtext.facet#link", "uri": link[0]})
    for tag in _TAG.finditer(text):
        if not any(link.start() <= tag.start() < link.end() for link in links):
            yield _facet(text, tag, {"$type": "app.bsky.richtext.facet#tag", "tag": tag[1]})


def _facet(text: str, found: re.Match[str], feature: dict[str, str]) -> dict[str, Any]:
    start = len(text[: found.start()].encode())
    return {
        "index": {"byteStart": start, "byteEnd": start + len(found[0].encode())},
        "features": [feature],
    }
