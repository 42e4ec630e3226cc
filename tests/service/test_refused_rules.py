"""Rules that are refused under way: who hears of it, and what they are told."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from structlog.testing import capture_logs

from sentinel.errors import RulesError
from sentinel.simulator.server import Simulator
from tests.support.house import House, route, rules_for, until

SECRET = "hunter2-never-shown"


async def test_refused_rules_are_named_in_log_and_journal_and_staff_hear_of_them_once(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_for(sim, tmp_path, [route("mastodon-stadt")], only=("mastodon-stadt",))
    async with House(file) as house:
        document = yaml.safe_load(file.read_text())
        channel = document["channels"]["mastodon-stadt"]
        channel["credentials"]["acess_token"] = SECRET
        channel["reach"] = -4
        file.write_text(yaml.safe_dump(document))
        with capture_logs() as logged, pytest.raises(RulesError) as refused:
            await house.parts.reload()

        async def told() -> list[str]:
            return [
                note["body"]["message"]
                for note in sim.notes()
                if "ules refused" in note["body"]["title"]
                or "Regeln abgelehnt" in note["body"]["title"]
            ]

        texts = await until(told, 6, lambda: f"{sim.notes()}")
        (entry,) = await house.journal("rules.refused")

    (line,) = [one for one in logged if one["event"] == "rules.refused"]
    places = [f"{p.line}:{p.column}" for p in refused.value.problems]
    assert line["problems"] == len(places) >= 2
    for place in places:
        assert f"failover_rules.yaml:{place}: " in str(line["first"])
        assert f"failover_rules.yaml:{place}: " in entry.payload["problems_en"]
        assert all(f"failover_rules.yaml:{place}: " in text for text in texts)
    assert len(texts) == len(set(document["staff"]["contacts"]))
    assert not any(SECRET in text for text in [*texts, str(line), str(entry.payload)])
