"""How platforms count text, roughly: enough to refuse what is clearly too long.

Written from the fact sheets alone. Emoji sequences are recognised by their
joiners and ranges and not by Unicode's full tables, which the standard library
lacks; ordinary German text with emoji is counted exactly.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]'„“”»«]")
_JOINER = "\u200d"
_URL_WEIGHT = 23
_X_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))


def links(text: str) -> list[str]:
    """Return the http and https links of `text`, in order."""
    return _URL.findall(text)


def clusters(text: str) -> Iterator[str]:
    """Yield what a reader takes for one character."""
    cluster = ""
    for letter in text:
        if cluster and _continues(cluster, letter):
            cluster += letter
        else:
            if cluster:
                yield cluster
            cluster = letter
    if cluster:
        yield cluster


def _continues(cluster: str, letter: str) -> bool:
    code = ord(letter)
    if letter == _JOINER or unicodedata.category(letter) in {"Mn", "Me", "Mc"}:
        return True
    if cluster.endswith(_JOINER) or 0x1F3FB <= code <= 0x1F3FF or 0xE0020 <= code <= 0xE007F:
        return True
    if cluster == "\r" and letter == "\n":
        return True
    return _is_flag_letter(letter) and len(cluster) == 1 and _is_flag_letter(cluster)


def _is_flag_letter(letter: str) -> bool:
    return 0x1F1E6 <= ord(letter) <= 0x1F1FF


def graphemes(text: str) -> int:
    """Return how many characters a reader would count (Bluesky, Mastodon)."""
    return sum(1 for _ in clusters(text))


def with_short_links(text: str) -> str:
    """Return `text` with every link as long as Mastodon counts it."""
    return _URL.sub("x" * _URL_WEIGHT, text)


def weight(text: str) -> int:
    """Return X's weighted length: links 23, an emoji 2, Latin letters 1, most others 2."""
    normal = unicodedata.normalize("NFC", text)
    return len(_URL.findall(normal)) * _URL_WEIGHT + sum(
        _weight_of(cluster) for cluster in clusters(_URL.sub("", normal))
    )


def _weight_of(cluster: str) -> int:
    if len(cluster) > 1 and any(ord(letter) >= 0x2600 for letter in cluster):
        return 2
    return sum(1 if _light(ord(letter)) else 2 for letter in cluster)


def _light(code: int) -> bool:
    return any(low <= code <= high for low, high in _X_LIGHT)


def threads_length(text: str) -> int:
    """Return the length that Threads counts: an emoji as its UTF-8 bytes, all else as 1."""
    return sum(_threads_cluster(cluster) for cluster in clusters(text))


def _threads_cluster(cluster: str) -> int:
    pictorial = any(_pictorial(letter) for letter in cluster)
    return len(cluster.encode()) if pictorial else len(cluster)


def _pictorial(letter: str) -> bool:
    code = ord(letter)
    return code >= 0x1F000 or 0x2600 <= code <= 0x27BF or letter in "\u20e3\ufe0f"
