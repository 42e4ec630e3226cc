"""A pin as we make it, as Pinterest shows it, and whether it is ours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Receipt, Rendered
from sentinel.wire import Response

_ID = re.compile(r"[0-9]{1,25}")


def id_in(value: object) -> str:
    """Return the number that names a pin or a board; empty if it is none."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if _ID.fullmatch(text) else ""


def receipt(pin: str) -> Receipt:
    """Return the receipt of a pin."""
    return Receipt(post_id=pin, permalink=f"https://www.pinterest.com/pin/{pin}/")


def body(rendered: Rendered, board: str) -> dict[str, Any]:
    """Return the request's body; the picture is the one that was frozen with the delivery."""
    payload = rendered.payload
    made = {
        "board_id": board,
        "title": payload.get("title", ""),
        "description": rendered.text,
        "alt_text": payload.get("alt_text", ""),
        "media_source": {
            "source_type": "image_base64",
            "content_type": "image/jpeg",
            "data": payload.get("card", ""),
        },
    }
    return made | ({"link": payload["link"]} if payload.get("link") else {})


def pins_of(answer: Response) -> Iterator[dict[str, Any]]:
    """Yield the pins of a list that name themselves."""
    items = answer.object().get("items")
    for each in items if isinstance(items, list) else ():
        if isinstance(each, dict) and id_in(each.get("id")):
            yield each


def is_ours(shown: Mapping[str, Any], rendered: Rendered) -> bool:
    """Return whether a pin is what was rendered: the same text, or our title with our mark."""
    text = _folded(shown.get("description"))
    if text == _folded(rendered.text):
        return True
    if _folded(shown.get("title")) != _folded(rendered.payload.get("title")):
        return False
    mark = _folded(rendered.payload.get("mark"))
    held = f"{text} {_folded(shown.get('link'))}"
    return bool(mark) and re.search(rf"{re.escape(mark)}(?!\d)", held) is not None


def note_on(shown: Mapping[str, Any], rendered: Rendered) -> Cause | None:
    """Return TRUNCATED if what is live is not what was sent; what is not shown proves nothing."""
    for name, sent in (("description", rendered.text), ("title", rendered.payload.get("title"))):
        live = shown.get(name)
        if isinstance(live, str) and _folded(live) != _folded(sent):
            return Cause.TRUNCATED
    return None


def _folded(text: object) -> str:
    return " ".join(unicodedata.normalize("NFC", text if isinstance(text, str) else "").split())
