"""One conversation under way: takes its steps one after the other, before one deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar, assert_never

from sentinel import failpoints
from sentinel.domain.cause import Cause
from sentinel.platforms import Account
from sentinel.transport.files import Files
from sentinel.transport.http import Http
from sentinel.transport.renewals import Renewals
from sentinel.transport.smtp import SmtpTalk
from sentinel.transport.trail import Trail, late
from sentinel.wire import (
    FileAnswer,
    ListFiles,
    Lost,
    PutFile,
    ReadFile,
    Remember,
    RemoveFile,
    Renew,
    RenewalFailed,
    Request,
    Response,
    SmtpData,
    SmtpMail,
    SmtpOpen,
    SmtpRcpt,
    SmtpReply,
    SmtpReset,
    Step,
    Wait,
    Withheld,
)

A = TypeVar("A")

Keep: TypeAlias = Callable[[str, str], Awaitable[None]]
"""Puts one remembered name and value on disk before it returns."""

Answer: TypeAlias = (
    Response | SmtpReply | FileAnswer | Mapping[str, str] | Lost | RenewalFailed | None
)


@dataclass(slots=True, kw_only=True)
class Talk:
    """The state of one conversation. `committed` only ever goes from False to True."""

    account: Account
    deadline: float  # of the loop's clock
    timeout_s: float
    keep: Keep | None
    may_commit: Callable[[], bool]
    note: Callable[[Request, Response], None]
    http: Http
    files: Files
    smtp: SmtpTalk
    renewals: Renewals
    committed: bool = field(default=False, init=False)
    withheld: bool = field(default=False, init=False)  # a step that commits was refused

    def close(self) -> None:
        """Let go of what the conversation held."""
        self.smtp.close()

    async def take(self, step: Step) -> Answer:
        """Take one step. A loss is returned, so that it carries no trace of an address."""
        match step:
            case Remember():
                if self.keep is not None:
                    await self.keep(step.name, step.value)
                return None
            case Renew():
                return await self.renewals.renew(self.account, self.deadline, self.timeout_s)
            case Wait():
                return await self._wait(step.seconds)
            case Request():
                return await self._request(step)
            case PutFile() | ReadFile() | ListFiles() | RemoveFile():
                trail = Trail(host="file")
                commits = isinstance(step, PutFile) and step.commits
                # The first file is public, and the same file again is the same post: half a
                # notice helps nobody, so what has begun is finished whatever happens meanwhile.
                return await self._within(
                    lambda: self.files.take(step, trail),
                    trail,
                    commits=commits,
                    begun=self.committed,
                )
            case SmtpOpen() | SmtpMail() | SmtpRcpt() | SmtpData() | SmtpReset():
                trail = Trail()
                commits = isinstance(step, SmtpData)
                return await self._within(
                    lambda: self.smtp.take(step, trail), trail, commits=commits
                )
            case _:
                assert_never(step)

    async def _request(self, step: Request) -> Response | Lost:
        trail = Trail()
        answer = await self._within(
            lambda: self.http.send(step, trail),
            trail,
            commits=step.commits,
            within_s=step.within_s,
        )
        if isinstance(answer, Response):
            self.note(step, answer)
        return answer

    async def _within(
        self,
        work: Callable[[], Awaitable[A]],
        trail: Trail,
        *,
        commits: bool,
        begun: bool = False,
        within_s: float | None = None,
    ) -> A | Lost:
        now, deadline, limit_s = asyncio.get_running_loop().time(), self.deadline, self.timeout_s
        if now >= deadline:
            return late(trail, limit_s)  # nothing is begun that cannot end in time
        if within_s is not None and now + within_s < deadline:
            deadline, limit_s = now + within_s, within_s
        if commits:
            if not begun and (self.withheld or not self.may_commit()):
                self.withheld = True  # it may have undone its own preparations: there is no way on
                raise Withheld
            failpoints.reach("drive.commit")
        answer: A | Lost
        try:
            async with asyncio.timeout_at(deadline):
                answer = await work()
        except TimeoutError:
            answer = late(trail, limit_s)
        if commits:
            self.committed = self.committed or trail.sent
            failpoints.reach("drive.committed")
        return answer

    async def _wait(self, seconds: float) -> Lost | None:
        left = self.deadline - asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, min(seconds, left)))
        if seconds <= left:
            return None
        # Not our line: the platform answered and asked us to come back, again and again.
        return Lost(Cause.PLATFORM_FAULT, f"not done within {self.timeout_s:g} s", sent=False)
