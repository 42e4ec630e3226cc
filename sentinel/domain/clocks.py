"""When the wall clock is set: how far it jumped, and values that move along with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

JUMP = timedelta(seconds=2)
"""So much apart from the clock that nobody sets is a jump; less is the tuning of a good clock."""


def jump(wall: timedelta, elapsed_s: float) -> timedelta | None:
    """Return how far the wall clock jumped while `wall` passed by it and `elapsed_s` in truth.

    None: it ran on as it should.
    """
    apart = wall - timedelta(seconds=elapsed_s)
    return apart if abs(apart) > JUMP else None


def shifted(value: T, by: timedelta) -> T:
    """Return a value with every moment in it moved by `by`, however deep it stands."""
    moved: Any = value
    if isinstance(value, datetime):
        moved = value + by
    elif isinstance(value, tuple):
        moved = tuple(shifted(one, by) for one in value)
    elif isinstance(value, Mapping):
        moved = {key: shifted(one, by) for key, one in value.items()}
    elif is_dataclass(value) and not isinstance(value, type):
        every = {field.name: getattr(value, field.name) for field in fields(value)}
        moved = replace(value, **{name: shifted(one, by) for name, one in every.items()})
    return moved  # type: ignore[no-any-return] # of the type that was given
