"""Can staff read mentions and the timeline?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from probes import Aim, Probe, Tools
from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Finding, Report
from sentinel.wire import Lost, RenewalFailed

_CONCERNS = (Ability.LISTEN, Ability.PUBLISH)  # `publish` because of the credential


class Listening(Probe):
    """Reads what is said to us and around us."""

    name = "listening"
    every = timedelta(minutes=5)

    def applies(self, aim: Aim) -> bool:
        """Return whether the platform lets us listen."""
        return aim.platform.listen(aim.account) is not None

    async def run(self, aim: Aim, tools: Tools) -> Report:
        """Hold the platform's conversation; a loss speaks against `listen`."""
        steps = aim.platform.listen(aim.account)
        if steps is None:
            return Report()
        try:
            report = await tools.converse(steps, aim.account)
        except Lost as lost:
            return Report(findings=(_finding(Ability.LISTEN, lost.cause, lost.evidence),))
        except RenewalFailed as failed:
            findings = (_finding(ability, failed.cause, failed.evidence) for ability in _CONCERNS)
            return Report(findings=tuple(findings))
        # An answer without a complaint has to clear what an earlier loss said.
        told = {finding.ability for finding in report.findings}
        clear = (_finding(ability) for ability in _CONCERNS if ability not in told)
        return replace(report, findings=(*report.findings, *clear))


def _finding(ability: Ability, cause: Cause | None = None, evidence: str = "answered") -> Finding:
    return Finding(ability=ability, cause=cause, evidence=evidence, proves=cause is not None)


PROBE = Listening()
