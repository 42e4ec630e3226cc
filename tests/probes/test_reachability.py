"""Reachability: which addresses it looks at, and against what an answer speaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import probes
from probes import Aim, Reached
from sentinel.domain.cause import Ability, Cause

PROBE = probes.probes()["reachability"]
BASE, PUBLIC = "https://api.example", "https://www.example"
FINE = Reached(status=404, evidence="HTTP 404", phases_ms={"dns": 1.0}, tls_days_left=30)


async def test_an_answering_base_address_proves_nothing(
    aim_at: Callable[..., Aim], table: Any
) -> None:
    report = await PROBE.run(aim_at(), table({BASE: FINE}))

    assert {(f.ability, f.cause, f.proves) for f in report.findings} == {
        (Ability.PUBLISH, None, False),
        (Ability.READ_BACK, None, False),
        (Ability.LISTEN, None, False),
    }
    assert (report.tls_days_left, report.phases_ms) == (30, (("dns", 1.0),))


async def test_a_base_address_that_is_gone_says_nothing_of_the_public_one(
    aim_at: Callable[..., Aim], table: Any
) -> None:
    gone = Reached(cause="tls", evidence="certificate not accepted")

    report = await PROBE.run(
        aim_at(None, "base", "public", abilities=frozenset({Ability.PUBLISH, Ability.PUBLIC})),
        table({BASE: gone, PUBLIC: FINE}),
    )

    assert [(f.ability, f.cause) for f in report.findings] == [
        (Ability.PUBLISH, Cause.TLS),
        (Ability.PUBLIC, None),
    ]


@pytest.mark.parametrize(
    ("status", "cause"), [(200, None), (403, None), (429, None), (500, Cause.PLATFORM_FAULT)]
)
async def test_only_the_servers_own_faults_speak_against_it(
    aim_at: Callable[..., Aim], table: Any, status: int, cause: Cause | None
) -> None:
    report = await PROBE.run(aim_at(), table({BASE: Reached(status=status)}))

    assert {finding.cause for finding in report.findings} == {cause}


async def test_one_address_for_both_is_looked_at_once(
    aim_at: Callable[..., Aim], table: Any
) -> None:
    tools = table({BASE: FINE})

    report = await PROBE.run(aim_at(None, "base", "public", public_url=BASE), tools)

    assert tools.looked == [BASE]
    assert {finding.ability for finding in report.findings} == set(Ability)


def test_a_channel_without_an_address_is_not_looked_at(aim_at: Callable[..., Aim]) -> None:
    assert PROBE.applies(aim_at())
    assert not PROBE.applies(aim_at(base_url=""))
    assert PROBE.applies(aim_at(None, "base", "public", base_url=""))
