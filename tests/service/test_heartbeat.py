"""The dead man's switch of a running daemon: called at its pace, and not while something ails."""

import asyncio
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml

from probes import Reached
from sentinel.domain.beat import Ail
from sentinel.domain.rules import Heartbeat
from sentinel.domain.secret import SecretKind, SecretRef
from sentinel.platforms import Account
from sentinel.service.heartbeat import Beats
from sentinel.simulator.server import Simulator
from sentinel.wire import Response, Steps
from tests.support import city
from tests.support.house import House, route, rules_for, until, utc_now
from tests.support.receiver import Receiver

T = TypeVar("T")


class Faulty:
    """Ways out of which each has a fault that nobody foresaw; it tells the address."""

    asked = 0

    async def converse(self, steps: Steps[T], account: Account) -> T:
        self.asked += 1
        steps.close()
        raise RuntimeError("http://h.example/canary-beat", account.channel)

    async def reach(self, address: str) -> Reached:
        raise AssertionError(address)

    async def fetch(self, address: str) -> Response:
        raise AssertionError(address)

    def now(self) -> datetime:
        return utc_now()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


async def beating(sim: Simulator, folder: Path, url: str, **more: Any) -> Path:
    """Rules of a small city with a dead man's switch."""
    file = await rules_for(sim, folder, [route(always=["warnseite"])], only=("warnseite",))
    document = yaml.safe_load(file.read_text())
    document["staff"]["heartbeat"] = {"url": url, **more}
    return city.write(folder, document)


async def test_it_is_called_at_its_pace_while_the_daemon_works(
    sim: Simulator, tmp_path: Path, receiver: Receiver
) -> None:
    url = f"{receiver.url}/beat?key=canary-beat"
    async with House(await beating(sim, tmp_path, url, every="1s", method="POST")) as house:

        async def three() -> bool:
            return len(receiver.on("/beat")) >= 3

        await until(three, 10, "three beats")
        results = dict(house.parts.beats.results)

    first, *_, last = receiver.on("/beat")
    assert {call.method for call in receiver.calls if call.path.startswith("/beat")} == {"POST"}
    assert first.path == "/beat?key=canary-beat"
    assert last.at - first.at >= 1.5
    assert results["sent"] >= 2


async def test_a_receiver_that_is_down_is_called_again_and_the_secret_address_is_in_no_log(
    sim: Simulator, tmp_path: Path, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = Heartbeat(url=SecretRef(SecretKind.LITERAL, "http://127.0.0.1:9/canary-beat"))
    there = Heartbeat(url=SecretRef(SecretKind.LITERAL, f"{receiver.url}/beat"))
    async with House(await beating(sim, tmp_path, receiver.url, every="30s")) as house:
        receiver.status = 500
        results = [await house.parts.beats.beat(gone), await house.parts.beats.beat(there)]
        receiver.status = 200
        results.append(await house.parts.beats.beat(there))

    assert results == ["unheard", "unheard", "sent"]
    said = capsys.readouterr().out
    assert "heartbeat.unheard" in said
    assert "canary-beat" not in said


@pytest.mark.parametrize(
    "rubbish", ["geheim", "http://[::1", "http://h:99999/", "http://1.2.3.4.5/"]
)
async def test_an_address_that_is_none_is_unheard_and_ends_nothing(
    sim: Simulator, tmp_path: Path, receiver: Receiver, rubbish: str
) -> None:
    heartbeat = Heartbeat(url=SecretRef(SecretKind.LITERAL, rubbish))
    async with House(await beating(sim, tmp_path, receiver.url, every="30s")) as house:
        assert await house.parts.beats.beat(heartbeat) == "unheard"


async def test_a_fault_of_our_own_ends_neither_the_beating_nor_the_daemon_and_is_logged(
    sim: Simulator, tmp_path: Path, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    tools, stop = Faulty(), asyncio.Event()
    async with House(await beating(sim, tmp_path, receiver.url, every="1s")) as house:
        beats = Beats(
            storage=house.storage,
            board=house.parts.board,
            vitals=house.parts.vitals,
            tools=tools,
            hide=lambda _: None,
            elapsed=time.monotonic,
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(beats.run_until(stop))
            await until(lambda: _so(tools.asked >= 2), 10, "a second try")
            stop.set()

    assert beats.results["unheard"] >= 1
    said = capsys.readouterr().out
    assert "heartbeat.crashed" in said
    assert "canary-beat" not in said


async def test_it_is_not_called_while_the_dispatcher_hangs(
    sim: Simulator, tmp_path: Path, receiver: Receiver
) -> None:
    now = tmp_path / "now"
    env = {"SENTINEL_FAILPOINTS": f"dispatch.round@{now}"}
    async with House(
        await beating(sim, tmp_path, f"{receiver.url}/beat", every="1s"), env
    ) as house:
        results = house.parts.beats.results
        await until(lambda: _so(results.get("sent", 0) >= 1), 5, "a beat")
        now.touch()
        await until(lambda: _so(results.get("withheld", 0) >= 1), 6, "a beat that is not given")
        ailing, heard = house.parts.vitals.ails(timedelta(seconds=1)), len(receiver.on("/beat"))
        now.unlink()
        await until(lambda: _so(len(receiver.on("/beat")) > heard), 5, "another beat")

    assert Ail.DISPATCHER in ailing


async def test_a_receiver_that_hangs_keeps_no_daemon_from_stopping(
    sim: Simulator, tmp_path: Path, receiver: Receiver
) -> None:
    file = await beating(sim, tmp_path, f"{receiver.url}/beat", every="60s")
    receiver.silent.set()
    async with asyncio.timeout(9), House(file):  # the call itself may take ten seconds
        await until(lambda: _so(bool(receiver.on("/beat"))), 5, "the call")


async def _so(found: bool) -> bool:  # noqa: FBT001 - what was found
    return found
