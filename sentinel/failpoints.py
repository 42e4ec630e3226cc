"""Named places where a test may make the daemon die as if the power had failed, or stand still.

`reach("name")` costs one comparison when nothing is armed. Only `sentinel.app`
arms one, from the environment, and only a test sets that.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

_armed: dict[str, int] = {}
_stills: dict[str, str] = {}
"""Where it is to stand still, and the file whose being there says that it is time."""

_LOOK_AGAIN_S = 0.05


def arm(spec: str) -> None:
    """Arm failpoints from `NAME`, `NAME:N` (die at the N-th time), several parted by commas.

    `NAME@FILE` arms a place where it stands still as long as FILE is there.
    """
    for part in filter(None, spec.split(",")):
        place, still, file = part.partition("@")
        if still:
            _stills[place] = file
            continue
        name, _, count = part.partition(":")
        _armed[name] = int(count or 1)


def reach(name: str) -> None:
    """Die by SIGKILL here if a test armed `name`."""
    if not _armed or name not in _armed:
        return
    _armed[name] -= 1
    if _armed[name] <= 0:
        os.kill(os.getpid(), signal.SIGKILL)


def block(name: str) -> None:
    """Keep the whole event loop standing here, as a call that never comes back would."""
    while _stills and _is_time(name):
        time.sleep(_LOOK_AGAIN_S)


async def hang(name: str) -> None:
    """Keep whoever awaits this standing, and nobody else."""
    while _stills and _is_time(name):  # noqa: ASYNC110 - a file comes and goes without an event
        await asyncio.sleep(_LOOK_AGAIN_S)


def _is_time(name: str) -> bool:
    file = _stills.get(name)
    return file is not None and Path(file).exists()
