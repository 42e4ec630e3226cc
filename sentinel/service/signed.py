"""Signed links by which a person does one thing without login, on a phone, at night.

A link names what it is about, a contact and its end, and is signed with a key
that is derived from `storage.key`, another one for each kind: what was made for
one action opens no other. Nothing about a link is kept; whoever holds the key
can tell a true one. It is short, for it also has to fit into a text message.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

LONGEST: Final = 400
"""Characters of a token. A contact's name has up to 64 letters, each of up to 4 bytes."""

VALID_FOR: Final = timedelta(hours=24)
"""How long one can acknowledge by the link of a notification."""

Derive = Callable[[str], bytes]
"""Returns the key for a purpose: `View.derived_key`."""

_MARK: Final = 16  # bytes; 2^128 guesses for one link
_ID: Final = 16
_SECONDS: Final = 5
_END: Final = 253_402_300_799  # the last second of the year 9999


class LinkKind(StrEnum):
    """What a link does; the value is the first part of its path."""

    CONFIRM = "c"  # a delivery: it is out on its channel
    ACKNOWLEDGE = "a"  # an escalation: somebody takes care of it
    FORM = "f"  # no link, but a form's proof that we made the page it stands on

    @property
    def path(self) -> str:
        """The path before the token."""
        return f"/{self.value}"

    @property
    def purpose(self) -> str:
        """What the key is derived for; another one makes every older link worthless."""
        return _PURPOSES[self]


_PURPOSES: Final = {
    LinkKind.CONFIRM: "confirm links, 2",
    LinkKind.ACKNOWLEDGE: "acknowledge links, 1",
    LinkKind.FORM: "forms, 1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedLink:
    """What a true link says. `subject` is the id of what it is about, a UUID."""

    kind: LinkKind
    subject: str
    contact: str
    expires_at: datetime

    def token(self, derive: Derive) -> str:
        """Return the link's last part."""
        seconds = int(self.expires_at.timestamp()).to_bytes(_SECONDS)
        said = UUID(self.subject).bytes + seconds + self.contact.encode()
        return _text(_mark(said, derive(self.kind.purpose)) + said)

    def url(self, public_url: str, derive: Derive) -> str:
        """Return the whole link."""
        return f"{public_url.rstrip('/')}{self.kind.path}/{self.token(derive)}"


def link_of(token: str, kind: LinkKind, derive: Derive) -> SignedLink | None:
    """Return what a link says; None if it is not one of ours of this kind. It may have ended."""
    raw = _bytes(token) if len(token) <= LONGEST and token.isascii() else None
    if raw is None or len(raw) < _MARK + _ID + _SECONDS:
        return None
    mark, said = raw[:_MARK], raw[_MARK:]
    if not hmac.compare_digest(mark, _mark(said, derive(kind.purpose))):
        return None
    seconds = int.from_bytes(said[_ID : _ID + _SECONDS])
    if seconds > _END:
        return None
    return SignedLink(
        kind=kind,
        subject=str(UUID(bytes=said[:_ID])),
        contact=said[_ID + _SECONDS :].decode(),
        expires_at=datetime.fromtimestamp(seconds, UTC),
    )


def acknowledge_url(
    public_url: str, derive: Derive, *, escalation_id: str, contact: str, told_at: datetime
) -> str:
    """Return the link by which a contact acknowledges what they were told of at `told_at`."""
    link = SignedLink(
        kind=LinkKind.ACKNOWLEDGE,
        subject=escalation_id,
        contact=contact,
        expires_at=told_at + VALID_FOR,
    )
    return link.url(public_url, derive)


def told_at(link: SignedLink) -> datetime:
    """Return when the holder of an acknowledge link was told of it."""
    return link.expires_at - VALID_FOR


def family(path: str) -> str:
    """Return a path without the token that it may hold, for logs: the token is a secret."""
    first = path[:3]
    return f"{first}…" if first in _FAMILIES else path


_FAMILIES: Final = frozenset(f"{kind.path}/" for kind in LinkKind)


def _mark(said: bytes, key: bytes) -> bytes:
    return hmac.new(key, said, "sha256").digest()[:_MARK]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if _text(raw) == text else None  # one way to write it, and no other
