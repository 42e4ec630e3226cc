"""The end of a platform's API is in the risk register of a running city, long before it comes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sentinel.app.clock import Clock
from sentinel.platforms import platforms
from sentinel.simulator.server import Simulator
from tests.platforms.members import members
from tests.support import city
from tests.support.house import House, utc_now

VERSIONED = [name for name, platform in platforms().items() if platform.facts.api_versions]


def test_platforms_that_name_their_versions_declare_the_ends_of_them() -> None:
    assert {"facebook", "instagram", "linkedin", "whatsapp_cloud"} <= set(VERSIONED)


async def test_before_any_end_is_near_nothing_is_said(sim: Simulator, tmp_path: Path) -> None:
    first = min(ends for _, ends in map(spoken, VERSIONED))

    assert await told(sim, tmp_path, first - timedelta(days=181)) == {}


async def test_the_end_of_a_version_is_a_risk_of_each_channel_that_speaks_it(
    sim: Simulator, tmp_path: Path
) -> None:
    last = max(ends for _, ends in map(spoken, VERSIONED))

    found = await told(sim, tmp_path, last - timedelta(days=20))

    assert set(found) == set(VERSIONED)
    for name in VERSIONED:
        version, ends = spoken(name)
        assert found[name]["gravity"] == "act"
        assert found[name]["due_at"].startswith(ends.isoformat())
        assert found[name]["sentence_en"].startswith(
            f"The interface {version} of {name} ends on {ends:%d %b %Y}"
        )


async def told(sim: Simulator, folder: Path, day: date) -> dict[str, dict[str, Any]]:
    """Return what the register says on a day of the versions of each channel."""
    secrets = {
        f"{name}_{each}".upper(): secret
        for name in VERSIONED
        for each, secret in members()[name].credentials.items()
    }
    house = House(await rules(sim, folder), env=secrets)
    house.clock = at(datetime.combine(day, time(), UTC))
    async with house:
        _, found = await house.call("GET", "/api/v1/risks")
    return {risk["subject"]: risk for risk in found["items"] if risk["kind"] == "api_version"}


def spoken(name: str) -> tuple[str, date]:
    """Return the version that a channel speaks if it states none, and its end."""
    facts = platforms()[name].facts
    stated = facts.settings.get("api_version")
    version = str(stated.default) if stated else next(iter(facts.api_versions))
    return version, facts.api_versions[version]


def at(moment: datetime) -> Clock:
    """Return a clock that shows `moment` now, and goes on from there."""
    ahead = moment - utc_now()
    return Clock(now=lambda: utc_now() + ahead)


async def rules(sim: Simulator, folder: Path) -> Path:
    """Write rules with a channel of every platform that names its versions."""
    channels: dict[str, dict[str, Any]] = {}
    for name in VERSIONED:
        member = members()[name]
        for file, content in member.files.items():
            (folder / file).write_bytes(content)
        keys = {each: f"${{env:{f'{name}_{each}'.upper()}}}" for each in member.credentials}
        channels[name] = {
            "platform": name,
            "base_url": await sim.address(name, "stadt"),
            "credentials": keys,
        }
        if platforms()[name].facts.public_url is not None:
            channels[name]["public_url"] = sim.public_address(name, "stadt")
        for key, value in member.settings.items():
            channels[name][key] = _placed(value, folder, sim.url)
    routes = [{"name": "alles", "match": {}, "priority": VERSIONED}]
    document = city.rules(sim.url, "", listen="127.0.0.1:8080", routes=routes)
    return city.write(folder, {**document, "channels": channels})


def _placed(value: object, folder: Path, url: str) -> object:
    if isinstance(value, str):
        return value.replace("{folder}", str(folder)).replace("{url}", url)
    return [_placed(one, folder, url) for one in value] if isinstance(value, tuple) else value
