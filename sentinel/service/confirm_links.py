"""Signed links by which a person says, without login, that one message is out on one channel.

A link names a delivery, a contact and its end, and is signed with a key that is
derived from `storage.key`. It can do one thing, and that only once: confirm this
delivery. Nothing about it is kept; whoever holds the key can tell a true one.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

PATH: Final = "/c"
PURPOSE: Final = "confirm links, 1"
"""What the key is derived for; another one makes every older link worthless."""

LONGEST: Final = 500
_FIELDS: Final = 3
_END: Final = 253_402_300_799  # the last second of the year 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmLink:
    """What a true link says."""

    delivery: str
    contact: str
    expires_at: datetime


def token_of(link: ConfirmLink, key: bytes) -> str:
    """Return the link's last part."""
    seconds = int(link.expires_at.timestamp())
    said = f"{link.delivery}\n{link.contact}\n{seconds}".encode()
    return f"{_text(said)}.{_text(_mark(said, key))}"


def link_of(token: str, key: bytes) -> ConfirmLink | None:
    """Return what a link says; None if it is not one of ours. It may have ended."""
    if len(token) > LONGEST or not token.isascii():
        return None
    said, mark = (_bytes(part) for part in (token.partition(".")[::2]))
    if said is None or mark is None or not hmac.compare_digest(mark, _mark(said, key)):
        return None
    fields = said.decode().split("\n")
    if len(fields) != _FIELDS or not fields[2].isdecimal() or int(fields[2]) > _END:
        return None
    delivery, contact, seconds = fields
    ends = datetime.fromtimestamp(int(seconds), UTC)
    return ConfirmLink(delivery=delivery, contact=contact, expires_at=ends)


def _mark(said: bytes, key: bytes) -> bytes:
    return hmac.new(key, said, "sha256").digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if _text(raw) == text else None  # one way to write it, and no other
