"""How available a channel was, as plain data: per ability, in all and day by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sentinel.domain.availability import Figures, Grain, together
from sentinel.service.shapes import Shape, stamp
from sentinel.storage.rollups import Rollup
from sentinel.storage.view import View

_DAY = timedelta(days=1)


async def availability_shape(view: View, channel: str, days: int, at: datetime) -> Shape:
    """Return the last `days` days in UTC, today among them."""
    until = Grain.DAY.start(at) + _DAY
    found = await view.rollups(until - days * _DAY, until, channel)
    return {
        "channel": channel,
        "from": stamp(until - days * _DAY),
        "to": stamp(at),
        "abilities": {
            ability: figures_shape(together(one.figures for one in found if one.ability == ability))
            for ability in sorted({one.ability for one in found})
        },
        "items": _days(found),
        "next": None,
    }


def figures_shape(figures: Figures) -> Shape:
    """Return figures; `share` is of the time in which the state was known, null if never."""
    return {
        "share": figures.share,
        "known": figures.known,
        "up_s": figures.up_ms / 1000,
        "degraded_s": figures.degraded_ms / 1000,
        "down_s": figures.down_ms / 1000,
        "unknown_s": figures.unknown_ms / 1000,
        "checks": figures.checks,
        "failures": figures.failures,
        "mean_ms": round(figures.mean_ms, 1) if figures.mean_ms is not None else None,
        "slowest_ms": figures.slowest_ms if figures.checks else None,
    }


def _days(found: Sequence[Rollup]) -> list[Shape]:
    days: dict[tuple[datetime, str], Figures] = {}
    for one in found:
        key = (Grain.DAY.start(one.start), one.ability.value)
        days[key] = days.get(key, Figures()) + one.figures
    return [
        {"day": f"{day:%Y-%m-%d}", "ability": ability, **figures_shape(figures)}
        for (day, ability), figures in sorted(days.items())
    ]
