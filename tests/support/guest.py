"""Lets platforms from another folder stay among ours, as if they had been put there.

The folder holds `platforms/`, `faces/` and `members/`; only what is found by
scanning is extended. For a whole test run: `pytest -p tests.support.guest`
with the folder in `SENTINEL_GUESTS`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sentinel.platforms
import sentinel.simulator.faces
import tests.platforms.members

HOMES = {
    "platforms": sentinel.platforms,
    "faces": sentinel.simulator.faces,
    "members": tests.platforms.members,
}


@contextmanager
def guests(folder: Path) -> Iterator[None]:
    """Have what lies in `folder` found, for as long as this is open."""
    before = {name: list(home.__path__) for name, home in HOMES.items()}
    try:
        for name, home in HOMES.items():
            home.__path__[:] = [*before[name], str(folder / name)]
        _forget()
        yield
    finally:
        for name, home in HOMES.items():
            home.__path__[:] = before[name]
        _forget()


def _forget() -> None:
    sentinel.platforms.platforms.cache_clear()
    tests.platforms.members.members.cache_clear()


if place := os.environ.get("SENTINEL_GUESTS"):
    STAY = guests(Path(place))  # kept, or it would end at once
    STAY.__enter__()
