"""Logs: one event a line, JSON unless a person watches, and never a secret."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_QUIET = ("aiohttp.access", "aiohttp.server", "apprise", "apscheduler", "asyncio", "urllib3")
_SHORTEST = 6  # masking shorter values would eat ordinary words
_MASK = "***"


class Mask:
    """Replaces every secret that was ever resolved, wherever it turns up in a line.

    The last line of defence: nothing should log a secret in the first place.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()

    def hide(self, secrets: Iterable[str]) -> None:
        """Mask these values from now on."""
        self._known |= {secret for secret in secrets if len(secret) >= _SHORTEST}

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
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if person
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
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
