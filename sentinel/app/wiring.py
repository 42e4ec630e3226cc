"""Puts one daemon's parts together: who is told of what by whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from probes import probes
from sentinel.app.outside import Outside, beats_of, outputs_of, own_tools, vitals_of
from sentinel.app.reload import Reloader
from sentinel.domain.observation import Finding
from sentinel.rules import Loaded
from sentinel.service.attempt import Attempts
from sentinel.service.board import Board
from sentinel.service.certificates import Certificates
from sentinel.service.claims import Claims
from sentinel.service.clockwatch import ClockWatch
from sentinel.service.desk import Desk
from sentinel.service.dispatch import Dispatcher
from sentinel.service.edges import Edges
from sentinel.service.folders import Folders
from sentinel.service.followups import FollowUps
from sentinel.service.intake import Intake
from sentinel.service.leader import Leader
from sentinel.service.leases import Leases
from sentinel.service.linkcheck import LinkCheck
from sentinel.service.look import Looks
from sentinel.service.missing import Missing
from sentinel.service.nodes import Effects, Nodes
from sentinel.service.notify import Notifier
from sentinel.service.paces import Paces
from sentinel.service.parts import Parts
from sentinel.service.planner import Planner
from sentinel.service.posting import Posting
from sentinel.service.postures import Postures
from sentinel.service.receipts import Receipts
from sentinel.service.redecide import Redecider
from sentinel.service.refresh import Refresher
from sentinel.service.rotas import PATIENCE, Rotas
from sentinel.service.settling import Settling
from sentinel.service.takedown import TakeDowns
from sentinel.service.takeover import TakeOver
from sentinel.service.tally import Tally
from sentinel.service.uplinks import Uplinks
from sentinel.service.vantages import Eyes, Vantages
from sentinel.service.verdicts import Verdicts
from sentinel.service.watch import Watcher
from sentinel.service.witness import Witness


@dataclass(frozen=True, slots=True, kw_only=True)
class _Core:
    """What dispatching and watching share."""

    board: Board
    leader: Leader
    planner: Planner
    tally: Tally
    node: str


def wire(board: Board, outside: Outside, node: str, read: Callable[[], Loaded]) -> Parts:
    """Return one daemon's parts; `read` reads the rules again. Nothing runs yet."""
    storage = outside.storage
    core = _Core(
        board=board,
        leader=Leader(storage, node, outside.clock.elapsed),
        planner=Planner(board),
        tally=Tally(),
        node=node,
    )

    def informed() -> bool:
        return nodes.informed()

    async def heard(channel: str, finding: Finding) -> None:
        await watcher.heard(channel, finding)

    async def changed(_: frozenset[str]) -> None:
        dispatcher.reconsider()

    posting = Posting(storage, board, outside.transport, outside.accounts, informed, outside.ledger)
    dispatcher, claims = _dispatching(core, outside, posting, heard)
    verdicts = Verdicts(storage, board, core.leader, changed, core.tally)
    watcher, uplinks = _watching(core, outside, verdicts)
    folders = Folders(storage, board, outside.transport, informed)
    effects = Effects(
        hear=watcher.heard,
        reconsider=dispatcher.reconsider,
        wake=dispatcher.wake,
        led=uplinks.led,
        refresh=lambda: outside.ledger.follow(storage),
        elsewhere=claims.leave,
        listen=_vantages(core, outside, verdicts, watcher).listen,
        heard=folders.heard,
    )
    links = LinkCheck(storage, board, own_tools(outside))
    nodes = _together(core, outside, verdicts, effects)
    rotas = Rotas(storage, board, own_tools(outside, PATIENCE), core.leader)
    notifier = Notifier(
        storage, board, outside.hide, leads=lambda: core.leader.leads, on_call=rotas.contacts
    )
    vitals = vitals_of(board, outside, dispatcher, notifier)
    return Parts(
        node=node,
        storage=storage,
        board=board,
        intake=Intake(storage, board, core.planner),
        follow_ups=FollowUps(storage, board, core.planner),
        watcher=watcher,
        dispatcher=dispatcher,
        take_downs=TakeDowns(storage, board, core.planner, posting),
        folders=folders,
        notifier=notifier,
        receipts=Receipts(
            storage=storage, board=board, accounts=outside.accounts, hear=watcher.heard
        ),
        refresher=Refresher(
            storage=storage,
            board=board,
            accounts=outside.accounts,
            transport=outside.transport,
            leader=core.leader,
        ),
        schedule=outside.schedule,
        ledger=outside.ledger,
        desk=Desk(storage, board, verdicts, dispatcher.reconsider),
        postures=Postures(storage, board, core.planner, dispatcher.reconsider),
        links=links,
        rotas=rotas,
        leader=core.leader,
        nodes=nodes,
        vitals=vitals,
        beats=beats_of(board, outside, vitals),
        outputs=outputs_of(board, outside, core.leader),
        missing=Missing(storage, board, core.leader, outside.clock.elapsed),
        clocks=_clocks(core, outside, verdicts, watcher, dispatcher, links=links),
        reload=Reloader(read, board, storage, watcher, dispatcher).reload,
        started_at=outside.clock.now(),
    )


