"""How much of the platform's limits is left?"""

from __future__ import annotations

from datetime import timedelta

from probes import Aim, Probe, Tools, held
from sentinel.domain.cause import Ability
from sentinel.domain.observation import Report


class Quota(Probe):
    """Reads the limits where the platform shows them."""

    name = "quota"
    every = timedelta(minutes=5)

    def applies(self, aim: Aim) -> bool:
        """Return whether the platform shows its limits."""
        return aim.platform.read_quota(aim.account) is not None

    async def run(self, aim: Aim, tools: Tools) -> Report:
        """Hold the platform's conversation; a loss speaks against `publish`."""
        return await held(aim.platform.read_quota(aim.account), Ability.PUBLISH, aim, tools)


PROBE = Quota()
