"""An event as sent and as shown: its content, its size, and whether it is ours.

A homeserver limits the whole event, signatures and all, to 65,536 bytes of
canonical JSON (facts/platforms-a.md section 8). Half of that is left to what the
servers add; the other half is the content, with both bodies, escapes included.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Receipt, Rendered

LIMIT = 32_768
_HEADLINE = 200  # characters: a longer first line is no headline
_EVENT = re.compile(r"\$[\x21-\x7e]{1,254}")


def content(text: str) -> dict[str, str]:
    """Return what is sent: the plain text, and the same with its first line in bold.

    `m.text` and not `m.notice`, which some clients show without a sound.
    """
    return {
        "msgtype": "m.text",
        "body": text,
        "format": "org.matrix.custom.html",
        "formatted_body": _formatted(text),
    }


def size(text: str) -> int:
    """Return the bytes of the content in canonical JSON."""
    packed = json.dumps(content(text), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return len(packed.encode("utf-8", "replace"))


def id_of(shown: object) -> str:
    """Return the id of an event; empty if there is none worth the name."""
    value = shown.get("event_id") if isinstance(shown, dict) else None
    return value if isinstance(value, str) and _EVENT.fullmatch(value) else ""


def is_id(text: str) -> bool:
    """Return whether this can be the id of an event."""
    return _EVENT.fullmatch(text) is not None


def receipt(room: str, event_id: str) -> Receipt:
    """Return the receipt, with the address under which any Matrix program opens it."""
    server = room.partition(":")[2]
    via = f"?via={quote(server, safe='')}" if server else ""
    where = f"{quote(room, safe='')}/{quote(event_id, safe='')}"
    return Receipt(post_id=event_id, permalink=f"https://matrix.to/#/{where}{via}")


def body_of(shown: object) -> str | None:
    """Return the text of an event; None if it has none, as after it was taken down."""
    body = _part(shown, "content").get("body")
    return body if isinstance(body, str) else None


def transaction_of(shown: object) -> str:
    """Return the key under which our own device sent the event; empty if it did not."""
    value = _part(shown, "unsigned").get("transaction_id")
    return value if isinstance(value, str) else ""


def is_ours(shown: object, rendered: Rendered) -> bool:
    """Return whether an event is what was rendered: by key, by text, or by mark and first line."""
    if transaction_of(shown) == rendered.key:
        return True
    body = body_of(shown)
    if body is None or body == rendered.text:
        return body is not None
    mark, first = str(rendered.payload.get("mark", "")), rendered.text.partition("\n")[0]
    holds_mark = bool(mark) and re.search(rf"{re.escape(mark)}(?!\d)", body) is not None
    return holds_mark and bool(first) and body.startswith(first)


def note_on(shown: object, rendered: Rendered) -> Cause | None:
    """Return the finding for a person: taken down by somebody, or another text."""
    body = body_of(shown)
    if body is None:
        return Cause.NOT_VISIBLE
    return None if body == rendered.text else Cause.TRUNCATED


def _formatted(text: str) -> str:
    first, rest = text.partition("\n")[::2]
    strong = bool(rest) and len(first) <= _HEADLINE
    shown = f"<strong>{_escaped(first)}</strong>\n{_escaped(rest)}" if strong else _escaped(text)
    return shown.replace("\n", "<br>")


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _part(shown: object, name: str) -> Mapping[str, Any]:
    value = shown.get(name) if isinstance(shown, dict) else None
    return value if isinstance(value, dict) else {}
