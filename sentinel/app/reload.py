"""New rules under way: applied whole if good, refused whole if bad."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from sentinel.domain.rules import Rules
from sentinel.errors import RulesError
from sentinel.failpoints import reach
from sentinel.rules import Loaded
from sentinel.service.board import Board
from sentinel.service.dispatch import Dispatcher
from sentinel.service.outages import DAEMON
from sentinel.service.watch import Watcher
from sentinel.storage.storage import Storage

log = structlog.get_logger()

FIRST = 5
"""Problems of refused rules that a log line names; the journal has them all."""


@dataclass(frozen=True, slots=True)
class Reloader:
    """Reads the rules file again and puts it in force."""

    read: Callable[[], Loaded]  # raises RulesError
    board: Board
    storage: Storage
    watcher: Watcher
    dispatcher: Dispatcher

    async def reload(self) -> Loaded:
        """Put the file's rules in force.

        Raises:
            RulesError: They are bad; journalled, told to staff, and the old ones stay.
        """
        try:
            loaded = await asyncio.to_thread(self.read)
        except RulesError as error:
            async with self.storage.write() as unit:
                unit.note(
                    "rules.refused",
                    actor=DAEMON,
                    subject="rules",
                    payload={"problems_de": error.phrase.de, "problems_en": error.phrase.en},
                )
            log.warning(
                "rules.refused",
                problems=len(error.problems),
                first=[problem.say(error.file, "en") for problem in error.problems[:FIRST]],
            )
            raise
        await self._apply(loaded.rules)
        return loaded

    async def _apply(self, rules: Rules) -> None:
        before = self.board.rules
        needs_restart = [
            name
            for name in ("storage_url", "storage_data", "server", "network")
            if getattr(rules, name) != getattr(before, name)
        ]
        kept = {name: getattr(before, name) for name in needs_restart}
        async with self.storage.write() as unit:
            unit.note(
                "rules.applied",
                actor=DAEMON,
                subject="rules",
                payload={"channels": sorted(rules.channels), "needs_restart": needs_restart},
            )
        self.board.rules = replace(rules, **kept)
        if needs_restart:
            log.warning("rules.restart_needed", keys=needs_restart)
        log.info("rules.applied", channels=len(rules.channels), routes=len(rules.routes))
        reach("rules.adopting")
        await self.watcher.adopt(before.channels)
        reach("rules.adopted")
        await self.dispatcher.replan_open()
