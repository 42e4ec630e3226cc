"""A copy of a living SQLite database."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sentinel.storage import trouble


def back_up(database: Path, target: Path) -> None:
    """Write a whole, compact copy to `target`, durable when this returns. Blocks; use a thread.

    Raises:
        StorageUnwritable: `target` exists, or cannot be written.
    """
    draft = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            _copy(database, draft)
            os.link(draft, target)  # unlike a rename, never replaces what is there
        finally:
            draft.unlink()
    except OSError as error:
        raise trouble.unwritable(str(target), error) from error
    except sqlite3.Error as error:
        raise trouble.of_sqlite(error) from error


def _copy(database: Path, draft: Path) -> None:
    source = f"file:{quote(str(database))}?mode=ro"
    with closing(sqlite3.connect(source, uri=True)) as connection:
        connection.execute("VACUUM INTO ?", (str(draft),))
    with draft.open("rb") as written:
        os.fsync(written.fileno())
