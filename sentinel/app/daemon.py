"""Puts the parts together and runs them until told to stop.

A loop that dies takes the daemon down with it, and the supervisor starts a new
one: a sentinel that is half dead looks alive.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from socket import gethostname
from urllib.parse import urlsplit

import certifi
import structlog

from sentinel import __version__, failpoints
from sentinel.app.clock import SYSTEM, Clock, new_id
from sentinel.app.logs import Mask
from sentinel.app.outside import Outside
from sentinel.app.supervisor import Supervisor
from sentinel.app.wiring import wire
from sentinel.domain.beat import HANGS_AFTER, NO_CURE
from sentinel.domain.news import STORAGE_BACK, STORAGE_LOST
from sentinel.domain.rules import Network, Rules
from sentinel.errors import StorageError
from sentinel.failpoints import reach
from sentinel.platforms import platforms
from sentinel.rules import Loaded, load
from sentinel.rules.secrets import resolve_secret
from sentinel.service.accounts import Accounts, Hide
from sentinel.service.board import Board
from sentinel.service.digest import EVERY as DIGEST_EVERY
from sentinel.service.digest import DailyDigest
from sentinel.service.inbox.inbox import inbox_of
from sentinel.service.keep import Keeper
from sentinel.service.ledger import Ledger
from sentinel.service.linkcheck import EVERY as LINKS_EVERY
from sentinel.service.missing import EVERY as MISSING_EVERY
from sentinel.service.parts import Parts
from sentinel.service.refresh import REFRESH_EVERY
from sentinel.service.rollups import EVERY, Rollups
from sentinel.service.rotas import EVERY as ROTAS_EVERY
from sentinel.service.schedule import Schedule
from sentinel.storage.storage import Storage
from sentinel.transport.driver import Transport
from sentinel.transport.way import Way
from sentinel.web.server import serving

log = structlog.get_logger()

TICK = timedelta(seconds=1)
WRITABLE_EVERY = timedelta(seconds=5)
TIDY_EVERY = timedelta(hours=6)
DATA_MODE = 0o750


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a daemon is started."""

    rules: Path
    env: Mapping[str, str]
    listen: str | None = None  # overrides server.listen

    def heed(self, loaded: Loaded) -> Loaded:
        """Return the rules with what the command line overrides."""
        if self.listen is None:
            return loaded
        server = replace(loaded.rules.server, listen=self.listen)
        return replace(loaded, rules=replace(loaded.rules, server=server))


async def run(
    options: Options,
    stop: asyncio.Event,
    *,
    mask: Mask | None = None,
    started: Callable[[Parts], None] | None = None,
    clock: Clock = SYSTEM,
) -> None:
    """Run the daemon until `stop` is set; what is under way is finished first.

    Raises:
        RulesError: The rules cannot be followed; nothing was started.
        StorageError: The storage cannot be opened.
        SentinelError: The address to listen on is taken.
        BaseExceptionGroup: A loop died; the supervisor should start a new daemon.
    """
    failpoints.arm(options.env.get("SENTINEL_FAILPOINTS", ""))
    loaded = options.heed(load(options.rules, env=options.env))
    supervisor = Supervisor(options.env)
    async with (
        assembled(loaded, options, mask or Mask(), clock) as parts,
        serving(parts) as parts.address,
        asyncio.TaskGroup() as loops,
    ):
        loops.create_task(parts.dispatcher.run_until(stop))
        loops.create_task(parts.notifier.run_until(stop))
        loops.create_task(parts.take_downs.run_until(stop))
        loops.create_task(parts.nodes.run_until(stop))
        loops.create_task(parts.folders.run_until(stop))
        loops.create_task(parts.clocks.run_until(stop))
        loops.create_task(parts.vitals.run_until(stop))
        loops.create_task(parts.beats.run_until(stop))
        loops.create_task(parts.outputs.run_until(stop))
        loops.create_task(inbox_of(parts).run_until(stop))
        _announce(parts, supervisor, started)
        await stop.wait()
        log.info("sentinel.stopping")
        supervisor.stopping()
        parts.dispatcher.wake()
    log.info("sentinel.stopped")


def _announce(
    parts: Parts, supervisor: Supervisor, started: Callable[[Parts], None] | None
) -> None:
    _watchdog(parts, supervisor)
    reach("app.ready")
    supervisor.ready()
    log.info(
        "sentinel.started",
        version=__version__,
        node=parts.node,
        channels=len(parts.board.rules.channels),
        routes=len(parts.board.rules.routes),
    )
    if started is not None:
        started(parts)


def _watchdog(parts: Parts, supervisor: Supervisor) -> None:
    every = supervisor.watchdog_every
    if every is None:
        return

    async def tell() -> None:
        if NO_CURE.issuperset(parts.vitals.ails(HANGS_AFTER)):
            supervisor.alive()  # else a new process may do better

    parts.schedule.every("supervisor", every, tell, first=parts.board.now())


