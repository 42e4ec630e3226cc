"""The links of a message: which there are, and whether an answer shows that one leads nowhere.

Only what speaks clearly against a link is said: many sites turn programs away
(403, 405, 429, LinkedIn 999) and show citizens the page all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

from sentinel.domain.cause import NETWORK, Cause
from sentinel.domain.links import links
from sentinel.domain.message import Content
from sentinel.errors import Phrase

MOST = 8
"""Links of one message that are looked at."""

_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_OUT_OF_ORDER = range(500, 600)


def addresses(content: Content) -> tuple[str, ...]:
    """Return the web addresses that readers of a message may follow, its own link first."""
    return tuple(dict.fromkeys(_addresses(content)))[:MOST]


def _addresses(content: Content) -> Iterator[str]:
    if content.link:
        yield content.link
    variants = [one for v in content.variants for one in (v.text, v.short_text)]
    own = (content.text, content.short_text, content.instruction)
    for text in (*own, *content.texts.values(), *variants):
        for start, end in links(text or "", bare=False):
            yield (text or "")[start:end]


def trouble(status: int | None, cause: Cause | None, evidence: str) -> Phrase | None:
    """Return what is wrong with a link that answered like this; None: nothing that is certain.

    Args:
        status: The answer's HTTP status; None: no answer came.
        cause: Why none came.
        evidence: What was seen then, for people.
    """
    if status is None:
        if cause not in NETWORK:
            return None
        return Phrase(de=f"antwortet nicht ({evidence})", en=f"does not answer ({evidence})")
    if status in _GONE:
        return Phrase(de=f"gibt es nicht (HTTP {status})", en=f"does not exist (HTTP {status})")
    if status == HTTPStatus.UNAUTHORIZED:
        return Phrase(
            de=f"verlangt eine Anmeldung (HTTP {status})", en=f"asks for a login (HTTP {status})"
        )
    if status in _OUT_OF_ORDER:
        return Phrase(de=f"ist gestört (HTTP {status})", en=f"is out of order (HTTP {status})")
    return None


def host_of(address: str) -> str:
    """Return the host of an address: what may be told of it everywhere."""
    try:
        return urlsplit(address).hostname or "?"
    except ValueError:
        return "?"
