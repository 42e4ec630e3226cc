"""A post as LinkedIn names it and shows it, and whether it is ours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Receipt, Rendered
from sentinel.platforms.linkedin.text import plain
from sentinel.wire import Response

_URN = re.compile(r"urn:li:(?:share|ugcPost):[0-9]{1,25}")
_LINK = re.compile(r"https?://[^\s()]+")
_SHORT = "https://lnkd.in/"
_EARLY = timedelta(seconds=60)  # their clock and ours


def urn_in(text: object) -> str:
    """Return the URN that `text` is, encoded or not; empty if it is none."""
    named = unquote(text).strip() if isinstance(text, str) else ""
    return named if _URN.fullmatch(named) else ""


def copied(answer: Response) -> str:
    """Return the post of which ours is called a copy; empty if none is named.

    The sentence is not read for its meaning: the code told that, and the URN in it is data.
    """
    message = answer.object().get("message")
    named = _URN.findall(message) if isinstance(message, str) else []
    return named[-1] if named else ""


def receipt(urn: str) -> Receipt:
    """Return the receipt of a post."""
    return Receipt(post_id=urn, permalink=f"https://www.linkedin.com/feed/update/{urn}/")


def posts_of(answer: Response) -> Iterator[dict[str, Any]]:
    """Yield the posts of a list that name themselves."""
    elements = answer.object().get("elements")
    for each in elements if isinstance(elements, list) else ():
        if isinstance(each, dict) and urn_in(each.get("id")):
            yield each


def is_ours(shown: dict[str, Any], rendered: Rendered, since: datetime | None = None) -> bool:
    """Return whether a post is what was rendered.

    The same text, or our mark and first line; or its beginning with the whole
    first line, if it was made after `since`: LinkedIn is known to cut posts.
    """
    theirs, ours = _seen(shown), _folded(rendered.text)
    if theirs == ours:
        return True
    mark = _folded(rendered.payload.get("mark"))
    first = _folded(rendered.text.partition("\n")[0])
    if not first or not theirs.startswith(first):
        return False
    if mark and re.search(rf"{re.escape(mark)}(?!\d)", theirs):
        return True
    made = _made_at(shown)
    return since is not None and made is not None and made >= since - _EARLY and theirs in ours


def note_on(shown: dict[str, Any], rendered: Rendered) -> Cause | None:
    """Return TRUNCATED if what is live is not what was sent; None if LinkedIn shows no text."""
    if not isinstance(shown.get("commentary"), str):
        return None
    ours, theirs = _folded(rendered.text), _seen(shown)
    if ours in {theirs, _folded(shown["commentary"])}:
        return None
    # LinkedIn's own short links, where it makes them, cut nothing.
    shortened = _SHORT in theirs and _LINK.sub(_SHORT, theirs) == _LINK.sub(_SHORT, ours)
    return None if shortened else Cause.TRUNCATED


def hidden(shown: dict[str, Any]) -> bool:
    """Return whether a post is shown to some only."""
    seen_by = shown.get("visibility")
    return isinstance(seen_by, str) and seen_by != "PUBLIC"


def unpublished(shown: dict[str, Any]) -> bool:
    """Return whether LinkedIn keeps a post and does not show it (a draft, one that failed)."""
    state = shown.get("lifecycleState")
    return isinstance(state, str) and not state.startswith("PUBLISHED")


def _seen(shown: dict[str, Any]) -> str:
    text = shown.get("commentary")
    return _folded(plain(text) if isinstance(text, str) else "")


def _folded(text: object) -> str:
    return " ".join(unicodedata.normalize("NFC", text if isinstance(text, str) else "").split())


def _made_at(shown: dict[str, Any]) -> datetime | None:
    made = shown.get("publishedAt") or shown.get("createdAt")
    if not isinstance(made, int) or isinstance(made, bool):
        return None
    try:
        return datetime.fromtimestamp(made / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None
