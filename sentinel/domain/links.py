"""Where the web addresses in a text are: several platforms count them at a fixed length.

Found as the platforms find them: with `http(s)://`, or bare (`stadt.de`) where
the end is a real top-level domain. The list of those is the public suffix list.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import regex
from publicsuffixlist import PublicSuffixList

_LABEL = r"[\p{L}\p{N}](?:[\p{L}\p{N}_-]*[\p{L}\p{N}])?"
_BARE_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?"
_AFTER = (
    r"(?::\d+)?"
    r"(?:/(?:[\p{L}\p{N}!*';:=+,.$/%#\[\]\-–_~&|@]|\([^()\s]*\))*"
    r"(?<![!*';:,.$%\[~&|@]))?"
    r"(?:\?[\p{L}\p{N}!?*'();:&=+$/%#\[\]\-_.,~|@]*[\p{L}\p{N}_&=#/+-])?"
)
_NOT_BEFORE = r"(?<![A-Za-z0-9@＠$#＃._-])"
_WITH_SCHEME = regex.compile(
    rf"(?<![A-Za-z0-9@＠$#＃])https?://(?:{_LABEL}\.)+(?P<top>\p{{L}}[\p{{L}}\p{{N}}-]*){_AFTER}",
    regex.IGNORECASE,
)
_BARE = regex.compile(
    rf"{_NOT_BEFORE}(?:{_BARE_LABEL}\.)+(?P<top>[A-Za-z]{{2,}})(?![A-Za-z0-9@+-]){_AFTER}"
)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True, accept_unknown=False)


def links(text: str, *, bare: bool) -> Iterator[tuple[int, int]]:
    """Yield start and end of every web address in `text`, in order, none overlapping.

    Args:
        text: Any text.
        bare: Also those without a scheme.
    """
    found = [m.span() for m in _WITH_SCHEME.finditer(text) if _real(m["top"])]
    if bare:
        taken = list(found)
        found += [
            m.span()
            for m in _BARE.finditer(text)
            if _real(m["top"]) and not any(a <= m.start() < b for a, b in taken)
        ]
    yield from sorted(found)


def _real(top: str) -> bool:
    return bool(_suffixes().is_public(top.lower()))
