"""The rate-limit ledger: what is left of every account's windows, as last heard.

What an app may do is kept under the app's own key, so that all channels that
post through it know of it (`sentinel.domain.budget`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import timedelta

from sentinel.domain.budget import budget_key, keys_of
from sentinel.domain.observation import Window
from sentinel.domain.quota import Reading
from sentinel.domain.rules import Channel
from sentinel.errors import StorageError
from sentinel.platforms import Account
from sentinel.service.board import Board
from sentinel.storage.storage import Storage

REMEMBERED = timedelta(hours=1)
"""Earlier readings show how fast others use a window up too: an hour's pace is what is forecast."""

_MOST = 240  # readings of one window that are kept; a forecast needs no more


class Ledger:
    """Windows by account or app; kept in memory and written down by the watcher's tick."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._read: dict[str, dict[str, Reading]] = {}
        self._earlier: dict[tuple[str, str], deque[Reading]] = {}
        self._changed: set[tuple[str, str]] = set()  # key and window

    def note(self, account: Account, windows: Sequence[Window]) -> None:
        """Take the windows that an answer stated."""
        channel = self._board.rules.channels.get(account.channel)
        if channel is not None:
            self.take(channel, windows, answered=True)

    def take(self, channel: Channel, windows: Sequence[Window], *, answered: bool = False) -> None:
        """Take windows that a channel's platform stated, perhaps in the answer to a post."""
        at = self._board.now()
        for window in windows:
            key = budget_key(channel, window.scope)
            self._keep(key, Reading(window=window, at=at, answered=answered))
            self._changed.add((key, window.name))

    def readings(self, channel: Channel) -> Sequence[Reading]:
        """Return the last reading of each window of a channel: its account's, and its app's."""
        return [one for key in keys_of(channel) for one in self._read.get(key, {}).values()]

    def earlier(self, channel: Channel, window: str) -> Sequence[Reading]:
        """Return what was read of one window in the last hour by this process, oldest first."""
        since = self._board.now() - REMEMBERED
        kept = [self._earlier.get((key, window), ()) for key in keys_of(channel)]
        return [one for some in kept for one in some if one.at > since]

    async def load(self, storage: Storage) -> None:
        """Read back what was known before a restart."""
        await self.follow(storage)

    async def follow(self, storage: Storage) -> None:
        """Take what other nodes read later than we did."""
        async with storage.read() as view:
            kept = await view.windows()
        for key, windows in kept.items():
            mine = self._read.get(key, {})
            for name, (window, at) in windows.items():
                if name not in mine or mine[name].at < at:
                    self._keep(key, Reading(window=window, at=at))

    async def keep(self, storage: Storage) -> frozenset[str]:
        """Write down what changed, as it was read and when; return the keys concerned.

        Raises:
            StorageError: It is not written, and counts as changed until it is.
        """
        changed, self._changed = self._changed, set()
        if not changed:
            return frozenset()
        try:
            async with storage.write() as unit:
                for key, name in sorted(changed):  # two who write never wait for each other
                    one = self._read[key][name]
                    await unit.save_windows(key, [one.window], one.at)
        except StorageError:
            self._changed |= changed
            raise
        return frozenset(key for key, _ in changed)

    def _keep(self, key: str, reading: Reading) -> None:
        name = reading.window.name
        self._read.setdefault(key, {})[name] = reading
        earlier = self._earlier.setdefault((key, name), deque(maxlen=_MOST))
        last = earlier[-1].window if earlier else None
        if last is None or last.remaining != reading.window.remaining:
            earlier.append(reading)
