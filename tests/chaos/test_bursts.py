"""Killed at random moments of a burst: nothing lost, nothing twice, nothing pretended."""

import random
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.aftermath import (
    ALL,
    BOARD,
    PLATFORMS,
    all_ended,
    assert_honest,
    carried_by,
    standing,
)
from tests.support.city import Daemon
from tests.support.simulated import Simulated

MESSAGES = 30
SENDERS = 3


@pytest.mark.parametrize("seed", range(10))
def test_killed_at_random_moments_of_a_burst(sim: Simulated, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - which moments, not secrets
    file = carried_by(tmp_path, sim, *ALL)
    heard: dict[int, str] = {}

    with Daemon(file) as city:
        for longest_s in (2.5, 4.0):  # once among the acceptances, once more while it recovers
            senders = _senders(city, heard)
            time.sleep(dice.uniform(0.05, longest_s))
            city.kill()
            for sender in senders:
                sender.join()
            city.start()
        _offer_all(city, heard, range(MESSAGES))
        kept = all_ended(city)

        assert set(kept) == set(heard.values())
        assert sorted(m["number"] for m in kept.values()) == list(range(1, MESSAGES + 1))
        for number in range(MESSAGES):
            message = kept[heard[number]]
            assert_honest(message)
            _assert_once(standing(sim, file, _headline(number)), message)
        assert city.journal_holds()


def _headline(number: int) -> str:
    return f"Deichbruch bei Kilometer {number:02}"


def _senders(city: Daemon, heard: dict[int, str]) -> list[threading.Thread]:
    """Start to offer every message whose yes was not heard yet, several at a time."""
    threads = [
        threading.Thread(target=_offer_all, args=(city, heard, range(first, MESSAGES, SENDERS)))
        for first in range(SENDERS)
    ]
    for thread in threads:
        thread.start()
    return threads


def _offer_all(city: Daemon, heard: dict[int, str], numbers: range) -> None:
    """Offer messages as a careful sender does: each under a key of its own, again if unheard."""
    for number in numbers:
        answer = city.offer(f"key {number}", headline=_headline(number))
        if answer is None:
            continue
        status, message = answer
        assert status in {200, 201}, message
        known = heard.setdefault(number, message["id"])
        assert known == message["id"], "a yes was heard, and then forgotten"


def _assert_once(count: Mapping[str, int], message: Mapping[str, Any]) -> None:
    """No account holds it twice; where it is said to be out it is; where it can be had it is."""
    for delivery in message["deliveries"]:
        channel = delivery["channel"]
        least = 1 if delivery["state"] == "published" else 0
        assert least <= count[channel] <= 1, (channel, delivery)
    assert {delivery["channel"] for delivery in message["deliveries"]} == {BOARD, *PLATFORMS}
