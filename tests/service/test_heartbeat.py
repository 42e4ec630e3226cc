"""The dead man's switch of a running daemon: called at its pace, and not while something ails."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from sentinel.domain.beat import Ail
from sentinel.domain.rules import Heartbeat
from sentinel.domain.secret import SecretKind, SecretRef
from sentinel.simulator.server import Simulator
from tests.support import city
from tests.support.house import House, route, rules_for, until
from tests.support.receiver import Receiver


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
