"""What callers may send over HTTP beside messages, and how a request's body is read."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from aiohttp import web
from pydantic import AwareDatetime, ConfigDict, Field, SecretStr

from sentinel.domain.posture import Posture
from sentinel.domain.silence import SilenceKind
from sentinel.errors import Phrase
from sentinel.service.bodies import Body, parse
from sentinel.web.access import Scope
from sentinel.web.problems import Problem

B = TypeVar("B", bound=Body)


class FreezeIn(Body):
    """Why a channel is taken out of service, and until when."""

    reason: str = ""
    until: AwareDatetime | None = None


class ReasonIn(Body):
    """Why."""

    reason: str = ""


class PostureIn(Body):
    """The posture that is to hold, and why."""

    posture: Posture
    reason: str = ""


class AcknowledgeIn(Body):
    """What whoever takes care of an outage wants the others to know."""

    comment: str = Field(default="", max_length=1_000)


class SilenceIn(Body):
    """What is to stay quiet (neither `channel` nor `operator`: all), from when, and until when."""

    kind: SilenceKind = "silence"
    channel: str | None = None
    operator: str | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime
    reason: str = Field(default="", max_length=1_000)


class WithdrawIn(Body):
    """Why a message is withdrawn, and whether what is live is taken down too."""

    reason: str = ""
    delete: bool = False


class ApproveIn(Body):
    """What the second person remarks; in an emergency, why there was none."""

    comment: str = ""
    emergency: bool = False


class ConfirmationIn(Body):
    """Where a person saw the post, or put it."""

    permalink: str | None = Field(default=None, pattern=r"^https?://\S+$", max_length=1_000)


class TokenIn(Body):
    """A new access token: whose it is, what it may do, and until when."""

    name: str = Field(pattern=r"^\S[^\x00-\x1f\x7f]{0,99}$")
    scopes: list[Scope] = Field(min_length=1)
    expires_at: AwareDatetime | None = None


class PasswordIn(Body):
    """Whose password is set, and to what: every blank of it counts."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)

    name: str = Field(pattern=r"^\S[^\x00-\x1f\x7f]{0,99}$")
    password: SecretStr


class UserIn(PasswordIn):
    """Somebody who may log in from now on, and what they may do."""

    may: list[Scope] = Field(min_length=1)

    def in_order(self) -> tuple[str, ...]:
        """Return what they may do, each once."""
        return tuple(scope.value for scope in Scope if scope in self.may)


async def read(request: web.Request, kind: type[B]) -> B:
    """Return the request's body.

    Raises:
        Problem: 400, it is not JSON.
        InputError: 422, a field is missing, unknown or wrong; it is named.
    """
    raw = await request.read()
    try:
        value: Any = json.loads(raw.decode("utf-8")) if raw.strip() else {}
    except (ValueError, RecursionError):
        # From None: what json complains of quotes the body.
        raise Problem(
            400, Phrase(de="Der Inhalt ist kein gültiges JSON", en="the body is not valid JSON")
        ) from None
    return parse(value, kind)
