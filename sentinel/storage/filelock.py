"""One daemon per SQLite file."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from sentinel.storage import trouble


class FileLock:
    """A lock on FILE.lock. The system drops it when its holder dies, however it dies."""

    def __init__(self, database: Path) -> None:
        """Take the lock.

        Raises:
            StorageBusy: Another process, or another storage in this one, holds it.
            StorageUnwritable: The lock file cannot be made.
        """
        path = f"{database}.lock"
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise trouble.unwritable(path, error) from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._handle)
            raise trouble.busy(str(database)) from error

    def release(self) -> None:
        """Let the next one in. The file stays: removing it would open a race."""
        os.close(self._handle)
