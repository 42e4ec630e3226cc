"""A small disk that a test may fill."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BALLAST = "ballast"


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Make `folder` a file system of its own, of 16 MiB; skip the test where nobody may mount."""
    folder.mkdir()
    tool = shutil.which("mount") or "mount"
    mount = [tool, "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    made = subprocess.run(mount, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"NO SMALL DISK: {made.stderr.strip()} (mounting needs root)")
    try:
        yield folder
    finally:
        subprocess.run([shutil.which("umount") or "umount", "-l", str(folder)], check=False)


def fill(folder: Path) -> None:
    """Write until nothing more fits."""
    ballast = os.open(folder / BALLAST, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        for size in (65536, 4096, 1):
            while True:
                try:
                    if os.write(ballast, b"\0" * size) == 0:
                        break
                except OSError:
                    break
    finally:
        os.close(ballast)


def empty(folder: Path) -> None:
    """Make room again."""
    (folder / BALLAST).unlink()
