"""LinkedIn's "little text": what a post's `commentary` is written in (fact sheet 5.3).

Fifteen characters are reserved. One that is not escaped is answered 201 all the
same, and the post ends there; so every one is escaped, in links too. What is
counted for people is the text without escapes, in UTF-16 units; what is sent
fits the limit with its escapes, for nobody documents whether they count.
"""

from __future__ import annotations

import re

_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
_ESCAPED = re.compile(r"\\([\\|{}@\[\]()<>#*_~])")
_HASHTAG = re.compile(r"\{hashtag\|\\?#\|((?:\\.|[^}\\])*)\}")


def escaped(text: str) -> str:
    """Return a text as little text in which nothing is a command."""
    return _RESERVED.sub(r"\\\g<0>", text)


def plain(commentary: str) -> str:
    """Return what a reader sees of little text as LinkedIn keeps it: with its hashtags."""
    return _ESCAPED.sub(r"\1", _HASHTAG.sub(r"#\1", commentary))


def units(text: str) -> int:
    """Return the length in UTF-16 units."""
    return len(text.encode("utf-16-le", "replace")) // 2
