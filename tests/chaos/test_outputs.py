"""What an alerting chain is sent, over a `kill -9` of the real process: in order, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.city import Daemon, free_port, rules, wait_for, write
from tests.support.receiver import Call, Receiver

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def city(receiver: Receiver, folder: Path) -> Path:
    document = rules(
        receiver.url,
        "smtp://127.0.0.1:9",
        listen=f"127.0.0.1:{free_port()}",
        routes=[{"name": "alles", "match": {}, "always": ["warnseite"]}],
        only=("warnseite",),
    )
    document["staff"]["outputs"] = [{"kind": "webhook", "url": f"{receiver.url}/hook"}]
    return write(folder, document)


def heard(receiver: Receiver) -> list[Call]:
    """Return what came of holding and resuming: the rest is the weather."""
    calls = receiver.on("/hook")
    return [call for call in calls if call.json["kind"].startswith("publishing.")]


def test_what_was_sent_just_before_a_crash_is_sent_again_under_the_same_key_and_no_more(
    receiver: Receiver, tmp_path: Path
) -> None:
    daemon = Daemon(city(receiver, tmp_path), dies_at="output.sent:2")
    with daemon:
        wait_for(lambda: _begun(daemon), 20, "its place in the journal")
        daemon.call("POST", "/api/v1/hold", {"reason": "Probe"})
        daemon.call("POST", "/api/v1/resume")
        daemon.wait_dead()
        last = receiver.on("/hook")[-1]  # whatever it was: the weather counts, too

        many = len(receiver.on("/hook"))
        daemon.start()
        daemon.call("POST", "/api/v1/hold", {"reason": "Probe 2"})
        wait_for(lambda: len({_key(call) for call in heard(receiver)}) >= 3, 20, "the rest")

    again = receiver.on("/hook")[many]
    numbers = [call.json["number"] for call in receiver.on("/hook")]
    kinds = {_key(call): call.json["kind"] for call in heard(receiver)}
    assert _key(again) == _key(last)
    assert again.json["number"] == last.json["number"]
    assert numbers == sorted(numbers)
    assert len(numbers) == len(set(numbers)) + 1
    assert list(kinds.values()) == ["publishing.held", "publishing.resumed", "publishing.held"]


def _begun(daemon: Daemon) -> bool:
    """Ask the metrics whether the receiver has a place: it is behind by nothing then."""
    return 'sentinel_journal_lag{reader="output:webhook"} 0.0' in str(daemon.get("/metrics")[1])


def _key(call: Call) -> str:
    return call.headers["idempotency-key"]
