"""Is the credential good, with which scopes, and until when?"""

from __future__ import annotations

from datetime import timedelta

from probes import Aim, Probe, Tools, held
from sentinel.domain.cause import Ability
from sentinel.domain.observation import Report


class Credentials(Probe):
    """Asks the platform about our own account."""

    name = "credentials"
    every = timedelta(minutes=5)

    def applies(self, aim: Aim) -> bool:
        """Return whether the platform can say anything about a credential."""
        return aim.platform.check_credentials(aim.account) is not None

    async def run(self, aim: Aim, tools: Tools) -> Report:
        """Hold the platform's conversation; a loss speaks against `publish`."""
        return await held(aim.platform.check_credentials(aim.account), Ability.PUBLISH, aim, tools)


PROBE = Credentials()
