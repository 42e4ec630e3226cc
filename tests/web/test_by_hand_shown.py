"""A channel that a person posts on, and that no probe looks at: what is shown of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from sentinel.simulator.server import Simulator
from tests.support import city
from tests.support.house import House, route, rules_for


@pytest.mark.parametrize("platform", ["whatsapp_channel", "by_hand"])
async def test_lage_and_the_api_say_by_hand_and_health_is_well(
    sim: Simulator, tmp_path: Path, platform: str
) -> None:
    routes = [route("mastodon-stadt", "kanal")]
    file = await rules_for(sim, tmp_path, routes, only=("mastodon-stadt",))
    document = yaml.safe_load(file.read_text())
    document["channels"]["kanal"] = {"platform": platform, "contacts": ["presse"]}
    async with House(city.write(tmp_path, document)) as house:
        await house.judged("mastodon-stadt", "publish", "up", None)
        _, checked = await house.call("POST", "/api/v1/channels/kanal/check", {})
        _, health = await house.call("GET", "/health")
        _, masto = await house.call("GET", "/api/v1/channels/mastodon-stadt")
        pages = {}
        for language in ("de", "en"):
            async with house.web.get(f"/?lang={language}") as answer:
                pages[language] = await answer.text()

    (kanal,) = checked["channels"]
    assert checked["items"] == []
    assert (kanal["by_hand"], masto["by_hand"]) == (True, False)
    assert not [one for key, found in health["checks"].items() if "kanal" in key for one in found]
    assert pages["de"].count(">von Hand<") == pages["en"].count(">by hand<") == 1
    row = pages["de"].partition('<th scope="row">kanal')[2].partition("</tr>")[0]
    assert "von Hand" in row
    assert "unbekannt" not in row
    assert "nicht geprüft" not in row
