"""Which platforms and probes the rules may name: what stands in the two folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from probes import probes
from sentinel.platforms import Facts, platforms
from sentinel.rules.later import LATER_PLATFORMS

CONTRACT_PROBES = frozenset(
    {
        "reachability",
        "credentials",
        "quota",
        "write_path",
        "read_back",
        "visibility",
        "listening",
        "status_page",
    }
)
"""The probe names that every rules file may use, whether or not the file is there yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Families:
    """The two registers as the rules need them."""

    platforms: Mapping[str, Facts]
    probes: frozenset[str] = CONTRACT_PROBES
    later: Mapping[str, Facts]  # platforms of the contract that have no file yet

    def known(self) -> Mapping[str, Facts]:
        """Return the facts of every platform that may be named; a file wins over the table."""
        return {**self.later, **self.platforms}

    def facts(self, platform: str) -> Facts:
        """Return what a platform declares. Raises KeyError for one that may not be named."""
        return self.known()[platform]

    def in_use(self, platform: str) -> bool:
        """True if the platform has a file."""
        return platform in self.platforms


def registered() -> Families:
    """Return what stands in the folders `platforms/` and `probes/`.

    Raises:
        FamilyError: A file in one of them breaks its folder's promise.
    """
    return Families(
        platforms={name: platform.facts for name, platform in platforms().items()},
        probes=CONTRACT_PROBES | frozenset(probes()),
        later=LATER_PLATFORMS,
    )
