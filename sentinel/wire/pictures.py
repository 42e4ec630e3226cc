"""Pictures in conversations: made ones, frozen with the delivery, and the caller's own.

A made picture (a card) stands in `Rendered.payload` as text, so that every try
sends the same bytes. Platforms that fetch a picture by its address find it
beside the notices, in the folder that the city shows to the public anyway.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Final

from sentinel.wire import PutFile, ReadFile, RemoveFile, Steps, file

LARGEST: Final = 8 * 1024 * 1024
"""Bytes of a caller's own picture; larger ones are left out."""

_KINDS: Final = (
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"GIF8", "image/gif", "gif"),
)
_GONE: Final = frozenset({"", "ENOENT", "ENOTDIR"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture's bytes, and what they are, such as `image/jpeg` and `jpg`."""

    content: bytes = field(repr=False)
    media_type: str
    suffix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hung:
    """A picture at a public address, or the system's name for why it is not."""

    url: str = ""
    error: str = ""


def frozen(content: bytes) -> str:
    """Return a picture as it stands in a payload."""
    return base64.b64encode(content).decode("ascii")


def thawed(text: object) -> bytes:
    """Return the picture in a payload; empty if there is none."""
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except ValueError:
        return b""


def kind_of(content: bytes) -> Picture | None:
    """Return the picture that `content` is by its first bytes; None if it is none we send."""
    for first, media_type, suffix in _KINDS:
        if content.startswith(first):
            return Picture(content=content, media_type=media_type, suffix=suffix)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return Picture(content=content, media_type="image/webp", suffix="webp")
    return None


def picture(path: str | None) -> Steps[Picture | None]:
    """Return the caller's own picture, read from the daemon's disk when it is sent.

    None: there is none, it is too large, or no picture. Nothing else than a
    picture ever leaves the machine this way, whatever path a caller states.

    Unlike a made one it is not frozen with the delivery: rendering reads no
    files, a disk that hangs must not hold up the planning of a warning, and
    megabytes do not belong into every channel's row. So it goes as it is on
    disk at the first try that sends it, and each platform sends it once.
    """
    if not path:
        return None
    content = (yield from file(ReadFile(path=path))).content or b""
    return kind_of(content) if len(content) <= LARGEST else None


def hang(folder: str, public_url: str, name: str, content: bytes) -> Steps[Hung]:
    """Put a picture where citizens' platforms can fetch it, and return its address.

    The name holds the picture's digest: the same picture has the same address,
    and nobody guesses it before it is posted.

    Args:
        folder: `Account.board_folder`: the folder of the notice board.
        public_url: How the platform reaches that folder: the setting
            `image_base_url` if stated, else `Account.board_url`.
        name: The message's id, below which the picture stands.
        content: The picture.
    """
    if not folder or not public_url:
        return Hung(error="ENOENT")
    place = _place(name, content)
    answer = yield from file(PutFile(path=f"{folder.rstrip('/')}/{place}", content=content))
    if answer.error:
        return Hung(error=answer.error)
    return Hung(url=f"{public_url.rstrip('/')}/{place}")


def take_down(folder: str, name: str, content: bytes) -> Steps[str]:
    """Remove a picture that was hung up; return the system's name for why it stays, or nothing.

    One that is not there is gone already.
    """
    if not folder or not content:
        return ""
    path = f"{folder.rstrip('/')}/{_place(name, content)}"
    error = (yield from file(RemoveFile(path=path))).error
    return "" if error in _GONE else error


def _place(name: str, content: bytes) -> str:
    made = kind_of(content)
    digest = hashlib.sha256(content).hexdigest()[:16]
    return f"{name}/card-{digest}.{made.suffix if made else 'jpg'}"
