"""File steps. They block, so they run in threads of their own: a hung name server has none of them.

A file that is put is there whole or not at all, also after a power cut:
temporary name, fsync, rename, fsync of the folder.
"""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import assert_never

from sentinel.failpoints import reach
from sentinel.transport.trail import Phase, Trail
from sentinel.wire import FileAnswer, FileStep, ListFiles, PutFile, ReadFile, RemoveFile

_UNFINISHED = ".unfinished-"
"""How temporary names begin; `ListFiles` leaves them out."""


class Files:
    """Takes file steps."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="files")

    def close(self) -> None:
        """Take no more steps. A step that hangs in the system is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def take(self, step: FileStep, trail: Trail) -> FileAnswer:
        """Take one step. Never raises: what the system says is in the answer."""
        trail.phase = Phase.ANSWER
        trail.sent = isinstance(step, PutFile)  # from here on the rename may happen any time
        loop = asyncio.get_running_loop()
        answer, placed = await loop.run_in_executor(self._threads, _take, step)
        trail.sent = placed
        return answer


def _take(step: FileStep) -> tuple[FileAnswer, bool]:
    try:
        match step:
            case PutFile():
                return _put(Path(step.path), step.content)
            case ReadFile():
                return _read(Path(step.path)), False
            case ListFiles():
                return _list(Path(step.path)), False
            case RemoveFile():
                Path(step.path).unlink(missing_ok=True)
                _sync_folder(Path(step.path).parent)
                return FileAnswer(), False
            case _:
                assert_never(step)
    except (OSError, ValueError) as error:
        return FileAnswer(error=_name(error)), False


def _put(path: Path, content: bytes) -> tuple[FileAnswer, bool]:
    _make_folder(path.parent)
    unfinished = path.parent / f"{_UNFINISHED}{secrets.token_hex(8)}"
    try:
        _write(unfinished, content)
        reach("files.written")
        unfinished.replace(path)
        reach("files.renamed")
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    try:
        _sync_folder(path.parent)
    except OSError as error:
        return FileAnswer(error=_name(error)), True  # in place, but perhaps not after a power cut
    return FileAnswer(), True


def _write(path: Path, content: bytes) -> None:
    # Readable by the web server that shows the folder, unlike tempfile's 0600.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _read(path: Path) -> FileAnswer:
    try:
        return FileAnswer(content=path.read_bytes())
    except FileNotFoundError:
        return FileAnswer()


def _list(path: Path) -> FileAnswer:
    try:
        names = sorted(entry.name for entry in path.iterdir())
    except FileNotFoundError:
        return FileAnswer()
    return FileAnswer(names=tuple(name for name in names if not name.startswith(_UNFINISHED)))


def _sync_folder(folder: Path) -> None:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _name(error: OSError | ValueError) -> str:
    number = error.errno if isinstance(error, OSError) else errno.EINVAL  # a NUL in the path
    return errno.errorcode.get(number or errno.EIO, "EIO")
