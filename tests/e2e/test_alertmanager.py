"""A real Alertmanager hears of an outage of the real daemon, and of its end."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.alertmanager import Alertmanager
from tests.support.city import Daemon, free_port, rules, wait_for, write
from tests.support.receiver import Receiver
from tests.support.simulated import Simulated

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def sim() -> Iterator[Simulated]:
    with Simulated() as running:
        yield running


def passed_on(receiver: Receiver, status: str) -> list[dict[str, Any]]:
    """Return the alerts on `publish` that Alertmanager passed on as firing, or as resolved."""
    return [
        alert
        for call in receiver.on("/am")
        for alert in call.json["alerts"]
        if alert["status"] == status and alert["labels"].get("ability") == "publish"
    ]


def test_an_outage_fires_and_its_end_resolves(
    sim: Simulated, receiver: Receiver, tmp_path: Path
) -> None:
    with Alertmanager(tmp_path / "am", receiver.url) as manager:
        document = rules(
            sim.url,
            sim.smtp,
            listen=f"127.0.0.1:{free_port()}",
            routes=[
                {
                    "name": "alles",
                    "match": {},
                    "priority": ["mastodon-stadt"],
                    "always": ["warnseite"],
                }
            ],
            only=("mastodon-stadt", "warnseite"),
        )
        document["channels"]["warnseite"]["public_url"] = f"{sim.url}/_control/page"
        document["staff"]["outputs"] = [{"kind": "alertmanager", "url": manager.url}]
        with Daemon(write(tmp_path, document)) as daemon:
            wait_for(
                lambda: daemon.ability("mastodon-stadt", "publish")[0] == "up", 30, "it to be up"
            )
            sim.ask(
                "PUT",
                "/_faults",
                {"platform": "mastodon", "account": sim.account, "kind": "server_error"},
            )
            broke = time.monotonic()
            wait_for(lambda: passed_on(receiver, "firing"), 40, "Alertmanager to fire")
            fired = time.monotonic() - broke
            (standing,) = [a for a in manager.alerts() if a["labels"].get("ability") == "publish"]

            sim.ask("DELETE", "/_faults")
            mended = time.monotonic()
            wait_for(lambda: passed_on(receiver, "resolved"), 60, "Alertmanager to resolve")
            resolved = time.monotonic() - mended
            shape = daemon.get("/api/v1/outages?limit=50")[1]

    alert = passed_on(receiver, "resolved")[0]
    (outage,) = [one for one in shape["items"] if one["ability"] == "publish"]
    print(f"fired after {fired:.1f} s, resolved after {resolved:.1f} s")
    assert standing["labels"]["channel"] == "mastodon-stadt"
    assert standing["labels"]["operator"] == outage["operator"]
    assert standing["labels"]["alertname"] == "SentinelOutage"
    assert standing["annotations"]["outage"] == outage["id"]
    assert standing["annotations"]["description"]
    assert alert["endsAt"][:19] == outage["closed_at"][:19]
