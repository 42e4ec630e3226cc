"""How much of the platform's limits is left?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from probes import Aim, Probe, Tools
from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Finding, Report
from sentinel.wire import Lost, RenewalFailed


class Quota(Probe):
    """Reads the limits where the platform shows them."""

    name = "quota"
    every = timedelta(minutes=5)

    def applies(self, aim: Aim) -> bool:
        """Return whether the platform shows its limits."""
        return aim.platform.read_quota(aim.account) is not None

    async def run(self, aim: Aim, tools: Tools) -> Report:
        """Hold the platform's conversation; a loss speaks against `publish`."""
        steps = aim.platform.read_quota(aim.account)
        if steps is None:
            return Report()
        try:
            report = await tools.converse(steps, aim.account)
        except (Lost, RenewalFailed) as failure:
            return Report(findings=(_finding(failure.cause, failure.evidence),))
        if any(finding.ability is Ability.PUBLISH for finding in report.findings):
            return report
        # An answer without a complaint has to clear what an earlier loss said.
        return replace(report, findings=(*report.findings, _finding()))


def _finding(cause: Cause | None = None, evidence: str = "answered") -> Finding:
    return Finding(
        ability=Ability.PUBLISH, cause=cause, evidence=evidence, proves=cause is not None
    )


PROBE = Quota()
