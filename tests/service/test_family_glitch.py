"""Meta, 5 March 2024: an operator refuses good tokens for a while, and nobody may believe it."""

from pathlib import Path
from typing import Any

import yaml

from sentinel.domain.cause import CREDENTIAL
from sentinel.simulator.server import Simulator
from tests.service.quiet import QUIET
from tests.support import city
from tests.support.house import House, route, rules_for, until

ACCOUNTS = ("stadt", "feuerwehr", "stadtwerke")
CHANNELS = tuple(f"threads-{account}" for account in ACCOUNTS)
TOKENS = {**city.TOKENS, "TOKEN_1": "token-canary-1", "TOKEN_2": "token-canary-2"}
LOOKED_AT = {**QUIET, "credentials": {"every": "1s"}, "read_back": {"every": "1s"}}


async def meta_rules(sim: Simulator, folder: Path) -> Path:
    """Three accounts of one operator, each with a token of its own."""
    file = await rules_for(sim, folder, [route(*CHANNELS)], only=("threads-stadt",))
    document: dict[str, Any] = yaml.safe_load(file.read_text())
    first = document["channels"]["threads-stadt"]
    for number, account in enumerate(ACCOUNTS):
        other = yaml.safe_load(yaml.safe_dump(first).replace("threads/stadt", f"threads/{account}"))
        if number:
            other["credentials"] = {"access_token": f"${{env:TOKEN_{number}}}"}
        other["probes"] = LOOKED_AT
        document["channels"][f"threads-{account}"] = other
    return city.write(folder, document)


async def test_a_glitch_of_a_whole_family_revokes_no_credential(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await meta_rules(sim, tmp_path), env=TOKENS) as house:
        for name in CHANNELS:
            await house.judged(name, "publish", "up", None)
        sim.faults.put("threads", "credential_glitch")
        for name in CHANNELS:
            await house.judged(name, "publish", "down", "platform_fault")
        await until(lambda: refused(house, 4), 10, "every token to be refused again and again")
        during = {house.verdict(name, "publish") for name in CHANNELS}
        sim.faults.clear()
        for name in CHANNELS:
            await house.judged(name, "publish", "up", None)
        causes = {entry.payload["cause"] for entry in await house.journal("verdict.changed")}
        told = [str(note["body"]) for note in sim.notes()]

    assert during == {("down", "platform_fault")}
    assert not causes & {"credential_rejected", "credential_expired"}
    assert not any("Zugangsdaten ablehnt" in text for text in told)


async def refused(house: House, times: int) -> bool:
    """Return whether the token of every channel was refused so often."""
    async with house.storage.read() as view:
        seen = [await view.observations(name) for name in CHANNELS]
    return all(sum(one.finding.cause in CREDENTIAL for one in mine) >= times for mine in seen)


async def test_one_token_that_is_refused_in_a_calm_family_is_revoked(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await meta_rules(sim, tmp_path), env=TOKENS) as house:
        for name in CHANNELS:
            await house.judged(name, "publish", "up", None)
        sim.faults.put("threads", "credential_revoked", account="feuerwehr")
        await house.judged("threads-feuerwehr", "publish", "down", "credential_expired")
        others = {house.verdict(f"threads-{name}", "publish") for name in ("stadt", "stadtwerke")}

    assert others == {("up", None)}


async def test_a_falling_channels_siblings_are_looked_at_at_once(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await meta_rules(sim, tmp_path)
    document = yaml.safe_load(file.read_text())
    for name in CHANNELS[1:]:
        document["channels"][name]["probes"] = {**QUIET, "reachability": {"every": "1h"}}
    async with House(city.write(tmp_path, document), env=TOKENS) as house:
        for name in CHANNELS:
            await house.judged(name, "publish", "up", None)
        sim.faults.put("threads", "refuse_connection")
        for name in CHANNELS:
            await house.judged(name, "publish", "down", "unreachable")
