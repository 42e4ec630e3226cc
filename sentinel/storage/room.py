"""Whether the disk still has room. Asked, and not tried: to fill the last of it would harm."""

from __future__ import annotations

import os
from pathlib import Path

LEAST = 1 << 20
"""Bytes. SQLite reuses pages and may take a small write where a message would not fit any more."""


def has_room(folder: Path) -> bool:
    """Return whether whoever we are may still write a mebibyte to the disk of `folder`. Blocks."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize >= LEAST
