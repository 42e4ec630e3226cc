"""The rate-limit ledger: what is left of every account's windows, as last heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sentinel.domain.observation import Window
from sentinel.platforms import Account
from sentinel.service.board import Board
from sentinel.storage.storage import Storage

Readings = Mapping[str, tuple[Window, datetime]]


class Ledger:
    """Windows by account; kept in memory and written down by the watcher's tick."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._read: dict[str, dict[str, tuple[Window, datetime]]] = {}
        self._changed: set[str] = set()

    def note(self, account: Account, windows: Sequence[Window]) -> None:
        """Take the windows that an answer stated."""
        if account.channel in self._board.rules.channels:
            self.take(self._board.rules.channels[account.channel].account, windows)

    def take(self, account: str, windows: Sequence[Window]) -> None:
        """Take windows of an account key."""
        at = self._board.now()
        for window in windows:
            self._read.setdefault(account, {})[window.name] = (window, at)
            self._changed.add(account)

    def readings(self, account: str) -> Readings:
        """Return the last reading of each window of an account."""
        return self._read.get(account, {})

    async def load(self, storage: Storage) -> None:
        """Read back what was known before a restart."""
        async with storage.read() as view:
            for account, windows in (await view.windows()).items():
                self._read[account] = dict(windows)

    async def follow(self, storage: Storage) -> None:
        """Take what other nodes read later than we did."""
        async with storage.read() as view:
            kept = await view.windows()
        for account, windows in kept.items():
            mine = self._read.setdefault(account, {})
            for name, (window, at) in windows.items():
                if name not in mine or mine[name][1] < at:
                    mine[name] = (window, at)

    async def keep(self, storage: Storage) -> frozenset[str]:
        """Write down what changed; return the accounts concerned."""
        changed, self._changed = frozenset(self._changed), set()
        if changed:
            async with storage.write() as unit:
                for account in changed:
                    windows = [window for window, _ in self._read[account].values()]
                    await unit.save_windows(account, windows, self._board.now())
        return changed
