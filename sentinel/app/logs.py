"""Logs: one event a line, JSON unless a person watches, and never a secret."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable
from pathlib import Path
from traceback import extract_tb
from typing import Any, TextIO
from urllib.parse import quote

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from sentinel.errors import SentinelError

_QUIET = ("aiohttp.access", "aiohttp.server", "apprise", "apscheduler", "asyncio", "urllib3")
_SHORTEST = 6  # masking shorter values would eat ordinary words
_MASK = "***"


class Mask:
    """Replaces every secret that was ever resolved, wherever it turns up in a line.

    The last line of defence: nothing should log a secret in the first place.
    """

    def __init__(self) -> None:
        self._known: tuple[str, ...] = ()  # the longest first: one may hold another
        self._heard: set[str] = set()  # as they were given: they are given again at every check

    def hide(self, secrets: Iterable[str]) -> None:
        """Mask these values from now on, however a line or an address spells them."""
        heard = [secret for secret in secrets if secret not in self._heard]
        if not heard:
            return
        self._heard.update(heard)
        fresh = {
            spelling
            for secret in heard
            if len(secret) >= _SHORTEST
            for spelling in (secret, json.dumps(secret)[1:-1], quote(secret, safe=""))
        }
        if not fresh.issubset(self._known):
            self._known = tuple(sorted({*self._known, *fresh}, key=len, reverse=True))

    def __call__(self, _: WrappedLogger, __: str, line: Any) -> str:
        """Return the line with every known secret masked; the last processor."""
        masked = str(line)
        for secret in self._known:
            masked = masked.replace(secret, _MASK)
        return masked


def configure(mask: Mask, *, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Set up structlog and the standard library's loggers to write to `stream` (stderr)."""
    out = stream or sys.stderr
    person = out.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _plain,
    ]
    render: list[Processor] = (
        [_traced, structlog.dev.ConsoleRenderer()]
        if person
        else [_traced, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    structlog.configure(
        processors=[*shared, *render, mask],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *render,
                mask,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in _QUIET:
        # They repeat what we log ourselves, some with addresses that hold tokens.
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _plain(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Write enumerations as their words."""
    return {name: str(value) if isinstance(value, str) else value for name, value in event.items()}


def _traced(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Write a crash as its types and places. What it says stays out: it may quote a message."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(_story(error))
    return event


def _story(error: BaseException) -> Iterable[str]:
    said = f": {error}" if isinstance(error, SentinelError) else ""
    yield f"{type(error).__module__}.{type(error).__qualname__}{said}"
    for frame in extract_tb(error.__traceback__):
        yield f"  {'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno} in {frame.name}"
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _story(one)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield "from"
        yield from _story(cause)
