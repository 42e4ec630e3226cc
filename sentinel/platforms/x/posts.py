"""Recognising our own post among what X shows.

X changes what it was given: links become t.co (with the target beside it under
`entities.urls[].expanded_url`), bare domains gain a scheme, and `&`, `<`, `>`
are escaped. Both sides are brought to one form before they are compared.
"""

from __future__ import annotations

import html
import unicodedata
from typing import Any

import regex

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Rendered
from sentinel.wire import Response

_ID = regex.compile(r"[0-9]{1,25}")
_LINK = regex.compile(r"https?://\S+")
_TAG = regex.compile(r"<[^>]*>")


def id_of(post: dict[str, Any]) -> str:
    """Return the id of a post or a user; empty if there is none worth the name."""
    value = post.get("id")
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def subject_of(answer: Response) -> str:
    """Return the id that a single look-up names: of ourselves, or of a new post."""
    data = answer.object().get("data")
    return id_of(data) if isinstance(data, dict) else ""


def posts_of(answer: Response) -> list[dict[str, Any]]:
    """Return the posts of a timeline, or the one of a single look-up."""
    data = answer.object().get("data")
    posts = data if isinstance(data, list) else [data]
    return [post for post in posts if isinstance(post, dict) and id_of(post)]


def is_ours(post: dict[str, Any], rendered: Rendered) -> bool:
    """Return whether `post` is what was rendered: the same text, or our mark and first line."""
    theirs, ours = _text(post), _plain(rendered.text)
    if theirs == ours:
        return True
    mark = _plain(str(rendered.payload.get("mark", "")))
    first = _plain(rendered.text.partition("\n")[0])
    holds_mark = bool(mark) and regex.search(rf"{regex.escape(mark)}(?!\d)", theirs) is not None
    return holds_mark and bool(first) and theirs.startswith(first)


def note_on(post: dict[str, Any], rendered: Rendered) -> Cause | None:
    """Return TRUNCATED if what is live is not what was sent."""
    return None if _text(post) == _plain(rendered.text) else Cause.TRUNCATED


def shows(page: str, rendered: Rendered) -> bool:
    """Return whether an embedded view shows our words and not a placeholder.

    Only the plain words of the first line are asked for: links are shown cut.
    """
    shown = html.unescape(_TAG.sub(" ", page)).casefold()
    words = [word for word in rendered.text.partition("\n")[0].split() if word.isalpha()]
    return all(word.casefold() in shown for word in words)


def _text(post: dict[str, Any]) -> str:
    text = post.get("text")
    shown = text if isinstance(text, str) else ""
    entities = post.get("entities")
    urls = entities.get("urls") if isinstance(entities, dict) else None
    targets = {
        url["url"]: url["expanded_url"]
        for url in (urls if isinstance(urls, list) else ())
        if isinstance(url, dict)
        and isinstance(url.get("url"), str)
        and isinstance(url.get("expanded_url"), str)
    }
    shown = _LINK.sub(lambda link: targets.get(link[0], link[0]), shown)
    return _plain(html.unescape(shown))


def _plain(text: str) -> str:
    flat = " ".join(unicodedata.normalize("NFC", text).split())
    return regex.sub(r"https?://|/(?=\s|$)", "", flat, flags=regex.IGNORECASE).casefold()
