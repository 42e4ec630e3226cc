"""The daemon as a whole: how it starts and ends, what it logs, what its supervisor hears."""

import asyncio
import io
import json
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from sentinel.app.daemon import Options, run
from sentinel.app.logs import Mask, configure
from sentinel.errors import RulesError, SentinelError, StorageBusy
from sentinel.simulator.server import Simulator
from tests.support.house import House, route, rules_for, simulator, until


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The daemon's own logging, into memory; everything is as before afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure(Mask(), stream=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = before
    root.setLevel(level)


async def small(sim: Simulator, folder: Path) -> Path:
    return await rules_for(sim, folder, [route(always=["warnseite"])], only=("warnseite",))


def events(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_line_of_the_log_is_json_with_its_facts_in_keys(lines: io.StringIO) -> None:
    structlog.get_logger().warning("uplink.lost", uplink="default")

    (line,) = events(lines)
    assert line["event"] == "uplink.lost"
    assert line["level"] == "warning"
    assert line["uplink"] == "default"
    assert line["timestamp"].endswith("Z")


def test_the_standard_librarys_loggers_say_where_and_not_what(lines: io.StringIO) -> None:
    try:
        int("what a citizen wrote")
    except ValueError:
        logging.getLogger("some.library").exception("library.failed")

    (line,) = events(lines)
    assert line["event"] == "library.failed"
    assert "test_app.py" in line["exception"]
    assert "citizen" not in lines.getvalue()


async def test_it_starts_and_stops_in_order(tmp_path: Path, lines: io.StringIO) -> None:
    async with simulator() as sim, House(await small(sim, tmp_path)) as house:
        await house.live(await house.send())
    order = [line["event"] for line in events(lines)]

    assert order[0] == "server.listening"
    assert order.index("sentinel.started") < order.index("delivery.attempted")
    assert order.index("sentinel.stopping") < order.index("sentinel.stopped")
    assert not [line for line in events(lines) if line["level"] in {"error", "critical"}]


async def test_the_supervisor_hears_ready_alive_and_stopping(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    heard: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(address)
        line.settimeout(0)
        asyncio.get_running_loop().add_reader(line, lambda: heard.append(line.recv(100).decode()))
        env = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "200000"}
        async with simulator() as sim, House(await small(sim, tmp_path), env):

            async def alive() -> bool:
                return heard.count("WATCHDOG=1") >= 2

            await until(alive, 5, lambda: f"two signs of life, not {heard}")
        await asyncio.sleep(0.05)
        asyncio.get_running_loop().remove_reader(line)

    assert heard[0] == "READY=1"
    assert "STOPPING=1" in heard


async def test_a_second_daemon_on_the_same_data_is_refused(tmp_path: Path) -> None:
    async with simulator() as sim:
        file = await small(sim, tmp_path)
        async with House(file):
            with pytest.raises(StorageBusy):
                await run(Options(rules=file, env={}, listen="127.0.0.1:0"), asyncio.Event())


@pytest.mark.parametrize("listen", ["0.0.0.0", "127.0.0.1", "8080", "127.0.0.1:http", ""])
async def test_an_address_that_is_none_is_named(tmp_path: Path, listen: str) -> None:
    async with simulator() as sim:
        options = Options(rules=await small(sim, tmp_path), env={}, listen=listen)
        with pytest.raises(SentinelError, match="HOST:PORT"):
            await run(options, asyncio.Event())


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    async with simulator() as sim:
        taken = sim.url.removeprefix("http://")
        options = Options(rules=await small(sim, tmp_path), env={}, listen=taken)
        with pytest.raises(SentinelError, match=taken):
            await run(options, asyncio.Event())


async def test_it_can_listen_on_every_address(tmp_path: Path) -> None:
    async with simulator() as sim:
        house = House(await small(sim, tmp_path))
        house.listen = "0.0.0.0:0"
        async with house:
            assert house.parts.address.startswith("0.0.0.0:")
            status, _ = await house.call("GET", "/healthz")

    assert status == 200


async def test_broken_rules_start_nothing(tmp_path: Path) -> None:
    file = tmp_path / "failover_rules.yaml"
    await asyncio.to_thread(file.write_text, "version: 1\nchannels: {}\n")

    with pytest.raises(RulesError):
        await run(Options(rules=file, env={}), asyncio.Event())

    assert await asyncio.to_thread(os.listdir, tmp_path) == ["failover_rules.yaml"]
