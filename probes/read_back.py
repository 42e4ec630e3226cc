"""Can we read our own posts, and is the latest one there, whole?"""

from __future__ import annotations

from datetime import timedelta

from probes import Aim, Probe, Tools, held
from sentinel.domain.cause import Ability
from sentinel.domain.observation import Report


class ReadBack(Probe):
    """Reads our own posts."""

    name = "read_back"
    every = timedelta(minutes=2)
    of_posts = True

    def applies(self, aim: Aim) -> bool:
        """Return whether the platform lets us read our own posts."""
        return aim.platform.read_own(aim.account, aim.last) is not None

    async def run(self, aim: Aim, tools: Tools) -> Report:
        """Hold the platform's conversation; a loss speaks against `read_back`."""
        return await held(
            aim.platform.read_own(aim.account, aim.last), Ability.READ_BACK, aim, tools
        )


PROBE = ReadBack()
