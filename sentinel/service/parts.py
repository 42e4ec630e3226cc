"""The working parts of one daemon, for those who show them or act on them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sentinel.domain.beat import HANGS_AFTER
from sentinel.domain.summary import Works
from sentinel.rules import Loaded
from sentinel.service.board import Board
from sentinel.service.clockwatch import ClockWatch
from sentinel.service.desk import Desk
from sentinel.service.dispatch import Dispatcher
from sentinel.service.folders import Folders
from sentinel.service.followups import FollowUps
from sentinel.service.heartbeat import Beats
from sentinel.service.intake import Intake
from sentinel.service.leader import Leader
from sentinel.service.ledger import Ledger
from sentinel.service.linkcheck import LinkCheck
from sentinel.service.missing import Missing
from sentinel.service.nodes import Nodes
from sentinel.service.notify import Notifier
from sentinel.service.outputs import Outputs
from sentinel.service.postures import Postures
from sentinel.service.receipts import Receipts
from sentinel.service.refresh import Refresher
from sentinel.service.rotas import Rotas
from sentinel.service.schedule import Schedule
from sentinel.service.takedown import TakeDowns
from sentinel.service.vitals import Vitals
from sentinel.service.watch import Watcher
from sentinel.storage.storage import Storage


@dataclass(slots=True, kw_only=True)
class Parts:
    """One daemon, taken apart."""

    node: str
    storage: Storage
    board: Board
    intake: Intake
    follow_ups: FollowUps
    watcher: Watcher
    dispatcher: Dispatcher
    take_downs: TakeDowns
    folders: Folders
    notifier: Notifier
    receipts: Receipts
    refresher: Refresher
    schedule: Schedule
    ledger: Ledger
    desk: Desk
    postures: Postures
    links: LinkCheck
    rotas: Rotas
    leader: Leader
    nodes: Nodes
    vitals: Vitals
    beats: Beats
    missing: Missing
    outputs: Outputs
    clocks: ClockWatch
    reload: Callable[[], Awaitable[Loaded]]  # raises RulesError; the old rules stay
    started_at: datetime
    address: str = ""  # HOST:PORT that is served, once it is
    storage_works: bool = True  # by the last real write

    def works(self, at: datetime) -> Works:
        """Return which of the daemon's own parts work at `at`."""
        return Works(
            storage=self.storage_works,
            scheduler=self.schedule.running,
            dispatcher=self._alive(self.dispatcher.beat, at),
            notifier=self._alive(self.notifier.beat, at),
        )

    def _alive(self, beat: datetime | None, at: datetime) -> bool:
        return at - (beat or self.started_at) < HANGS_AFTER
