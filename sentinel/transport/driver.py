"""Drives the conversations of `sentinel.wire`: one pipeline for every platform and every probe.

The one question that matters when an answer is lost is whether a step that
commits had been handed to the network; `Lost.committed` answers it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Self, TypeAlias, TypeVar

import structlog

from probes import Reached
from sentinel import __version__
from sentinel.domain.edge_page import edge_page
from sentinel.domain.observation import Window
from sentinel.platforms import Account, Platform
from sentinel.transport.files import Files
from sentinel.transport.http import Http
from sentinel.transport.reach import Reach
from sentinel.transport.renewals import Renewals, Renewer
from sentinel.transport.smtp import SmtpTalk
from sentinel.transport.talk import Answer, Keep, Talk
from sentinel.transport.way import Way
from sentinel.wire import Lost, RenewalFailed, Request, Response, Step, Steps, Withheld

T = TypeVar("T")

Ledger: TypeAlias = Callable[[Account, Sequence[Window]], None]
"""Takes the rate-limit windows that an answer's headers stated."""

log = structlog.get_logger()


class Transport:
    """The way out for conversations. An async context manager; one for the whole daemon."""

    def __init__(
        self,
        *,
        way: Way,
        renewer: Renewer,
        ledger: Ledger,
        user_agent: str = f"Sentinel/{__version__}",
    ) -> None:
        self._tls = way.tls()
        self._http = Http(way, self._tls, user_agent)
        self._reach = Reach(way=way, tls=self._tls, http=self._http, user_agent=user_agent)
        self._files = Files()
        self._renewals = Renewals(renewer)
        self._ledger = ledger

    async def __aenter__(self) -> Self:
        await self._http.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()
        self._files.close()

    async def drive(
        self,
        steps: Steps[T],
        account: Account,
        *,
        timeout_s: float,
        platform: Platform | None = None,
        keep: Keep | None = None,
        may_commit: Callable[[], bool] = lambda: True,
        met: Callable[[str], None] = lambda _: None,
    ) -> T:
        """Run a conversation to its end and return its value.

        Args:
            steps: The conversation; closed on return.
            account: Whose conversation it is.
            timeout_s: The limit for all its steps together, in seconds. What is
                being put on disk (`keep`, a renewal under way) is let finish.
            platform: Whose headers are read for the ledger; None: nobody's.
            keep: Takes what the conversation wants remembered; None: nothing is kept.
            may_commit: Asked before each step that may make something public.
            met: Told the name of an edge whose error page came instead of an answer.

        Raises:
            Lost: No answer came and the conversation did not catch it.
            RenewalFailed: No fresh credential could be had, likewise.
            Withheld: `may_commit` said no; the conversation was told at that step.
            Exception: Our own code failed; `committed` on it says whether after such a step.
        """
        talk = Talk(
            account=account,
            deadline=asyncio.get_running_loop().time() + timeout_s,
            timeout_s=timeout_s,
            keep=keep,
            may_commit=may_commit,
            note=lambda request, answer: self._note(account, platform, request, answer, met),
            http=self._http,
            files=self._files,
            smtp=SmtpTalk(self._tls),
            renewals=self._renewals,
        )
        try:
            return await _run(steps, talk)
        finally:
            steps.close()
            talk.close()

    async def reach(
        self, address: str, *, timeout_s: float, now: Callable[[], datetime]
    ) -> Reached:
        """Look at an address once, within `timeout_s` seconds. Never raises for the network."""
        return await self._reach.look(address, timeout_s=timeout_s, now=now)

    def _note(
        self,
        account: Account,
        platform: Platform | None,
        request: Request,
        answer: Response,
        met: Callable[[str], None],
    ) -> None:
        if edge := edge_page(answer.status, answer.headers):
            met(edge)
        if platform is None:
            return
        try:
            windows = platform.windows(request, answer)
        except Exception:
            # A header that nobody foresaw must not cost the outcome of a post that is live.
            log.exception("ledger.unreadable", channel=account.channel)
            return
        if windows:
            self._ledger(account, windows)


async def _answer(talk: Talk, step: Step) -> Answer | Withheld:
    """Take a step; being stopped is an answer too: the conversation may have to undo something."""
    try:
        return await talk.take(step)
    except Withheld as withheld:
        return withheld


async def _run(steps: Steps[T], talk: Talk) -> T:
    try:
        step = next(steps)
        while True:
            answer = await _answer(talk, step)
            if isinstance(answer, Lost | RenewalFailed | Withheld):
                step = steps.throw(answer)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        value: T = end.value
        return value
    except Lost as lost:
        lost.committed = talk.committed
        raise
    except (RenewalFailed, Withheld):
        raise
    except Exception as error:
        error.committed = talk.committed  # type: ignore[attr-defined] # told beside the error
        raise
