"""A daemon in this process on a temporary folder, for measuring; and what a measure says."""

import asyncio
import io
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sentinel.app.daemon import Options, run
from sentinel.app.logs import Mask, configure
from sentinel.domain.cause import Severity
from sentinel.domain.message import Content
from sentinel.service.board import Hold
from sentinel.service.parts import Parts
from sentinel.storage.actor import Actor
from tests.bench.bare import TEXT
from tests.support.city import TOKENS, free_port, write

CALLERS = 8
PERSON = Actor(kind="person", id="bench")
PROBES = (
    "credentials",
    "quota",
    "write_path",
    "read_back",
    "visibility",
    "listening",
    "status_page",
)
"""All that costs a call now and then, and would share the one core with what is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much of a bare loop's speed is reached; `figure` is what it should be."""

    name: str
    ours: float  # a second
    bare: float
    figure: float | None = None

    @property
    def ratio(self) -> float:
        """What is compared."""
        return self.ours / self.bare

    def __str__(self) -> str:
        aim = f"  (figure: {self.figure:.0%})" if self.figure is not None else ""
        return f"  {self.name:<46}{self.ours:>7.0f}/s{self.ratio:>8.1%} of {self.bare:.0f}/s{aim}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What one item costs at each size; linear growth is a flat line."""

    name: str
    unit: str  # what the size counts
    costs_ms: dict[int, float]

    def __str__(self) -> str:
        costs = "  ".join(f"{size}: {cost:.2f} ms" for size, cost in self.costs_ms.items())
        first, *_, last = self.costs_ms.values()
        return f"  {self.name:<46}{costs}  (x{last / first:.2f} {self.unit})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a measure has to say, in lines; and what of it can be drawn."""

    title: str
    lines: Sequence[str] = ()
    shares: Sequence[Share] = ()
    growths: Sequence[Growth] = field(default=())

    def __str__(self) -> str:
        return "\n".join([self.title, *self.lines, *map(str, [*self.shares, *self.growths])])


@asynccontextmanager
async def daemon(document: dict[str, Any]) -> AsyncIterator[Parts]:
    """Run a daemon on the given rules while open."""
    mask, stop = Mask(), asyncio.Event()
    configure(mask, stream=io.StringIO())
    parts: asyncio.Future[Parts] = asyncio.get_running_loop().create_future()
    with TemporaryDirectory() as folder:
        options = Options(rules=write(Path(folder), document), env={**os.environ, **TOKENS})
        async with asyncio.TaskGroup() as group:
            group.create_task(run(options, stop, mask=mask, started=parts.set_result))
            try:
                yield await parts
            finally:
                stop.set()


def hold(parts: Parts) -> None:
    """Stop publishing: it would share the one core, and has a measure of its own."""
    parts.board.hold = Hold(reason="bench", by="bench", since=parts.board.now())


async def accept(parts: Parts, messages: int, severity: Severity = Severity.SEVERE) -> None:
    """Have messages accepted by several callers at once."""
    async with asyncio.TaskGroup() as group:
        for caller in range(CALLERS):
            group.create_task(_send(parts, range(caller, messages, CALLERS), severity))


async def _send(parts: Parts, numbers: range, severity: Severity) -> None:
    for number in numbers:
        content = Content(headline=f"Probe {number}", text=TEXT, severity=severity)
        await parts.intake.accept(content, actor=PERSON)


def rules(url: str, channels: int, **route: Any) -> dict[str, Any]:
    """Return rules of a number of channels, all on the one server at `url`."""
    names = [f"kanal-{number:02}" for number in range(channels)]
    return {
        "version": 1,
        "organisation": {"name": "Bench"},
        "server": {"listen": f"127.0.0.1:{free_port()}"},
        "uplinks": {"default": {"controls": [f"{url}/control"], "lost_below": 1}},
        "probing": {"every": "60s", "fall": 100, "recheck_after": "30s"},
        "channels": {
            name: {
                "platform": "mastodon",
                "base_url": f"{url}/{name}",
                "credentials": {"access_token": "${env:MASTODON_TOKEN}"},
                "account": name,
                "probes": dict.fromkeys(PROBES, "off"),
            }
            for name in names
        },
        "routes": [{"name": "all", "reroute_after": "1h", **(route or {"always": names})}],
    }


def median(values: Sequence[float]) -> float:
    """Return the middle value."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]
