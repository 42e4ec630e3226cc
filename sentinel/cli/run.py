"""`run` and `simulate`: what stays up until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from argparse import Namespace
from pathlib import Path
from typing import Final

import structlog

from sentinel.app import daemon
from sentinel.app.clock import utc_now
from sentinel.app.collector import set_aside
from sentinel.app.daemon import Options
from sentinel.app.logs import Mask, configure
from sentinel.cli.context import Command, Context
from sentinel.cli.exits import Exit
from sentinel.cli.parser import Parser
from sentinel.errors import Phrase, RulesError, SentinelError
from sentinel.service.parts import Parts
from sentinel.simulator.server import serve

log = structlog.get_logger()


def run(context: Context, options: Namespace) -> int:
    """Run the daemon. SIGTERM and SIGINT stop it, SIGHUP makes it read the rules again."""
    mask = Mask()
    configure(mask, stream=context.screen.err)
    chosen = Options(rules=Path(context.rules), env=context.env, listen=options.listen)
    try:
        asyncio.run(_run(chosen, mask))
    except BaseExceptionGroup as several:
        error = _first(several)
        if isinstance(error, SentinelError):
            raise error from several
        # Through the log, whose mask takes out every secret that was ever resolved.
        log.critical("sentinel.failed", exc_info=several)
        return Exit.ERROR
    return Exit.OK


async def _run(options: Options, mask: Mask) -> None:
    stop, again = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, again.set)
    async with asyncio.TaskGroup() as group:
        reloading: list[asyncio.Task[None]] = []

        def started(parts: Parts) -> None:
            set_aside()
            reloading.append(group.create_task(_reload(parts, again)))

        await daemon.run(options, stop, mask=mask, started=started)
        for task in reloading:
            task.cancel()


async def _reload(parts: Parts, again: asyncio.Event) -> None:
    while True:
        await again.wait()
        again.clear()
        try:
            await parts.reload()
        except RulesError:
            continue  # journalled, logged and told to staff; the old rules stay in force
        except SentinelError as error:
            log.warning("storage.failed", error=type(error).__name__)
        else:
            set_aside()


def _first(error: BaseException) -> BaseException:
    """Return the first error that is not a group: the one that a person can act on."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def simulate(context: Context, options: Namespace) -> int:
    """Serve the simulated platforms until interrupted."""
    about = Phrase(
        de=f"Simulator auf http://{options.listen}/_faces; Ende mit Strg-C",
        en=f"simulator on http://{options.listen}/_faces; Ctrl-C ends it",
    )
    context.screen.note(context.say(about))
    try:
        asyncio.run(_simulate(options.listen))
    except OSError as error:
        raise SentinelError(
            Phrase(
                de=f"Auf {options.listen} kann nicht gelauscht werden: {error.strerror}",
                en=f"cannot listen on {options.listen}: {error.strerror}",
            )
        ) from error
    return Exit.OK


async def _simulate(listen: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await serve(listen, stop, now=utc_now)


def _run_arguments(parser: Parser, context: Context) -> None:
    phrase = Phrase(de="statt server.listen der Regeln", en="instead of the rules' server.listen")
    parser.add_argument("--listen", metavar="HOST:PORT", help=context.say(phrase))


def _simulate_arguments(parser: Parser, context: Context) -> None:
    phrase = Phrase(de="wo (127.0.0.1:9900)", en="where (127.0.0.1:9900)")
    parser.add_argument(
        "--listen", metavar="HOST:PORT", default="127.0.0.1:9900", help=context.say(phrase)
    )


COMMANDS: Final = {
    "run": Command(_run_arguments, run),
    "simulate": Command(_simulate_arguments, simulate),
}
