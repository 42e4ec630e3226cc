"""A real Alertmanager, which passes on what it is told to a receiver of the test's.

It is a package of Debian (`apt-get install prometheus-alertmanager`) and is not
installed by the tests. A machine without it skips them, saying why.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from tests.support.city import free_port, wait_for

_NAMES = ("prometheus-alertmanager", "alertmanager")
_START_S = 30


class Alertmanager:
    """A server on a free port of this machine, without any neighbours."""

    def __init__(self, folder: Path, receiver: str) -> None:
        found = [path for name in _NAMES if (path := shutil.which(name))]
        if not found:
            pytest.skip("NO ALERTMANAGER (apt-get install prometheus-alertmanager)")
        self._program = found[0]
        self._folder = folder
        self._receiver = receiver
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._folder.mkdir()
        settings = self._folder / "alertmanager.yml"
        settings.write_text(json.dumps(self._settings()))  # JSON is YAML
        command = [
            self._program,
            f"--config.file={settings}",
            f"--storage.path={self._folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self._port}",
            "--cluster.listen-address=",
        ]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for(self._ready, _START_S, "Alertmanager")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(10)

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that stand, as it shows them."""
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts", timeout=5) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _settings(self) -> dict[str, Any]:
        quick = {"group_wait": "100ms", "group_interval": "1s", "repeat_interval": "1h"}
        by = ["alertname", "channel", "ability"]
        return {
            "route": {"receiver": "test", "group_by": by, **quick},
            "receivers": [
                {
                    "name": "test",
                    "webhook_configs": [{"url": f"{self._receiver}/am", "send_resolved": True}],
                }
            ],
        }
