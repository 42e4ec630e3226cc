"""The same platforms watched by Prometheus, its blackbox exporter and Alertmanager.

All three run with the timings that they have if nobody sets any: scrapes and rules
every minute, ten seconds for a probe (its default page is asked and must answer
2xx), 30 s of waiting for a group. Two rules are tried at once: one with the `for`
of five minutes that Prometheus' own examples have, one that does not wait.
Every alert is a group of its own, which is kinder than the default: in one large
group most would wait for the group's next turn, five minutes later.
"""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web

from tests.detection.town import clock
from tests.support.city import free_port

NEEDED = ("prometheus", "prometheus-blackbox-exporter", "prometheus-alertmanager")
RULES = {"at_once": timedelta(), "after_5m": timedelta(minutes=5)}
"""Each rule's name, and its `for`."""

LONGEST_S = 10 + 60 + 60 + 5 * 60 + 60 + 30 + 15  # probe, scrape, two evaluations, for, group


def missing() -> list[str]:
    """Return the Debian packages that are not installed."""
    return [name for name in NEEDED if shutil.which(name) is None]


class Monitor:
    """What Alertmanager told its receiver."""

    def __init__(self, pages: Sequence[str]) -> None:
        self._accounts = {page: page.split("/")[4] for page in pages}
        self._told: dict[str, dict[str, float]] = {rule: {} for rule in RULES}

    async def take(self, request: web.Request) -> web.Response:
        """Take one notification."""
        at = clock()
        for alert in (await request.json())["alerts"]:
            if alert["status"] == "firing":
                account = self._accounts[alert["labels"]["instance"]]
                self._told[alert["labels"]["alertname"]].setdefault(account, at)
        return web.Response()

    async def gather(self, happened: Mapping[str, float]) -> dict[str, Any]:
        """Wait until every alert has come, or none can; return the seconds from fault to notice."""
        end = max(happened.values()) + LONGEST_S
        while clock() < end and not self._all(happened):  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(2)
        return {
            rule: {
                "told": {name: told[name] - at for name, at in happened.items() if name in told},
                "early": [name for name, at in told.items() if at < happened[name]],
            }
            for rule, told in self._told.items()
        }

    def _all(self, happened: Mapping[str, float]) -> bool:
        return all(happened.keys() <= told.keys() for told in self._told.values())


@asynccontextmanager
async def watching(folder: Path, pages: Sequence[str]) -> AsyncIterator[Monitor]:
    """Run all three on some pages while open."""
    ports = {name: free_port() for name in (*NEEDED, "hook")}
    monitor = Monitor(pages)
    application = web.Application(client_max_size=16 * 1024 * 1024)
    application.router.add_post("/", monitor.take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", ports["hook"]).start()
        with _processes(folder, _commands(_configured(folder, pages, ports), ports)):
            await _ready(ports)
            yield monitor
    finally:
        await runner.cleanup()


def _configured(folder: Path, pages: Sequence[str], ports: Mapping[str, int]) -> Path:
    """Write the configurations: what is watched and who is told, and no timing but the `for`s."""
    _, blackbox, alertmanager = (f"127.0.0.1:{ports[name]}" for name in NEEDED)
    scrape = {
        "job_name": "blackbox",
        "metrics_path": "/probe",
        "params": {"module": ["http_2xx"]},
        "static_configs": [{"targets": list(pages)}],
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": blackbox},
        ],
    }
    alerts = [
        {"alert": name, "expr": "probe_success == 0", "for": f"{wait.total_seconds():.0f}s"}
        for name, wait in RULES.items()
    ]
    papers = {
        "prometheus.yml": {
            "rule_files": ["alerts.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
            "scrape_configs": [scrape],
        },
        "alerts.yml": {"groups": [{"name": "outages", "rules": alerts}]},
        "blackbox.yml": {"modules": {"http_2xx": {"prober": "http"}}},
        "alertmanager.yml": {
            "route": {"receiver": "staff", "group_by": ["..."]},
            "receivers": [
                {
                    "name": "staff",
                    "webhook_configs": [{"url": f"http://127.0.0.1:{ports['hook']}/"}],
                }
            ],
        },
    }
    place = folder / "peers"
    place.mkdir()
    for name, paper in papers.items():
        (place / name).write_text(yaml.safe_dump(paper))
    return place


def _commands(place: Path, ports: Mapping[str, int]) -> list[list[str]]:
    listen = {name: f"--web.listen-address=127.0.0.1:{ports[name]}" for name in NEEDED}
    prometheus, blackbox, alertmanager = NEEDED
    return [
        [blackbox, f"--config.file={place}/blackbox.yml", listen[blackbox]],
        [
            alertmanager,
            f"--config.file={place}/alertmanager.yml",
            f"--storage.path={place}/alerts",
            "--cluster.listen-address=",
            listen[alertmanager],
        ],
        [
            prometheus,
            f"--config.file={place}/prometheus.yml",
            f"--storage.tsdb.path={place}/figures",
            listen[prometheus],
        ],
    ]


@contextmanager
def _processes(folder: Path, commands: Sequence[Sequence[str]]) -> Iterator[None]:
    running: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            with (folder / f"{command[0]}.log").open("wb") as log:
                running.append(subprocess.Popen(command, stdout=log, stderr=log))
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(20)


async def _ready(ports: Mapping[str, int]) -> None:
    async with asyncio.timeout(60), aiohttp.ClientSession() as http:
        for name in NEEDED:
            while not await _answers(http, f"http://127.0.0.1:{ports[name]}/-/healthy"):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.2)


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as answer:
            return answer.ok
    except aiohttp.ClientError:
        return False
