"""The stage of a drill: a simulator, a daemon with the drill's rules, and eyes on both."""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sentinel.app.clock import utc_now
from sentinel.domain.rules import Rules
from sentinel.drills.clock import WorldClock
from sentinel.drills.course import Scene, Shape, Snapshot
from sentinel.drills.places import Place, address, stand_in
from sentinel.drills.process import Process
from sentinel.drills.script import Script
from sentinel.drills.shape import Step
from sentinel.errors import InputError, NoAnswer, Phrase, SentinelError
from sentinel.rules import load
from sentinel.simulator.server import Simulator
from sentinel.simulator.site import Site
from sentinel.web.server import split_address

RULES: Final = "failover_rules.yaml"
JOURNAL: Final = 5  # entries that are shown
CALLED: Final = "escalation.reached"
ANYWHERE: Final = "127.0.0.1:0"
FIRST_LOOK_S: Final = 15.0  # every channel should have been looked at before the clock starts
LOOK_AGAIN_S: Final = 0.1
LONGEST_SOCKET: Final = 100  # the system allows a path of 107 bytes


@dataclass(slots=True, kw_only=True)
class Stage:
    """Everything that a drill acts on, and looks at."""

    script: Script
    folder: Path
    simulator: Simulator
    daemon: Process
    world: WorldClock
    scene: Scene
    sent: dict[str, str] = field(default_factory=dict)  # name of a step -> message id
    began_at: datetime = field(default_factory=utc_now)
    began: float = 0.0
    journal: deque[Shape] = field(default_factory=lambda: deque(maxlen=JOURNAL))
    calls: list[Shape] = field(default_factory=list)
    _last: Snapshot = field(default_factory=lambda: Snapshot(at_s=0.0))

    @property
    def rules(self) -> Path:
        """The rules file that the daemon follows."""
        return self.folder / RULES

    def start_clock(self) -> None:
        """From here on times are counted."""
        self.began_at, self.began = utc_now(), _monotonic()

    def passed_s(self) -> float:
        """Return the seconds since the clock was started."""
        return _monotonic() - self.began

    async def send(self, name: str, step: Step) -> bool:
        """Send a step's message; False while the daemon does not answer: send it again."""
        if step.send is None:
            return True
        body = step.send.model_dump(mode="json", exclude_unset=True)
        try:
            message = await self.daemon.post("/api/v1/messages", body, key=name)
        except NoAnswer:
            return False
        self.sent[name] = str(message["id"])
        return True

    async def confirm(self, message: str, channel: str, permalink: str | None) -> bool:
        """Say as a person that a message is out; False while there is nothing to say it of."""
        said = self._last.messages.get(message)
        found = (d["id"] for d in (said["deliveries"] if said else ()) if d["channel"] == channel)
        delivery = next(found, None)
        if delivery is None:
            return False
        body = {} if permalink is None else {"permalink": permalink}
        try:
            await self.daemon.post(f"/api/v1/deliveries/{delivery}/confirm", body, key=delivery)
        except NoAnswer:
            return False
        return True

    def told(self, contact: str) -> list[Shape]:
        """Return what a contact was told so far, in the order in which it came."""
        places = self.scene.inboxes.get(contact, ())
        return [note for note in self.simulator.notes() if note["name"] in places]

    def set_clock(self, ahead: timedelta) -> None:
        """Make the daemon's clock fast by `ahead`, as seen from the rest of the world."""
        self.world.put_back(ahead, len(self.simulator.notes()))

    async def look(self) -> Snapshot:
        """Return what is to be seen now.

        Raises:
            SentinelError: The daemon ended by itself.
        """
        try:
            channels = await self.daemon.get("/api/v1/channels")
            listed = (await self.daemon.get("/api/v1/messages?limit=200"))["items"]
            by_id = {message["id"]: message for message in listed}
            messages = {name: by_id.pop(i) for name, i in self.sent.items() if i in by_id}
            # What others send meanwhile is shown too; no expectation can be about it.
            messages |= {f"Nr. {message['number']}": message for message in by_id.values()}
            outages = await self._outages()
            await self._read_journal()
            self._last = Snapshot(
                at_s=self.passed_s(),
                channels={channel["id"]: channel for channel in channels["items"]},
                messages=messages,
                posts=tuple(self.simulator.posts()),
                tries=tuple(self.simulator.arrivals()),
                notes=tuple(self._notes()),
                outages=outages,
                calls=tuple(self.calls),
                journal=tuple(self.journal),
            )
        except NoAnswer:
            self.daemon.must_live()
            self._last = Snapshot(
                at_s=self.passed_s(),
                channels=self._last.channels,
                messages=self._last.messages,
                posts=tuple(self.simulator.posts()),
                tries=tuple(self.simulator.arrivals()),
                notes=tuple(self._notes()),
                outages=self._last.outages,
                calls=tuple(self.calls),
                alive=False,
            )
        return self._last

    async def _outages(self) -> tuple[Shape, ...]:
        """Return the outages, where an expectation is about them."""
        if all(expectation.outages is None for expectation in self.script.drill.expect):
            return ()
        page = await self.daemon.get("/api/v1/outages?limit=200")
        return tuple(_without_evidence(outage) for outage in page["items"])

    async def _read_journal(self) -> None:
        after = self.journal[-1]["number"] if self.journal else 0
        page = await self.daemon.get(f"/api/v1/journal?limit=200&after={after}")
        self.journal.extend(page["items"])
        at_s = self.passed_s()
        calls = (entry for entry in page["items"] if entry["kind"] == CALLED)
        self.calls += [{**entry, "at_s": at_s} for entry in calls]

    def _notes(self) -> list[Shape]:
        came_at = self.world.came_at
        return [
            {**note, "at_s": (came_at(number, note["at"]) - self.began_at).total_seconds()}
            for number, note in enumerate(self.simulator.notes())
        ]


