"""What reaches out of the process, and what tells other machines how things stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sentinel.app.clock import Clock
from sentinel.domain.beat import Ail
from sentinel.service.accounts import Accounts, Hide
from sentinel.service.board import Board
from sentinel.service.dispatch import Dispatcher
from sentinel.service.heartbeat import Beats
from sentinel.service.leader import Leader
from sentinel.service.ledger import Ledger
from sentinel.service.notify import Notifier
from sentinel.service.outputs import Outputs
from sentinel.service.schedule import Schedule
from sentinel.service.vitals import Vitals
from sentinel.storage.storage import Storage
from sentinel.transport.driver import Transport
from sentinel.transport.toolbox import Toolbox

UPLINK_PATIENCE = timedelta(seconds=4)
RECEIVER_PATIENCE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What reaches out of the process: files, connections, timers, clocks."""

    storage: Storage
    accounts: Accounts
    ledger: Ledger
    transport: Transport
    schedule: Schedule
    hide: Hide
    clock: Clock


def own_tools(outside: Outside, patience: timedelta = UPLINK_PATIENCE) -> Toolbox:
    """Return the way out for what is about no channel."""
    now = outside.clock.now
    return Toolbox(transport=outside.transport, platform=None, timeout=patience, now=now)


def vitals_of(board: Board, outside: Outside, dispatcher: Dispatcher, notifier: Notifier) -> Vitals:
    """Return what feels this daemon's pulse."""
    loops = {
        Ail.DISPATCHER: (lambda: dispatcher.beat, lambda: dispatcher.decided),
        Ail.NOTIFIER: (lambda: notifier.beat,),
    }
    return Vitals(
        loops=loops,
        schedule=outside.schedule,
        board=board,
        elapsed=outside.clock.elapsed,
    )


def outputs_of(board: Board, outside: Outside, leader: Leader) -> Outputs:
    """Return what tells alerting chains that are there already."""
    return Outputs(
        storage=outside.storage,
        board=board,
        leader=leader,
        tools=own_tools(outside, RECEIVER_PATIENCE),
        hide=outside.hide,
        elapsed=outside.clock.elapsed,
    )


def beats_of(board: Board, outside: Outside, vitals: Vitals) -> Beats:
    """Return the dead man's switch."""
    return Beats(
        storage=outside.storage,
        board=board,
        vitals=vitals,
        tools=own_tools(outside, RECEIVER_PATIENCE),
        hide=outside.hide,
        elapsed=outside.clock.elapsed,
    )
