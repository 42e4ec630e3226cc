"""When the wall clock is set: how far it jumped, and values that move along with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sentinel.domain.health import ChannelHealth

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


def not_ahead(health: ChannelHealth, at: datetime) -> ChannelHealth:
    """Return what is remembered of a channel, moved so far back that none of it is yet to come.

    Whatever was seen after `at` was seen by a clock that somebody set back while
    nobody was there to notice. Left as it is, it would count as news until that
    time comes again. How far the clock was set is not known any more: as far as
    this at the least.
    """
    seen = [track.seen_at for track in health.tracks.values()]
    seen += [verdict.since for verdict in health.verdicts.values()]
    ahead = max(seen, default=at) - at
    return shifted(health, -ahead) if ahead > JUMP else health
