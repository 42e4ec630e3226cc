"""Can staff read mentions and the timeline?"""

from __future__ import annotations

from datetime import timedelta

from probes import Aim, Probe, Tools, held
from sentinel.domain.cause import Ability
from sentinel.domain.observation import Report


class Listening(Probe):
    """Reads what is said to us and around us."""

    name = "listening"
    every = timedelta(minutes=5)

    def applies(self, aim: Aim) -> bool:
        """Return whether the platform lets us listen."""
        return aim.platform.listen(aim.account) is not None

    async def run(self, aim: Aim, tools: Tools) -> Report:
        """Hold the platform's conversation; a loss speaks against `listen`."""
        return await held(aim.platform.listen(aim.account), Ability.LISTEN, aim, tools)


PROBE = Listening()
