"""What the API answers, declared once: the base of all shapes, and those that everything uses.

The shapes are plain data, made by the services; these models say what callers
may rely on. The document is made from them, and the tests hold real answers
against them. The daemon itself does not check its own answers.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

T = TypeVar("T")


def _open(schema: dict[str, Any]) -> None:
    """Let callers expect more: answers may grow, and a client must not break by that."""
    schema.pop("additionalProperties", None)


class Reply(BaseModel):
    """What the daemon tells. Strict, so that the tests find whatever is not declared."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_open)


class Listed(Reply, Generic[T]):
    """A part of a list. `next` is the `cursor` of the next one; null at the end."""

    items: list[T]
    next: str | None


class Both(Reply):
    """A sentence for people, in both languages."""

    de: str
    en: str


class ActorOut(Reply):
    """Who did something: a person, a token, or a part of Sentinel itself."""

    kind: str
    id: str


class EntryOut(Reply):
    """One entry of the journal; `payload` is null once its time of keeping has ended."""

    number: int = Field(ge=1)
    at: AwareDatetime
    kind: str
    actor: ActorOut
    subject: str
    payload: dict[str, Any] | None
    previous: str
    hash: str


class VerifiedOut(Reply):
    """Whether the journal's chain holds; `first_bad` is the first entry that does not."""

    ok: bool
    checked: int
    first_bad: int | None


class ReloadedOut(Reply):
    """The rules were applied; what is odd about them."""

    warnings: list[str]


class FoundOut(Reply):
    """One thing that is wrong with the rules."""

    line: int
    column: int
    what: str
    hint: str | None


class ProblemOut(Reply):
    """An error (RFC 9457). Go by `status` and `field`, not by the sentence."""

    type: str
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    field: str = ""
    problems: list[FoundOut] = Field(default_factory=list)
