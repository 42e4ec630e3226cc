"""The model's town: what people and platforms may do to it."""

from __future__ import annotations

from datetime import timedelta

from sentinel.domain.rules import Rules
from tests.model.house import PEOPLE, House

TRIES = 5
"""A person who hears of an error tries again: it may have been done all the same."""


class Town(House):
    """Everything there is. Whatever people do to it is a method."""

    async def adopt(self, rules: Rules) -> None:
        """New rules are put in force on every node."""
        if not rules.channels or any(node.still for node in self.nodes):
            return
        self.truth.rules = rules
        for node in self.nodes:
            before = node.board.rules.channels
            node.board.rules = rules
            await self.call(node.verdicts.adopt(before))
            await self.call(node.dispatcher.replan_open())
        gone = set(self.truth.verdicts) - set(rules.channels)
        for name in gone:
            del self.truth.verdicts[name]
        for name in set(rules.channels) - set(self.truth.verdicts):
            await self.judge(name, {})

    async def hold(self) -> None:
        """A person stops all publishing."""
        for _ in range(TRIES):
            node = self.awake
            if node is None or self._death.is_set():
                return
            if await self.call(node.desk.hold("Probe", PEOPLE[0])):
                self.truth.held_since = self.truth.held_since or self.elapsed()
                return

    async def resume(self) -> None:
        """A person lets it go on."""
        for _ in range(TRIES):
            if node := self.awake:
                self.truth.held_since = None
                await self.call(node.desk.resume(PEOPLE[0]))
                if node.board.hold is None:
                    return
                self.truth.held_since = self.elapsed()

    async def freeze(self, name: str, seconds: float | None) -> None:
        """A person takes a channel out of service."""
        for _ in range(TRIES):
            node = self.awake
            if node is None or self._death.is_set() or name not in node.board.rules.channels:
                return
            until = None if seconds is None else self.now() + timedelta(seconds=seconds)
            if await self.call(node.desk.freeze(name, "Probe", until, PEOPLE[0])):
                self.truth.frozen[name] = until
                return

    async def release(self, name: str) -> None:
        """A person puts a channel back."""
        for _ in range(TRIES):
            node = self.awake
            if node is None or name not in node.board.rules.channels:
                return
            self.truth.frozen.pop(name, None)
            await self.call(node.desk.release(name, PEOPLE[0]))
            self.truth.verdicts[name] = dict(node.board.health(name).verdicts)
            if name not in node.board.freezes:
                return
            self.truth.frozen[name] = node.board.freezes[name].until
