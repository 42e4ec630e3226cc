"""A small city with alerting chains, and outages as verdicts open and close them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from sentinel.domain.cause import Ability, Cause
from sentinel.simulator.server import Simulator
from sentinel.storage.outages import Outage
from tests.support import city
from tests.support.house import TESTER, House, route, rules_for, utc_now
from tests.support.receiver import Receiver

SECRET = "webhook-secret-canary-31"
ENV = {**city.TOKENS, "HOOK_SECRET": SECRET, "HOOK_LOGIN": "Bearer hook-login-canary-32"}


async def told(sim: Simulator, folder: Path, *outputs: dict[str, Any]) -> Path:
    """Rules of a small city with alerting chains."""
    file = await rules_for(sim, folder, [route(always=["warnseite"])], only=("warnseite",))
    document = yaml.safe_load(file.read_text())
    document["staff"]["outputs"] = list(outputs)
    return city.write(folder, document)


def webhook(receiver: Receiver, **more: Any) -> dict[str, Any]:
    return {
        "kind": "webhook",
        "url": f"{receiver.url}/hook",
        "secret": "${env:HOOK_SECRET}",
        **more,
    }


def alertmanager(receiver: Receiver) -> dict[str, Any]:
    return {"kind": "alertmanager", "url": f"{receiver.url}/am/"}


async def breaks(house: House, name: str, operator: str = "x") -> Outage:
    """Open an outage as a verdict would."""
    outage = Outage(
        id=house.parts.board.new_id(),
        kind="channel",
        channel=name,
        ability=Ability.PUBLISH,
        operator=operator,
        cause=Cause.UNREACHABLE,
        opened_at=utc_now(),
    )
    async with house.storage.write() as unit:
        await unit.open_outage(outage)
        unit.note("outage.opened", actor=TESTER, subject=outage.id, payload={"channel": name})
    return outage


async def mends(house: House, outage: Outage) -> None:
    async with house.storage.write() as unit:
        await unit.save_outage(replace(outage, closed_at=utc_now()))
        payload = {"channel": outage.channel}
        unit.note("outage.closed", actor=TESTER, subject=outage.id, payload=payload)