@asynccontextmanager
async def stage(
    script: Script,
    *,
    env: Mapping[str, str],
    listen: str | None = None,
    simulator_port: int = 0,
) -> AsyncIterator[Stage]:
    """Put up the stage, wait until every channel was looked at, and take it down again.

    Raises:
        SentinelError: The daemon did not become ready.
    """
    async with AsyncExitStack() as stack:
        folder, listen = _folder(env), listen or free(ANYWHERE)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        world = WorldClock()
        simulator = await stack.enter_async_context(Simulator(now=world.now, port=simulator_port))
        where = {place: await address(simulator, place) for place in script.places()}
        path = folder / RULES
        path.write_text(script.rules_at(where.__getitem__, daemon=listen), encoding="utf-8")
        rules = load(path, env=env).rules
        _show_sites(simulator, rules, where)
        daemon = Process(path, Path(rules.storage_data), listen=listen, env=env)
        stack.push_async_callback(daemon.close)
        built = Stage(
            script=script,
            folder=folder,
            simulator=simulator,
            daemon=daemon,
            world=world,
            scene=_scene(script, where),
        )
        await daemon.start()
        await daemon.ready()
        await _looked_at(built)
        built.start_clock()
        yield built


async def _looked_at(built: Stage) -> None:
    """Wait until every channel's first check is in; one that never is does not stop a drill."""
    until = _monotonic() + FIRST_LOOK_S
    while _monotonic() < until:
        if all(_known(channel) for channel in (await built.look()).channels.values()):
            return
        await asyncio.sleep(LOOK_AGAIN_S)


def _known(channel: Shape) -> bool:
    seen = any(v["cause"] != "not_observed" for v in channel["abilities"].values())
    return seen or channel["mode"] == "off"


def _without_evidence(outage: Shape) -> Shape:
    """Return what is judged of an outage; what it rests on changes with every check."""
    return {key: value for key, value in outage.items() if key not in {"sentence", "checks"}}


def _show_sites(simulator: Simulator, rules: Rules, where: Mapping[Place, str]) -> None:
    """Let the city's simulated web sites show what its notice boards write."""
    sites = {address: place for place, address in where.items() if place.platform == Site.name}
    for channel in rules.channels.values():
        if channel.public_url and (place := sites.get(channel.public_url)):
            simulator.show(place.account, Path(str(channel.settings["directory"])))


def _scene(script: Script, where: Mapping[Place, str]) -> Scene:
    rules = script.rules
    faces = {stand_in(place): place for place in where}
    accounts = {
        name: (place.platform, place.account)
        for name, channel in rules.channels.items()
        if channel.base_url and (place := faces.get(channel.base_url))
    }
    inboxes = {
        name: frozenset(
            place.account for a in contact.addresses if (place := faces.get(a.url.name))
        )
        for name, contact in rules.staff.contacts.items()
    }
    headlines = {
        step_name(number, step): step.send.headline
        for number, step in enumerate(script.drill.steps)
        if step.send
    }
    return Scene(accounts=accounts, inboxes=inboxes, headlines=headlines)


def step_name(number: int, step: Step) -> str:
    """Return what a step is called; one without a name by its number."""
    return step.name or f"#{number + 1}"


def _folder(env: Mapping[str, str]) -> Path:
    """Return a new folder; the daemon's socket lies in it, and its path must not be long."""
    folder = Path(tempfile.mkdtemp(prefix="sentinel-", dir=env.get("TMPDIR")))
    if len(str(folder / "data" / "sentinel.sock").encode()) <= LONGEST_SOCKET:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix="sentinel-", dir="/tmp"))


def _monotonic() -> float:
    return asyncio.get_running_loop().time()


def free(listen: str) -> str:
    """Return `listen`, or the same host with a free port if its own is taken.

    Raises:
        InputError: It is not HOST:PORT.
    """
    try:
        host, port = split_address(listen)
    except SentinelError as error:
        raise InputError(error.phrase, field="listen") from error
    for wanted in (port, 0):
        try:
            with socket.create_server((host, wanted)) as server:
                return f"{host}:{server.getsockname()[1]}"
        except OSError:
            continue
    raise InputError(
        Phrase(de=f"Auf {host} kann nicht gelauscht werden", en=f"cannot listen on {host}"),
        field="listen",
    )
