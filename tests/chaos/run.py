"""One run: a daemon, a busy team, bad weather, a nemesis; then rest, and the checker's word."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from pprint import pformat

from tests.chaos.report import noted
from tests.chaos.town import INTAKE, founded, history
from tests.chaos.traffic import Team
from tests.chaos.weather import Weather
from tests.support.aftermath import NEVER_REPEATED
from tests.support.checker import check, count
from tests.support.city import Daemon
from tests.support.history import Delivery, History, Kept, Message, Step, Violation
from tests.support.nursery import QuickDaemon
from tests.support.outbox import outbox
from tests.support.simulated import Simulated

PATIENCE_S = 150.0
"""On PostgreSQL a lease outlives the process that held it, and a repeat waits for a look."""

STILL_S = 4.0
"""Nothing was written for so long: it is at rest."""

UNSURE_S = 50.0
"""So long we wait for what looks may still find; then what is unknown may stay so."""


@dataclass(slots=True, kw_only=True)
class Run:
    """A town in trouble. `url` is its database, as its rules have it."""

    nemesis: str
    engine: str
    seed: int
    sim: Simulated
    daemon: Daemon
    team: Team
    weather: Weather | None
    url: str
    data: Path
    kills: int = 0
    restarts: int = 0
    troubles: int = 0  # what else the nemesis did: full disks, freezes, steps, disconnects
    steps: list[Step] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    @property
    def folder(self) -> Path:
        """Where its rules lie."""
        return self.daemon.file.parent

    def kept(self) -> Kept:
        """Read the outbox."""
        return outbox(self.url, self.folder)

    def die(self) -> None:
        """Kill it."""
        self.daemon.kill()
        self.kills += 1

    def rise(self, *, ready: bool = True, **env: str) -> None:
        """Start it again."""
        self.daemon.start(ready=ready, **env)
        self.restarts += 1

    def judged(self) -> list[Violation]:
        """Let everything come to rest, and judge by the history. The run is over then."""
        self.team.stop()
        if self.weather is not None:
            self.weather.stop()
        self.team.finish()
        self._rest()
        self.daemon.stop()
        past = history(
            self.sim,
            self.data,
            self.kept(),
            intake=self.folder / INTAKE,
            heard=[*self.team.heard.values()],
            held=self.team.holds,
            steps=self.steps,
        )
        found = check(past)
        found += [Violation(rule="lost", about="a key", what=one) for one in self.team.wrong]
        noted(
            nemesis=self.nemesis,
            engine=self.engine,
            seed=self.seed,
            runs=1,
            kills=self.kills,
            restarts=self.restarts,
            troubles=self.troubles,
            faults=self.weather.faults if self.weather else 0,
            seconds=round(time.monotonic() - self.began),
            **asdict(count(past)),
            violations=[one.rule for one in found],
        )
        if found:
            self._remember(past, found)
        return found

    def _remember(self, past: History, found: list[Violation]) -> None:
        """Leave beside the rules what is needed to understand it: seed, violations, history."""
        told = {"nemesis": self.nemesis, "seed": self.seed, "found": [str(one) for one in found]}
        (self.folder / "violations.json").write_text(json.dumps(told, indent=1))
        (self.folder / "history.txt").write_text(pformat(past, width=200))
        if self.engine == "SQLite":
            shutil.copytree(self.data, self.folder / "kept", ignore=_pipes)

    def _rest(self) -> None:
        began = since = time.monotonic()
        head = -1
        while True:
            kept, now = self.kept(), time.monotonic()
            if kept.head[0] != head:
                head, since = kept.head[0], now
            doubts = [one for one in _doubts(kept) if one.channel not in NEVER_REPEATED]
            lying = list((self.folder / INTAKE).glob("*.json"))
            quiet = now - since > STILL_S and not lying and not _busy(kept)
            if quiet and (not doubts or now - began > UNSURE_S):
                return
            if now - began > PATIENCE_S:
                return  # the checker says what is wrong with it
            time.sleep(0.5)


def _pipes(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name.endswith(".sock")]


def _busy(kept: Kept) -> list[str]:
    by_id = {message.id: message for message in kept.messages}
    due = [one.id for one in kept.deliveries if _under_way(one, by_id[one.message])]
    waiting = [one.id for one in kept.notifications if one.state == "queued"]
    scheduled = [one.id for one in kept.messages if one.state in {"scheduled", "accepted"}]
    return [*due, *waiting, *scheduled]


def _under_way(delivery: Delivery, message: Message) -> bool:
    waits = delivery.state == "planned" and message.state != "stranded"
    taken_down = delivery.take_down_at is not None and delivery.state == "published"
    return waits or taken_down or delivery.state == "publishing"


def _doubts(kept: Kept) -> Iterator[Delivery]:
    return (one for one in kept.deliveries if one.state == "unknown")


@contextmanager
def running(  # a run has this many sides
    folder: Path,
    sim: Simulated,
    *,
    nemesis: str,
    seed: int,
    url: str | None = None,
    publish_within: str = "2s",
    weather: bool = True,
    holds: bool = True,
    short_lives: bool = True,
    pause_s: float = 0.1,
    data: Path | None = None,
    dies_at: str = "",
    env: dict[str, str] | None = None,
    ahead: timedelta = timedelta(),
) -> Iterator[Run]:
    """Found a town and start its daemon and its team, under bad weather."""
    data = data or folder / "data"
    storage = {"url": url or f"sqlite:///{data}/sentinel.db", "data": str(data)}
    linked = bool(seed % 2)
    file = founded(folder, sim, storage=storage, publish_within=publish_within, linked=linked)
    kind = Daemon if env else QuickDaemon  # what is preloaded must be there from the start
    daemon = kind(file, env, dies_at=dies_at)
    team = Team(daemon, seed, pause_s=pause_s, may_hold=holds, short_lives=short_lives, ahead=ahead)
    run = Run(
        nemesis=nemesis,
        engine="SQLite" if url is None else "PostgreSQL",
        seed=seed,
        sim=sim,
        daemon=daemon,
        team=team,
        weather=Weather(sim, seed) if weather else None,
        url=storage["url"],
        data=data,
    )
    with daemon:
        if run.weather is not None:
            run.weather.start()
        team.start()
        try:
            yield run
        finally:
            team.stop()
            if run.weather is not None:
                run.weather.stop()
            _end(daemon)


def _end(daemon: Daemon) -> None:
    """Stop it, and leave nothing running even if it does not want to stop."""
    try:
        daemon.stop()
    except subprocess.TimeoutExpired:
        daemon.kill()
        raise


def many(name: str, usual: int) -> int:
    """Return how often something is to be done: from the environment, or as usual."""
    return int(os.environ.get(name, usual))
