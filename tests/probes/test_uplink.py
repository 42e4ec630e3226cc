"""Our own line: the controls are asked all at once, and any answer counts."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from probes import Reached, uplink

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


async def test_answers_of_any_kind_are_counted(table: Any) -> None:
    date = NOON + timedelta(seconds=3)
    tools = table(
        {
            "https://www.bund.de/": Reached(
                status=503, evidence="www.bund.de: HTTP 503", date=date
            ),
            "https://www.dwd.de/": Reached(
                cause="unreachable", evidence="www.dwd.de: ECONNREFUSED"
            ),
            "tcp://9.9.9.9:853": Reached(evidence="9.9.9.9: answered"),
        }
    )

    answers = await uplink.ask(list(tools.answers), tools)

    assert (answers.answered, answers.asked) == (2, 3)
    assert (answers.dates, answers.seen_at) == ((date,), (NOON,))
    assert answers.evidence == (
        "www.bund.de: HTTP 503; www.dwd.de: ECONNREFUSED; 9.9.9.9: answered"
    )


async def test_without_controls_nothing_is_asked(table: Any) -> None:
    answers = await uplink.ask([], table())

    assert (answers.answered, answers.asked) == (0, 0)


async def test_they_are_asked_at_once_and_a_hanging_one_is_given_up(
    table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = 0
    all_there = asyncio.Event()

    class Slow:
        async def reach(self, address: str) -> Reached:
            nonlocal waiting
            waiting += 1
            if waiting == 3:
                all_there.set()
            await all_there.wait()
            if address == "tcp://hangs:1":
                await asyncio.sleep(60)
            return Reached(evidence="answered")

        now = table().now

    monkeypatch.setattr(uplink, "WITHIN_S", 0.1)

    tools: Any = Slow()
    answers = await uplink.ask(["tcp://a:1", "tcp://hangs:1", "tcp://b:1"], tools)

    assert (answers.answered, answers.asked) == (2, 3)
    assert answers.evidence == "answered; no answer within 0.1 s; answered"
