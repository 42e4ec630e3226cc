"""Can a citizen without login read us, and our latest post?"""

from __future__ import annotations

from datetime import timedelta

from probes import Aim, Probe, Tools, held
from sentinel.domain.cause import Ability
from sentinel.domain.observation import Report


class Visibility(Probe):
    """Looks as a citizen: no login, no cookies, a fresh connection."""

    name = "visibility"
    every = timedelta(minutes=2)
    of_posts = True

    def applies(self, aim: Aim) -> bool:
        """Return whether citizens are meant to read this channel without login."""
        return aim.platform.see_as_citizen(aim.account, aim.last) is not None

    async def run(self, aim: Aim, tools: Tools) -> Report:
        """Hold the platform's conversation; a loss speaks against `public`."""
        return await held(
            aim.platform.see_as_citizen(aim.account, aim.last), Ability.PUBLIC, aim, tools
        )


PROBE = Visibility()
