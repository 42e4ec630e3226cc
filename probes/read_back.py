"""Can we read our own posts, and is the latest one there, whole?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from probes import Aim, Probe, Tools
from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Finding, Report
from sentinel.wire import Lost, RenewalFailed

_CONCERNS = (Ability.READ_BACK, Ability.PUBLISH)  # `publish` because of the credential


class ReadBack(Probe):
    """Reads our own posts."""

    name = "read_back"
    every = timedelta(minutes=2)

    def applies(self, aim: Aim) -> bool:
        """Return whether the platform lets us read our own posts."""
        return aim.platform.read_own(aim.account, aim.last) is not None

    async def run(self, aim: Aim, tools: Tools) -> Report:
        """Hold the platform's conversation; a loss speaks against `read_back`."""
        steps = aim.platform.read_own(aim.account, aim.last)
        if steps is None:
            return Report()
        try:
            report = await tools.converse(steps, aim.account)
        except Lost as lost:
            return Report(findings=(_finding(Ability.READ_BACK, lost.cause, lost.evidence),))
        except RenewalFailed as failed:
            findings = (_finding(ability, failed.cause, failed.evidence) for ability in _CONCERNS)
            return Report(findings=tuple(findings))
        # An answer without a complaint has to clear what an earlier loss said.
        told = {finding.ability for finding in report.findings}
        clear = (_finding(ability) for ability in _CONCERNS if ability not in told)
        return replace(report, findings=(*report.findings, *clear))


def _finding(ability: Ability, cause: Cause | None = None, evidence: str = "answered") -> Finding:
    return Finding(ability=ability, cause=cause, evidence=evidence, proves=cause is not None)


PROBE = ReadBack()
