"""Do the platform's addresses answer at all? The cheapest check, and the first to see an outage.

An answer proves nothing about what we may do there, so its good findings do
not prove an ability; no answer, or one of the server's own faults (5xx), speaks
against every ability that goes through that address.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from probes import Aim, Probe, Reached, Tools
from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Finding, Report

_TOUCHES = {
    "base": (Ability.PUBLISH, Ability.READ_BACK, Ability.LISTEN),
    "public": (Ability.PUBLIC,),
}


class Reachability(Probe):
    """Looks at the addresses that the platform names in `facts.probe_urls`."""

    name = "reachability"

    def applies(self, aim: Aim) -> bool:
        """Return whether the channel has an address to look at."""
        return bool(_addresses(aim))

    async def run(self, aim: Aim, tools: Tools) -> Report:
        """Look at all addresses at once, each with a connection of its own."""
        looks: dict[str, asyncio.Task[Reached]] = {}
        async with asyncio.TaskGroup() as group:
            for address in dict.fromkeys(_addresses(aim).values()):
                looks[address] = group.create_task(tools.reach(address))
        seen = {kind: looks[address].result() for kind, address in _addresses(aim).items()}
        days = [look.tls_days_left for look in seen.values() if look.tls_days_left is not None]
        first = next(iter(seen.values()), Reached())
        return Report(
            findings=tuple(
                _finding(ability, look)
                for kind, look in seen.items()
                for ability in _TOUCHES[kind]
                if ability in aim.abilities
            ),
            tls_days_left=min(days, default=None),
            phases_ms=tuple(first.phases_ms.items()),
        )


def _addresses(aim: Aim) -> dict[str, str]:
    known = {"base": aim.account.base_url, "public": aim.account.public_url}
    return {kind: known[kind] for kind in aim.platform.facts.probe_urls if known[kind]}


def _finding(ability: Ability, look: Reached) -> Finding:
    cause = Cause(look.cause) if look.cause else None
    if cause is None and (look.status or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        cause = Cause.PLATFORM_FAULT
    edge = look.edge if cause else ""
    return Finding(ability=ability, cause=cause, evidence=look.evidence, proves=False, edge=edge)


PROBE = Reachability()
