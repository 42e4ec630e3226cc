"""What a conversation may ask for, as values: so platform files need no network and no mocks.

A conversation is a generator. It yields a step, is sent the answer, and returns
a value. Use the typed helpers (`answer = yield from ask(Request(...))`) rather
than a bare `yield`: they give the answer its type.

When no answer comes, `Lost` is raised at the yield. A conversation may catch it
where the loss does not matter (a permalink after the post is live); otherwise
the driver turns it into an outcome by one rule: if a step with `commits` had
been handed to the network, the outcome is unclear, else it failed.
"""

from __future__ import annotations

import json as jsonlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Failed, Outcome, Unclear

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a form with files (multipart/form-data); a file has a name of its own."""

    name: str
    value: bytes = field(repr=False)
    filename: str = ""
    media_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request. At most one of `json`, `form`, `multipart` and `body`."""

    method: str
    url: str = field(repr=False)  # a token may stand in it
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Any = None
    form: Mapping[str, str] | None = None
    multipart: tuple[Field, ...] = ()
    body: bytes | None = None
    commits: bool = False  # once sent, something may be public
    anonymous: bool = False  # as a citizen: fresh connection, no cookies, redirects followed
    within_s: float | None = None  # of a long conversation, how long this step alone may take
    # Hosts that may lie in no public network, also after redirects; None: any may.
    inside: frozenset[str] | None = None
    encoded: bool = False  # the address goes out as it is written, every `%3A` of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One HTTP answer. Header names are lower case; the body is cut at 1 MiB."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    # Where it came from in the end, after redirects of an anonymous request.
    url: str = field(default="", repr=False)

    def json(self) -> Any:
        """Return the body as JSON, or None if it is not JSON."""
        try:
            return jsonlib.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def object(self) -> dict[str, Any]:
        """Return the body as a JSON object; empty if it is anything else."""
        value = self.json()
        return value if isinstance(value, dict) else {}

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")


class TlsMode(StrEnum):
    """How an SMTP connection is protected."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpOpen:
    """Connect, greet, start TLS, and log in if there is a user. Closed with the conversation."""

    host: str
    port: int
    tls: TlsMode
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SmtpMail:
    """MAIL FROM."""

    sender: str


@dataclass(frozen=True, slots=True)
class SmtpRcpt:
    """RCPT TO."""

    recipient: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SmtpData:
    """DATA and the message. Always commits."""

    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SmtpReset:
    """RSET: forget sender and recipients; nothing is sent."""


SmtpStep: TypeAlias = SmtpOpen | SmtpMail | SmtpRcpt | SmtpData | SmtpReset


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpReply:
    """An SMTP reply: `code` 250, `enhanced` such as 5.1.1 (may be empty), `text` for evidence.

    `phase` says for `SmtpOpen` which step the reply ended: connect, starttls, auth;
    for `SmtpData` go-ahead if the server answered before it was given the mail.
    """

    code: int
    enhanced: str = ""
    text: str = field(default="", repr=False)
    phase: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutFile:
    """Write a file: temporary name, fsync, rename. `path` is absolute. Commits when `commits`."""

    path: str
    content: bytes = field(repr=False)
    commits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """Read a file; the answer's `content` is None when there is none."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFiles:
    """List the names in a folder; empty when there is none."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveFile:
    """Remove a file; a missing one is fine."""

    path: str


FileStep: TypeAlias = PutFile | ReadFile | ListFiles | RemoveFile


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAnswer:
    """What came of a file step. `error` is the system's name for it (ENOSPC); empty if done."""

    error: str = ""
    content: bytes | None = field(default=None, repr=False)
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remember:
    """Put something of this delivery on disk before anything more is sent."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Renew:
    """Ask for a fresh credential: one at a time per account, on disk before use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Wait without holding anything."""

    seconds: float


Step: TypeAlias = Request | SmtpStep | FileStep | Remember | Renew | Wait

Steps: TypeAlias = Generator[Step, Any, T]
"""A conversation: yields steps, is sent their answers, returns a value."""


class Lost(Exception):
    """No answer came. `sent` says whether anything was handed to the network."""

    def __init__(self, cause: Cause, evidence: str, *, sent: bool) -> None:
        super().__init__(evidence)
        self.cause = cause
        self.evidence = evidence
        self.sent = sent
        self.committed = False  # set by the driver: a step that commits had been handed over


class Withheld(Exception):
    """Nothing more may become public: a person holds publishing, or the message has ended.

    Raised at the yield of the step that was to commit and was not taken. A
    conversation may put on disk what did not happen, and raises it again: no
    later step of it is let commit.
    """


class RenewalFailed(Exception):
    """A fresh credential could not be had. `certain`: the platform said no, not the network."""

    def __init__(self, cause: Cause, evidence: str) -> None:
        super().__init__(evidence)
        self.cause = cause
        self.evidence = evidence


def ask(request: Request) -> Steps[Response]:
    """Send one HTTP request and return its answer. Raises `Lost` at the yield if none comes."""
    answer = yield request
    assert isinstance(answer, Response)  # noqa: S101 - the driver's promise, for the type checker
    return answer


def smtp(step: SmtpStep) -> Steps[SmtpReply]:
    """Take one SMTP step and return the reply."""
    answer = yield step
    assert isinstance(answer, SmtpReply)  # noqa: S101
    return answer


def file(step: FileStep) -> Steps[FileAnswer]:
    """Take one file step and return what came of it."""
    answer = yield step
    assert isinstance(answer, FileAnswer)  # noqa: S101
    return answer


def remember(name: str, value: str) -> Steps[None]:
    """Put `value` on disk under `name`, with this delivery, before going on."""
    yield Remember(name=name, value=value)


def renew() -> Steps[Mapping[str, str]]:
    """Return a fresh session of this account. Raises `RenewalFailed`."""
    answer = yield Renew()
    assert isinstance(answer, Mapping)  # noqa: S101
    return answer


def wait(seconds: float) -> Steps[None]:
    """Wait."""
    yield Wait(seconds=seconds)


def outcome_of_loss(lost: Lost) -> Outcome:
    """Return what a lost answer means for a publish: unclear once something was committed."""
    if lost.committed:
        return Unclear(lost.cause, evidence=lost.evidence)
    return Failed(lost.cause, evidence=lost.evidence)
