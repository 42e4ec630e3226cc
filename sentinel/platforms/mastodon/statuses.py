"""A status, as sent and as shown: its length, its text, and whether it is ours.

Shown text is HTML. A mention loses its host, links are wrapped in pieces of
which some are hidden, a line break is `<br />`. Both sides are brought to one
form before they are compared.
"""

from __future__ import annotations

import html
import unicodedata
from typing import Any

import regex

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Receipt, Rendered
from sentinel.domain.links import links
from sentinel.domain.text import graphemes

_ID = regex.compile(r"[0-9A-Za-z]{1,64}")
_LINK = regex.compile(r"https?://[\w.:-]+/[^\s<>\"]{0,300}")
_MENTION = regex.compile(r"(?<![=/\w])@([A-Za-z0-9_]+(?:[.-]+[A-Za-z0-9_]+)*)@[\p{L}\p{N}.-]*\w")
_BREAK = regex.compile(r"<br\s*/?>|</p>", regex.IGNORECASE)
_TAG = regex.compile(r"<[^>]*>")
_URL = "x" * 23


def length(text: str) -> int:
    """Return the characters that a person sees, a link as 23 and a mention without its host.

    Only links with a scheme and a real domain are shortened, found by the same
    rules (those of twitter-text) that Mastodon uses.
    """
    plain = text.encode("utf-8", "replace").decode()
    for start, end in reversed(list(links(plain, bare=False))):
        plain = f"{plain[:start]}{_URL}{plain[end:]}"
    return graphemes(_without_hosts(plain))


def id_of(shown: Any) -> str:
    """Return the id of a status or an account; empty if there is none worth the name."""
    value = shown.get("id") if isinstance(shown, dict) else None
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def receipt_of(shown: dict[str, Any]) -> Receipt:
    """Return the receipt. The address may be missing."""
    url = shown.get("url")
    usable = isinstance(url, str) and _LINK.fullmatch(url)
    return Receipt(post_id=id_of(shown), permalink=str(url) if usable else None)


def is_ours(shown: dict[str, Any], rendered: Rendered) -> bool:
    """Return whether a status is what was rendered: the same text, or our mark and first line."""
    theirs, ours = _shown_text(shown), _plain(rendered.text)
    if theirs == ours:
        return True
    mark = _plain(str(rendered.payload.get("mark", "")))
    first = _plain(rendered.text.partition("\n")[0])
    holds_mark = bool(mark) and regex.search(rf"{regex.escape(mark)}(?!\d)", theirs) is not None
    return holds_mark and bool(first) and theirs.startswith(first)


def cut(shown: dict[str, Any], rendered: Rendered) -> bool:
    """Return whether what is live differs from what was sent."""
    return _shown_text(shown) != _plain(rendered.text)


def hidden(shown: dict[str, Any], rendered: Rendered) -> bool:
    """Return whether the server gave it less visibility than was asked for."""
    return bool(shown.get("visibility") != rendered.payload.get("visibility", "public"))


def note_on(shown: dict[str, Any], rendered: Rendered) -> Cause | None:
    """Return the finding for a person: shown to fewer people, or cut."""
    if hidden(shown, rendered):
        return Cause.READER_RESTRICTED
    return Cause.TRUNCATED if cut(shown, rendered) else None


def _shown_text(shown: dict[str, Any]) -> str:
    content = shown.get("content")
    lines = _BREAK.sub("\n", content if isinstance(content, str) else "")
    return _plain(html.unescape(_TAG.sub("", lines)))


def _plain(text: str) -> str:
    return " ".join(_without_hosts(unicodedata.normalize("NFC", text)).split())


def _without_hosts(text: str) -> str:
    return _MENTION.sub(r"@\1", text)
