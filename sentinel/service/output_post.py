"""Hands one body over to one receiver that is no person, and says aloud when that fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import structlog

from probes import Tools
from sentinel.domain.output import Output
from sentinel.errors import SecretError
from sentinel.platforms import Account
from sentinel.rules.secrets import resolve_secret
from sentinel.service.accounts import Hide
from sentinel.service.board import Board
from sentinel.wire import Lost, Request, ask

log = structlog.get_logger()

_TAKEN: Final = range(200, 300)
_REFUSED: Final = frozenset({400, 409, 410, 413, 415, 422})
"""It is about what we sent: the same again will be refused again."""

_NOBODY: Final = Account(channel="", base_url="", public_url="")


class Posted(StrEnum):
    """What became of it."""

    TAKEN = "taken"
    REFUSED = "refused"  # this body, by a receiver that works
    FAILED = "failed"  # no answer, or one that says nothing of the body


@dataclass(slots=True, kw_only=True)
class OutputPost:
    """The way to one receiver."""

    output: Output
    board: Board
    tools: Tools
    hide: Hide
    results: dict[tuple[str, str], int]  # of all receivers, by (output, sent or failed)
    status: int | None = field(default=None, init=False)  # of the last answer; None: none came
    _fails: bool = field(default=False, init=False)

    async def send(self, path: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        """Send a JSON body to the receiver's address with `path` behind it."""
        self.status = None
        try:
            url = resolve_secret(self.output.url, self.board.env)
            given = self._authorization()
        except SecretError as error:
            return self._said(Posted.FAILED, error.phrase.en)
        self.hide([url, *given.values()])
        request = Request(
            method="POST",
            url=url.rstrip("/") + path if path else url,
            headers={"Content-Type": "application/json", **given, **headers},
            body=body,
        )
        try:
            answer = await self.tools.converse(ask(request), _NOBODY)
        except Lost as lost:
            return self._said(Posted.FAILED, lost.evidence)
        self.status = answer.status
        if answer.status in _TAKEN:
            return self._said(Posted.TAKEN, "")
        refused = answer.status in _REFUSED
        return self._said(Posted.REFUSED if refused else Posted.FAILED, f"HTTP {answer.status}")

    def secret(self) -> str | None:
        """Return what signs, if anything does. Raises `SecretError`."""
        if self.output.secret is None:
            return None
        secret = resolve_secret(self.output.secret, self.board.env)
        self.hide([secret])
        return secret

    def unconfigured(self, error: SecretError) -> Posted:
        """Say that something that the rules refer to is not there."""
        return self._said(Posted.FAILED, error.phrase.en)

    def _authorization(self) -> dict[str, str]:
        if self.output.authorization is None:
            return {}
        return {"Authorization": resolve_secret(self.output.authorization, self.board.env)}

    def _said(self, posted: Posted, evidence: str) -> Posted:
        taken = posted is Posted.TAKEN
        key = (self.output.name, "sent" if taken else "failed")
        self.results[key] = self.results.get(key, 0) + 1
        if not taken and not self._fails:
            log.warning("output.failing", output=self.output.name, evidence=evidence)
        if taken and self._fails:
            log.warning("output.working", output=self.output.name)
        self._fails = not taken
        return posted
