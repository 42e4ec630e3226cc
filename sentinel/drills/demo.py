"""`sentinel demo`: all of it at work on this machine, with nothing outside it.

Simulator and daemon stay up after the guided walk, so that the user can break
platforms and send messages from another terminal.
"""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rich.console import Console

from sentinel.drills.interrupt import until_told
from sentinel.drills.run import BAD_FILE, HELD, NOT_HELD, complain, perform
from sentinel.drills.script import Script, load_script
from sentinel.drills.show import Show
from sentinel.drills.stage import Stage, free, stage
from sentinel.errors import InputError, Phrase, SentinelError
from sentinel.web.server import split_address

SCRIPT: Final = Path(__file__).with_name("demo.yaml")
LISTEN: Final = "127.0.0.1:8080"
SIMULATOR: Final = "127.0.0.1:9900"
SECONDS: Final = "SENTINEL_DEMO_SECONDS"
LOOK_EVERY_S: Final = 0.5
TELL_EVERY_S: Final = 15.0  # where no tables are shown


async def demo(
    *,
    language: str,
    listen: str = LISTEN,
    env: Mapping[str, str],
    console: Console | None = None,
    script: Path = SCRIPT,
) -> int:
    """Walk through the Hamburg drill with everything running, and stay up until Ctrl-C.

    `SENTINEL_DEMO_SECONDS` in `env` ends it by itself after so many seconds, but
    not before the walk is done. Returns 0 if the walk showed what it should (or
    was cut short by the user), 1 if not, 64 if what it was called with is wrong.
    """
    show = Show(console or Console(), language)
    try:
        seconds, listen = _seconds(env), free(listen)
        return await _demo(show, load_script(script), listen=listen, seconds=seconds, env=env)
    except InputError as error:
        complain(error, language)
        return BAD_FILE
    except SentinelError as error:
        complain(error, language)
        return NOT_HELD


async def _demo(
    show: Show, script: Script, *, listen: str, seconds: float | None, env: Mapping[str, str]
) -> int:
    loop = asyncio.get_running_loop()
    began, walked = loop.time(), True
    show.opening(script.drill)
    _, port = split_address(free(SIMULATOR))
    async with (
        until_told() as told,
        stage(script, env=env, listen=listen, simulator_port=port) as built,
    ):
        with show.live():
            _addresses(show, built, listen)
            rehearsal = await perform(built, show)
            show.verdict(rehearsal.judgements)
            walked = rehearsal.held
            _invite(show, built, listen)
            if seconds is not None:
                told.reschedule(max(began + seconds, loop.time()))
            await _stay(built, show)
    show.say(Phrase(de="Ende der Vorführung", en="End of the demonstration"))
    return HELD if walked else NOT_HELD


async def _stay(built: Stage, show: Show) -> None:
    loop = asyncio.get_running_loop()
    told = loop.time()
    while True:
        show.look(snapshot := await built.look())
        if loop.time() - told >= TELL_EVERY_S:
            show.summary(snapshot)
            told = loop.time()
        await asyncio.sleep(LOOK_EVERY_S)


def _addresses(show: Show, built: Stage, listen: str) -> None:
    base = f"http://{listen}"
    show.say(Phrase(de=f"Lage: {base}/", en=f"Situation: {base}/"), "bold")
    show.say(Phrase(de=f"Aushang: {base}/notices/", en=f"Notices: {base}/notices/"))
    show.say(Phrase(de=f"Zustand: {base}/health", en=f"Health: {base}/health"))
    simulator = built.simulator.url
    show.say(Phrase(de=f"Simulator: {simulator}/_faces", en=f"Simulator: {simulator}/_faces"))


def _invite(show: Show, built: Stage, listen: str) -> None:
    """Say what to type in another terminal."""
    faults = f"{built.simulator.url}/_faults"
    sentinel = f"{_command(sys.argv[0])} --rules {shlex.quote(str(built.rules.absolute()))}"
    show.say(
        Phrase(
            de="Alles läuft weiter. In einem anderen Terminal:",
            en="Everything goes on running. In another terminal:",
        ),
        "bold",
    )
    for de, en, line in (
        (
            "Eine Plattform stören:",
            "Break a platform:",
            f'curl -X PUT {faults} -d \'{{"platform": "x", "kind": "server_error"}}\'',
        ),
        ("Störungen beenden:", "End all faults:", f"curl -X DELETE {faults}"),
        (
            "Eine Meldung senden:",
            "Send a message:",
            f"{sentinel} send --headline Sturm --text 'Bleiben Sie im Haus.' --severity severe",
        ),
        ("Was steht wo:", "What is where:", f"{sentinel} status"),
    ):
        show.say(Phrase(de=de, en=en))
        show.command(line)
    show.say(
        Phrase(
            de=f"Die Lage im Browser: http://{listen}/ – Ende mit Strg-C",
            en=f"The situation in a browser: http://{listen}/ – Ctrl-C ends it",
        ),
        "bold",
    )


def _command(called: str) -> str:
    """Return how this program can be called again, from any folder; `called` is how it was."""
    program = Path(called)
    if program.name == "sentinel" and program.is_file():
        return shlex.quote(str(program.absolute()))
    return f"{shlex.quote(sys.executable)} -m sentinel"


def _seconds(env: Mapping[str, str]) -> float | None:
    """Return after how long it should end by itself, if at all.

    Raises:
        InputError: That is no number of seconds.
    """
    stated = env.get(SECONDS, "")
    if not stated:
        return None
    if not stated.isdecimal():
        raise InputError(
            Phrase(
                de=f"{SECONDS}={stated!r} ist keine Zahl von Sekunden",
                en=f"{SECONDS}={stated!r} is no number of seconds",
            ),
            field=SECONDS,
        )
    return float(stated)
