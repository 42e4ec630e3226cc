"""How much was tried: what a search that found nothing has to show."""

from __future__ import annotations

from collections import Counter

COUNTS: Counter[str] = Counter()
"""What befell the towns of this process, by its name in the plural."""


def count(what: str, many: int = 1) -> None:
    """Count something that befell a town."""
    COUNTS[what] += many


def told() -> str:
    """Return all that was counted, the stories and their steps first."""
    first = ("stories", "steps")
    names = [*first, *sorted(set(COUNTS) - set(first))]
    return ", ".join(f"{COUNTS[name]:,} {name}" for name in names)
