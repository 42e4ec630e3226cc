"""A small city for the tests of the command line: its rules file, and calls of the command."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sentinel.cli.main import main

ROOT = Path(__file__).parents[2]

RULES = """\
version: 1
organisation: {{name: Teststadt, language: en}}
storage: {{url: "sqlite:///data/sentinel.db"}}
server: {{listen: "127.0.0.1:{port}", public_url: "http://127.0.0.1:{port}"}}
uplinks: {{default: {{controls: ["http://127.0.0.1:{simulator}/_control/1"], lost_below: 1}}}}
probing: {{every: 1s, timeout: 2s, recheck_after: 100ms}}
channels:
  masto:
    platform: mastodon
    base_url: http://127.0.0.1:{simulator}/mastodon/stadt
    credentials: {{access_token: "${{env:MASTO_TOKEN}}"}}
    reach: 1900
  x:
    platform: x
    base_url: http://127.0.0.1:{simulator}/x/stadt
    credentials:
      api_key: "${{env:X_NOT_SET}}"
      api_secret: "${{env:X_NOT_SET}}"
      access_token: "${{env:X_NOT_SET}}"
      access_secret: "${{env:X_NOT_SET}}"
  board: {{platform: notice_board, directory: data/public, uplink: none, exercises: allow}}
notice_link: board
routes:
  - {{name: grave, match: {{severity: [extreme, severe]}}, always: [board], priority: [masto, x]}}
  - {{name: light, match: {{severity: [moderate], tag: [info]}}, always: [board]}}
"""


@dataclass(frozen=True)
class Ended:
    """How a call of the command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class House:
    """A folder with a rules file."""

    folder: Path
    port: int = 9
    simulator: int = 9
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def rules(self) -> Path:
        return self.folder / "failover_rules.yaml"

    def build(self, text: str = RULES) -> "House":
        filled = text.format(port=self.port, simulator=self.simulator)
        self.rules.write_text(filled, encoding="utf-8")
        return self

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "sentinel", "--rules", str(self.rules), *args]

    def surroundings(self, **env: str) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if "SENTINEL" not in name}
        return {**ours, "MASTO_TOKEN": "a-token-for-tests", "PYTHONPATH": str(ROOT), **env}

    def here(self, *args: str, **env: str) -> Ended:
        """Run the command in this process: quicker, for all that writes no logs."""
        surroundings = {"LANG": "en_US.UTF-8", "MASTO_TOKEN": "a-token-for-tests", **env}
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            try:
                code = main(["--rules", str(self.rules), *args], surroundings)
            except SystemExit as end:
                code = int(end.code or 0)
        return Ended(code, out.getvalue(), err.getvalue())

    def call(self, *args: str, stdin: bytes = b"", **env: str) -> Ended:
        """Run the command in a process of its own, as people do."""
        ended = subprocess.run(
            self.command(*args),
            input=stdin,
            capture_output=True,
            cwd=self.folder,
            env=self.surroundings(**env),
            timeout=60,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())
