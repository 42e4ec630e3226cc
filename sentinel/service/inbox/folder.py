"""The intake folder on disk: what lies in it, reading it, and putting it away. Blocks."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sentinel.service.inbox.letter import LIMIT_BYTES

CAP, JSON = ".cap.xml", ".json"
ACCEPTED, REFUSED = "accepted", "refused"

_UNFINISHED = (".tmp", ".part")
_REASON = ".reason.txt"
_LONGEST_NAME = 200  # bytes; 255 is the limit of most file systems, and a reason's name is longer


class Changed(OSError):
    """A file is another one than before: it is looked at anew."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells that a file is still the same, and finished."""

    inode: int
    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Found:
    """Something in the folder that is not a folder, not hidden, and not marked as unfinished."""

    name: str
    stamp: Stamp
    regular: bool  # a file, and no link, pipe or device

    @property
    def shown(self) -> str:
        """Its name, whatever bytes it is made of, as text that can be written down."""
        text = self.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)

    @property
    def kind(self) -> str | None:
        """How its name ends, if that is one of the endings that are read."""
        return next((end for end in (CAP, JSON) if self.name.lower().endswith(end)), None)


@dataclass(frozen=True, slots=True)
class Folder:
    """The intake folder."""

    path: Path

    def look(self) -> list[Found]:
        """Return what lies there, oldest first.

        Raises:
            OSError: The folder cannot be read.
        """
        with os.scandir(self.path) as entries:
            found = [one for entry in entries if (one := _found(entry)) is not None]
        return sorted(found, key=lambda one: (one.stamp.changed_ns, one.name))

    def read(self, found: Found) -> bytes:
        """Return the bytes of a file that is no larger than may be.

        Raises:
            OSError: It cannot be read.
            Changed: It is no longer the file that was found.
        """
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        with os.fdopen(os.open(self.path / found.name, flags), "rb") as file:
            data = file.read(LIMIT_BYTES + 1)
            self._same(found, os.fstat(file.fileno()))
        return data

    def put_away(self, found: Found, where: str, reason: str | None = None) -> None:
        """Move a file to `accepted` or `refused`, there with the reason beside it.

        The reason is written first, so that nothing is ever refused without one.
        Whoever may drop files here may also drop links: none is followed.

        Raises:
            OSError: It cannot be moved, or `where` is no folder but a link to one.
            Changed: It is no longer the file that was found.
        """
        source = self.path / found.name
        self._same(found, source.lstat())
        with _opened(self.path / where) as folder:
            target = next(name for name in _names(found) if not _there(name, folder))
            if reason is not None:
                _write(f"{target}{_REASON}", reason.encode(), folder)
            os.rename(source, target, dst_dir_fd=folder)

    def _same(self, found: Found, now: os.stat_result) -> None:
        if _stamp(now) != found.stamp:
            raise Changed(found.shown)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """Yield a folder itself, whatever its name comes to stand for meanwhile."""
    folder.mkdir(exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _there(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _write(name: str, content: bytes, folder: int) -> None:
    """Put a file there whole, under a name that nobody can foresee until it is."""
    draft = f".{secrets.token_hex(8)}{_UNFINISHED[0]}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(draft, flags, 0o644, dir_fd=folder), "wb") as file:
            file.write(content)
        os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft, dir_fd=folder)
        raise


def _found(entry: os.DirEntry[str]) -> Found | None:
    name = entry.name
    if name.startswith(".") or name.lower().endswith(_UNFINISHED) or name in {ACCEPTED, REFUSED}:
        return None
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # it went while we looked
        return None
    if stat.S_ISDIR(status.st_mode):
        return None
    return Found(name=name, stamp=_stamp(status), regular=stat.S_ISREG(status.st_mode))


def _stamp(status: os.stat_result) -> Stamp:
    return Stamp(inode=status.st_ino, size=status.st_size, changed_ns=status.st_mtime_ns)


def _names(found: Found) -> Iterator[str]:
    """Yield names to put a file away under: its own, then `alarm-2.cap.xml` and so on."""
    ending = found.name[-len(found.kind) :] if found.kind else ""
    stem = found.name[: len(found.name) - len(ending)]
    while len(os.fsencode(stem)) > _LONGEST_NAME:
        stem = stem[:-1]
    yield stem + ending
    number = 2
    while True:
        yield f"{stem}-{number}{ending}"
        number += 1
