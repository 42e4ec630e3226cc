"""Named places where a test may make the daemon die as if the power had failed.

`reach("name")` costs one comparison when nothing is armed. Only `sentinel.app`
arms one, from the environment, and only a test sets that.
"""

from __future__ import annotations

import os
import signal

_armed: dict[str, int] = {}


def arm(spec: str) -> None:
    """Arm failpoints from `NAME`, `NAME:N` (die at the N-th time), several parted by commas."""
    for part in filter(None, spec.split(",")):
        name, _, count = part.partition(":")
        _armed[name] = int(count or 1)


def reach(name: str) -> None:
    """Die by SIGKILL here if a test armed `name`."""
    if not _armed or name not in _armed:
        return
    _armed[name] -= 1
    if _armed[name] <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