def _dispatching(
    core: _Core,
    outside: Outside,
    posting: Posting,
    heard: Callable[[str, Finding], Awaitable[None]],
) -> tuple[Dispatcher, Claims]:
    storage, board = outside.storage, core.board
    leases = Leases(storage, board, outside.clock.elapsed)
    claims = Claims(storage, board, leases, Paces(board, outside.ledger))
    settling = Settling(storage, board, core.planner, core.node)
    attempts = Attempts(
        storage, board, core.planner, posting, settling, leases, core.node, core.tally
    )
    dispatcher = Dispatcher(
        board=board,
        decisions=Redecider(storage, board, core.planner),
        leases=leases,
        claims=claims,
        attempts=attempts,
        take_over=TakeOver(storage, board, settling),
        observe=heard,
    )
    return dispatcher, claims


def _watching(core: _Core, outside: Outside, verdicts: Verdicts) -> tuple[Watcher, Uplinks]:
    storage, board, transport = outside.storage, core.board, outside.transport
    uplinks = Uplinks(storage, board, core.leader, own_tools(outside))
    looks = Looks(storage, board, probes(), transport, outside.accounts, core.tally)
    watcher = Watcher(
        storage=storage,
        board=board,
        looks=looks,
        verdicts=verdicts,
        uplinks=uplinks,
        ledger=outside.ledger,
        schedule=outside.schedule,
        witness=Witness(board, looks, uplinks, core.leader, core.node),
        edges=Edges(storage, board, core.leader),
        certificates=Certificates(storage, core.leader),
    )
    return watcher, uplinks


def _vantages(core: _Core, outside: Outside, verdicts: Verdicts, watcher: Watcher) -> Vantages:
    return Vantages(
        storage=outside.storage,
        leader=core.leader,
        verdicts=verdicts,
        eyes=Eyes(soon=watcher.soon, ask_family=watcher.ask_family),
        node=core.node,
        elapsed=outside.clock.elapsed,
    )


def _together(core: _Core, outside: Outside, verdicts: Verdicts, effects: Effects) -> Nodes:
    return Nodes(
        storage=outside.storage,
        board=core.board,
        leader=core.leader,
        verdicts=verdicts,
        planner=core.planner,
        effects=effects,
        node=core.node,
        elapsed=outside.clock.elapsed,
    )


def _clocks(
    core: _Core,
    outside: Outside,
    verdicts: Verdicts,
    watcher: Watcher,
    dispatcher: Dispatcher,
    *,
    links: LinkCheck,
) -> ClockWatch:
    def forget(_: timedelta) -> None:
        watcher.forget()

    watch = ClockWatch(
        storage=outside.storage,
        leader=core.leader,
        now=outside.clock.now,
        elapsed=outside.clock.elapsed,
        shifts=(outside.schedule.shift, core.planner.shift, verdicts.shift, links.shift, forget),
        written=dispatcher.reconsider,
        node=core.node,
    )
    core.board.clock_holds = watch.holds
    return watch
