"""Telling staff: at least once, over the first address that takes it; twice only after a crash."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from sentinel.simulator.server import Simulator
from sentinel.storage.storage import Storage
from tests.support import city
from tests.support.house import TESTER, House, route, rules_for, until, utc_now


async def rules_of(sim: Simulator, folder: Path, *addresses: str, **contact: Any) -> Path:
    """Rules with one channel and one contact; addresses are names of inboxes, or whole URLs."""
    base = sim.url.replace("http", "json") + "/_inbox/"
    urls = [{"url": a if ":" in a else base + a} for a in addresses]
    staff = {
        "contacts": {"presse": {"language": "de", "addresses": urls, **contact}},
        "levels": [{"after": "0s", "notify": ["presse"]}],
    }
    file = await rules_for(sim, folder, [route("mastodon-stadt")], only=("mastodon-stadt",))
    document = yaml.safe_load(file.read_text())
    document["channels"]["mastodon-stadt"]["probes"]["credentials"] = {"every": "1h"}
    return city.write(folder, {**document, "staff": staff})


def titles(sim: Simulator, inbox: str | None = None) -> list[str]:
    return [note["body"]["title"] for note in sim.notes(inbox)]


async def told(sim: Simulator, many: int, inbox: str | None = None) -> None:
    async def so() -> bool:
        return len(sim.notes(inbox)) >= many

    await until(so, 8, lambda: f"{many} notes, there are {titles(sim, inbox)}")


async def test_news_reach_staff_in_their_language(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, "presse")
    async with House(file) as house:
        await house.call("POST", "/api/v1/hold", {"reason": "Irrtum"})
        await told(sim, 1)

        async def counted() -> bool:
            _, metrics = await house.call("GET", "/metrics")
            return 'sentinel_notifications_total{contact="presse",result="sent"} 1.0' in metrics

        await until(counted, 10, "the notification to be counted")

    note = sim.notes("presse")[0]["body"]
    assert note["title"] == "Veröffentlichen angehalten"
    assert "Irrtum" in note["message"]


async def test_news_of_the_same_moment_are_one_message(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, "presse")
    async with House(file) as house:
        async with house.storage.write() as unit:
            for number in (1, 2, 3):
                payload = {"number": number, "stranded": ["alles"]}
                unit.note("message.stranded", actor=TESTER, subject=str(number), payload=payload)
        await told(sim, 1)
        await asyncio.sleep(0.5)

    assert titles(sim) == ["ALARM: Meldung Nr. 1 steckt fest (+2)"]
    assert all(f"Nr. {n} " in sim.notes()[0]["body"]["message"] for n in (1, 2, 3))


async def test_an_alarm_gives_the_subject_whatever_came_before_it(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path, "presse")
    async with House(file) as house:
        async with house.storage.write() as unit:
            by = {"by": "person 1"}
            unit.note("publishing.resumed", actor=TESTER, subject="publishing", payload=by)
            payload = {"number": 7, "stranded": ["alles"]}
            unit.note("message.stranded", actor=TESTER, subject="7", payload=payload)
        await told(sim, 1)

    assert titles(sim) == ["ALARM: Meldung Nr. 7 steckt fest (+1)"]
    assert "Fortgesetzt von person 1" in sim.notes()[0]["body"]["message"]


async def test_the_next_address_is_tried_at_once(sim: Simulator, tmp_path: Path) -> None:
    sim.faults.put("_inbox", "server_error", account="kaputt")
    file = await rules_of(sim, tmp_path, "kaputt", "handy")
    async with House(file) as house:
        await house.call("POST", "/api/v1/hold", {"reason": "Irrtum"})
        await told(sim, 1, "handy")

    assert titles(sim, "kaputt") == []
    assert titles(sim, "handy") == ["Veröffentlichen angehalten"]


async def test_when_nobody_takes_it_it_is_tried_again_with_pauses(
    sim: Simulator, tmp_path: Path
) -> None:
    sim.faults.put("_inbox", "server_error")
    file = await rules_of(sim, tmp_path, "presse")
    async with House(file) as house:
        await house.call("POST", "/api/v1/hold", {"reason": "Irrtum"})

        async def tried() -> bool:
            return ("presse", "failed") in house.parts.notifier.results

        await until(tried, 5, "a first try")
        sim.faults.clear()
        await told(sim, 1)
        _, metrics = await house.call("GET", "/metrics")

    assert titles(sim) == ["Veröffentlichen angehalten"]  # not a repeat: nobody had taken it
    assert 'contact="presse",result="failed"}' in metrics


async def test_a_receiver_that_hangs_holds_up_nobody(sim: Simulator, tmp_path: Path) -> None:
    sim.faults.put("_inbox", "black_hole", account="haengt")
    file = await rules_of(sim, tmp_path, "haengt", "handy")
    document = yaml.safe_load(file.read_text())
    base = sim.url.replace("http", "json") + "/_inbox/"
    document["staff"]["contacts"]["technik"] = {"addresses": [{"url": base + "technik"}]}
    document["staff"]["levels"][0]["notify"].append("technik")
    city.write(tmp_path, document)
    async with House(file) as house:
        await house.call("POST", "/api/v1/hold", {"reason": "Irrtum"})
        await told(sim, 1, "technik")
        await house.call("POST", "/api/v1/resume")
        await told(sim, 2, "technik")
        beat = house.parts.notifier.beat
        sim.faults.clear()

    assert beat is not None
    assert utc_now() - beat < timedelta(seconds=15)


async def test_what_may_have_arrived_without_an_answer_is_told_again_as_a_repeat(
    sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sentinel.service.sending.SEND_TIMEOUT_S", 0.5)
    sim.faults.put("_inbox", "slow", options={"seconds": 2})
    file = await rules_of(sim, tmp_path, "presse")
    async with House(file) as house:
        await house.call("POST", "/api/v1/hold", {"reason": "Irrtum"})
        await told(sim, 1)
        sim.faults.clear()
        await told(sim, 2)

    assert titles(sim)[:2] == [
        "Veröffentlichen angehalten",
        "[Wiederholung] Veröffentlichen angehalten",
    ]


async def test_nothing_is_told_twice_after_a_restart(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, "presse")
    async with House(file) as house:
        await house.call("POST", "/api/v1/hold", {"reason": "Irrtum"})
        await told(sim, 1)
        await asyncio.sleep(0.3)
    async with House(file) as house:
        await asyncio.sleep(1.2)

    assert len(sim.notes()) == 1


async def test_what_was_under_way_at_a_crash_is_repeated_and_says_so(
    sim: Simulator, tmp_path: Path
) -> None:
    sim.faults.put("_inbox", "server_error")
    file = await rules_of(sim, tmp_path, "presse")
    async with House(file) as house:
        await house.call("POST", "/api/v1/hold", {"reason": "Irrtum"})

        async def tried() -> bool:
            return ("presse", "failed") in house.parts.notifier.results

        await until(tried, 5, "a first try")
    await claim_and_die(tmp_path)
    sim.faults.clear()
    async with House(file):
        await told(sim, 1)

    assert titles(sim) == ["[Wiederholung] Veröffentlichen angehalten"]


async def claim_and_die(folder: Path) -> None:
    """Take what is queued, as a notifier does, and never report back."""
    url = f"sqlite:///{folder}/data/sentinel.db"
    storage = await Storage.open(url, data=folder / "data", node="before", now=utc_now)
    async with storage.write() as unit:
        assert await unit.claim_notifications(utc_now() + timedelta(hours=1), 10)
    await storage.close()


async def test_a_missing_address_is_not_the_end(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, "${env:NOT_SET}", "handy")
    async with House(file) as house:
        await house.call("POST", "/api/v1/hold", {"reason": "Irrtum"})
        await told(sim, 1, "handy")
        status, _ = await house.call("GET", "/healthz")

    assert status == 200