@asynccontextmanager
async def assembled(
    loaded: Loaded, options: Options, mask: Mask, clock: Clock = SYSTEM
) -> AsyncIterator[Parts]:
    """Return one daemon's parts, put together and watching; nothing is dispatched yet."""
    rules, env = loaded.rules, options.env
    node = rules.node or gethostname()
    data = _folder(rules)
    _environment(rules.network, env, data)
    now, steady = clock.now, clock.steady()
    storage = await Storage.open(rules.storage_url, data=data, node=node, now=now, steady=steady)
    try:
        for warning in storage.warnings:
            log.warning("storage.endangered", warning=warning.en)
        board = Board(rules=rules, platforms=platforms(), env=env, now=now, new_id=new_id)
        ledger = Ledger(board)
        accounts = Accounts(board, storage, mask.hide)
        way = _way(rules.network, env, mask.hide)
        transport = Transport(way=way, renewer=accounts.renew, ledger=ledger.note)
        accounts.transport = transport
        async with transport, Schedule(now) as schedule:
            outside = Outside(
                storage=storage,
                accounts=accounts,
                ledger=ledger,
                transport=transport,
                schedule=schedule,
                hide=mask.hide,
                clock=clock,
            )

            def read_again() -> Loaded:
                return options.heed(load(options.rules, env=env))

            parts = wire(board, outside, node, read_again)
            await _begin(parts, storage)
            yield parts
            await _leave(parts)
    finally:
        await storage.close()


async def _begin(parts: Parts, storage: Storage) -> None:
    await parts.nodes.begin()
    await parts.desk.load()
    await parts.postures.load()
    await parts.rotas.begin()
    await parts.watcher.load()
    await parts.watcher.start()
    keeper = Keeper(storage, parts.board, parts.board.now, lambda: parts.leader.leads)
    now = parts.board.now()

    async def writable() -> None:
        before, parts.storage_works = parts.storage_works, await storage.writable()
        if before == parts.storage_works:
            return
        log.warning("storage.regained" if parts.storage_works else "storage.lost")
        await parts.notifier.tell_from_memory(STORAGE_BACK if parts.storage_works else STORAGE_LOST)

    async def links() -> None:
        if parts.leader.leads:
            await parts.links.tick()

    async def look() -> None:
        if parts.leader.leads:
            await parts.watcher.sightings.round()

    rollups = Rollups(storage, parts.board, parts.leader)
    digest = DailyDigest(storage, parts.board, parts.ledger, parts.leader)
    parts.schedule.every("digest", DIGEST_EVERY, digest.tick, first=now + TICK)
    parts.schedule.every("figures", EVERY, rollups.roll, first=now + TICK)
    parts.schedule.every("tick", TICK, parts.watcher.tick, first=now + TICK)
    parts.schedule.every("posture", TICK, parts.postures.tick, first=now + TICK)
    parts.schedule.every("links", LINKS_EVERY, links, first=now + LINKS_EVERY)
    refresh = parts.refresher.run
    parts.schedule.every("refresh", REFRESH_EVERY, refresh, first=now + TICK)
    parts.schedule.every("look", TICK, look, first=now + TICK)
    parts.schedule.every("rotas", ROTAS_EVERY, parts.rotas.tick, first=now + TICK)
    parts.schedule.every("storage", WRITABLE_EVERY, writable, first=now)
    parts.schedule.every("nodes", MISSING_EVERY, parts.missing.round, first=now + TICK)
    parts.schedule.every("keep", TIDY_EVERY, keeper.tidy, first=now + TIDY_EVERY)


async def _leave(parts: Parts) -> None:
    """Let another node lead at once; if that cannot be said, it leads a few seconds later."""
    try:
        await parts.leader.resign()
    except StorageError as error:
        log.warning("storage.failed", error=type(error).__name__)


def _folder(rules: Rules) -> Path:
    data = Path(rules.storage_data)
    data.mkdir(mode=DATA_MODE, parents=True, exist_ok=True)
    return data


def _way(network: Network, env: Mapping[str, str], hide: Hide) -> Way:
    proxy = resolve_secret(network.proxy, env) if network.proxy is not None else None
    hide([text for text in (proxy, urlsplit(proxy or "").password) if text])
    return Way(proxy=proxy, no_proxy=network.no_proxy, ca_file=network.ca_file)


def _environment(network: Network, env: Mapping[str, str], data: Path) -> None:
    """Hand the way out on to the library that tells staff: it reads it from the environment."""
    if network.proxy is not None:
        proxy = resolve_secret(network.proxy, env)
        os.environ["HTTP_PROXY"] = os.environ["HTTPS_PROXY"] = proxy
        os.environ["NO_PROXY"] = ",".join((*network.no_proxy, "127.0.0.1", "localhost", "::1"))
    if network.ca_file is not None:
        # That library replaces the trusted authorities by this file, so it must hold them all.
        known = Path(env.get("REQUESTS_CA_BUNDLE") or certifi.where()).read_bytes()
        bundle = data / "authorities.pem"
        bundle.write_bytes(known + b"\n" + Path(network.ca_file).read_bytes())
        os.environ["REQUESTS_CA_BUNDLE"] = str(bundle)
