"""Text as HTML for a city's own site, and what a reader sees of a page.

Sites dress what they are given: straight quotes become round, three dots one
character, blanks anything. So a page is searched by `folded`, which keeps what
no dressing changes.
"""

from __future__ import annotations

import html
import re
import unicodedata

_LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?()\[\]]")
_HIDDEN = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_DRESSED = str.maketrans({"…": "...", "×": "x", "\u2033": "", "\u2032": "", "`": "", "™": "(tm)"})
_QUOTES = frozenset("\"'„“”‚‘’«»‹›")


def paragraphs(text: str) -> list[str]:
    """Return each paragraph of a plain text as HTML, with its links; nothing in it is a command.

    Square brackets are written as entities: some sites run what stands in them.
    """
    return [_linked(part.strip()) for part in text.split("\n\n") if part.strip()]


def escaped(text: str) -> str:
    """Return plain text as HTML."""
    return html.escape(text).replace("[", "&#91;").replace("]", "&#93;")


def plain(markup: str) -> str:
    """Return what a reader sees, in one line."""
    shown = html.unescape(_TAG.sub(" ", _HIDDEN.sub(" ", markup)))
    return " ".join(unicodedata.normalize("NFC", shown).split())


def folded(markup: str) -> str:
    """Return what is left of a page, or of escaped text, whatever a site makes of its looks.

    No blanks, no quotes, every dash the same.
    """
    seen = plain(markup).translate(_DRESSED)
    kept = (_kept(letter) for letter in seen)
    return re.sub("-+", "-", "".join(kept))


def shows(page: str, mark: str) -> bool:
    """Return whether a folded page holds a folded mark, not as the beginning of a longer one."""
    return bool(mark) and re.search(rf"{re.escape(mark)}(?!\d)", page) is not None


def _kept(letter: str) -> str:
    category = unicodedata.category(letter)
    if letter in _QUOTES or category in {"Cf", "Cc", "Zs"} or letter in "\ufe0e\ufe0f":
        return ""
    return "-" if category == "Pd" or letter == "\u2212" else letter


def _linked(text: str) -> str:
    pieces, at = [], 0
    for found in _LINK.finditer(text):
        shown = escaped(found[0])
        pieces += [escaped(text[at : found.start()]), f'<a href="{shown}">{shown}</a>']
        at = found.end()
    pieces.append(escaped(text[at:]))
    return "".join(pieces).replace("\n", "<br />")
