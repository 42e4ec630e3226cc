"""Daemons that start in a tenth of the time: forked from a process that has everything imported.

They are the same daemons, each in a process of its own; only Python's reading
of some hundred modules, which takes longer than all the rest, is done once.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any

from tests.support.city import Daemon

IMPORTED = ["sentinel.cli.run", "sentinel.app.daemon", "tests.support.nursery"]


class Forked:
    """A forked daemon, as a process that one may wait for, kill and stop."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Return how it ended; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and return it."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("sentinel", timeout or 0)
        return self._process.exitcode

    def send_signal(self, sig: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, sig)

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()


class QuickDaemon(Daemon):
    """A real daemon, forked."""

    def launch(self, env: Mapping[str, str]) -> Forked:
        """Fork a process of its own."""
        rules, log = str(self.file), str(self.log)
        process = _context().Process(target=live, args=(rules, log, dict(env)))
        process.start()
        return Forked(process)


def _context() -> ForkServerContext:
    context: Any = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    chosen: ForkServerContext = context
    return chosen


def live(rules: str, log: str, env: Mapping[str, str]) -> None:
    """Be a daemon from here on, as `python -m sentinel --rules … run` would."""
    from sentinel.cli.main import main  # noqa: PLC0415 - only in the fork

    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(out, stream.fileno())
    os.environ.clear()
    os.environ.update(env)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main(["--rules", rules, "run"], os.environ))
