"""What the rules may already say although nothing follows it yet. Both tables shrink.

A key or a platform in here is read and checked like every other; stating it
yields a warning "not yet in use". When the part that uses it lands, its row goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sentinel.platforms import Facts


@dataclass(frozen=True, slots=True)
class NotYet:
    """One key path.

    `[]` is every item of a list, `[0]` its first, `[1:]` every item but the first;
    `*` is every value of a group whose names the city gives.
    """

    path: str


NOT_YET_IN_USE: Final[tuple[NotYet, ...]] = (
    NotYet("channels.*.quota.reads"),
    NotYet("channels.*.quota.calls"),
    NotYet("channels.*.quota.replies"),
)

LATER_PLATFORMS: Final[Mapping[str, Facts]] = MappingProxyType({})
"""The contract's platforms that have no file yet, with their keys from the contract's table.

A channel on one of them is checked, then left out of the rules and of every route.
"""
