"""One town's life as a state machine: how it begins, how a step is taken, and how it ends."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import traceback
from collections.abc import Coroutine, MutableMapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from sentinel.domain.rules import OnRecovery
from tests.model import rules as city
from tests.model.counts import count
from tests.model.healing import heal
from tests.model.promises import Judge
from tests.model.stillness import StillLoop, sqlite_without_a_thread
from tests.model.town import Town

MEMORY = Path("/dev/shm")  # noqa: S108 - a file system without a disk, where there is one
BUGS = (".crashed", ".undecided", "outcome.lost")
"""How the names of log events end that say that our own code failed, and went on."""


class Life(RuleBasedStateMachine):
    """A town in which things happen."""

    def __init__(self) -> None:
        super().__init__()
        count("stories")
        self._open = ExitStack()
        base = MEMORY if MEMORY.is_dir() else None
        folder = Path(tempfile.mkdtemp(prefix="sentinel-", dir=base))
        self._open.callback(shutil.rmtree, folder)
        self._folder = folder
        self._crashes: list[str] = []
        self._open.enter_context(sqlite_without_a_thread())
        patch = self._open.enter_context(pytest.MonkeyPatch.context())
        self._patch = patch
        structlog.configure(processors=[self._log], cache_logger_on_first_use=False)
        self._open.callback(structlog.reset_defaults)
        self._loop = self._open.enter_context(asyncio.Runner(loop_factory=StillLoop))
        self._running = False

    def _log(self, _: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if event["event"].endswith(BUGS):
            self._crashes.append(f"{event}: {traceback.format_exc()}")
        raise structlog.DropEvent

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Have something happen, and look at every promise when all is quiet again."""

        count("steps")

        async def then() -> Any:
            answer = await work
            await self.town.quiet()
            self.judge.look()
            return answer

        answer = self._loop.run(then())
        assert not self._crashes, self._crashes
        failures = [error for node in self.town.nodes for error in node.failures]
        assert not failures, failures
        return answer

    @initialize(
        copies=st.integers(1, 2),
        on_recovery=st.sampled_from(OnRecovery),
        notice=st.booleans(),
        nodes=st.sampled_from([1, 1, 2]),
    )
    def begin(self, *, copies: int, on_recovery: OnRecovery, notice: bool, nodes: int) -> None:
        """A town comes to life."""
        rules = city.city(copies=copies, on_recovery=on_recovery, notice=notice)
        self.town = Town(self._folder, rules, self._patch, self._loop.get_loop())
        self.judge = Judge(self.town)
        self._loop.run(self.town.open(nodes))
        self._running = True
        self.do(self.town.quiet())

    def teardown(self) -> None:
        """Everything heals, and everything that is still valid must come to a good end."""
        try:
            if self._running:
                self._loop.run(heal(self.town, self.judge))
                assert not self._crashes, self._crashes
        finally:
            if self._running:
                self._loop.run(self.town.close())
            self._open.close()
