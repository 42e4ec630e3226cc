"""Would a post go through? Exercises the write path without anything that a citizen could see."""

from __future__ import annotations

from datetime import timedelta

from probes import Aim, Probe, Tools, held
from sentinel.domain.cause import Ability
from sentinel.domain.observation import Report


class WritePath(Probe):
    """Goes as far as possible without publishing."""

    name = "write_path"
    every = timedelta(minutes=5)

    def applies(self, aim: Aim) -> bool:
        """Return whether the platform allows a rehearsal."""
        return aim.platform.rehearse(aim.account) is not None

    async def run(self, aim: Aim, tools: Tools) -> Report:
        """Hold the platform's conversation; a loss speaks against `publish`."""
        return await held(aim.platform.rehearse(aim.account), Ability.PUBLISH, aim, tools)


PROBE = WritePath()
