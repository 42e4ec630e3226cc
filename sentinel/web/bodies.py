"""What callers may send, checked by pydantic; unknown fields are errors."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from sentinel.domain.cause import Severity
from sentinel.domain.message import Content, Variant
from sentinel.errors import InputError, Phrase
from sentinel.web.access import Scope
from sentinel.web.problems import Problem

_CATEGORIES = "Geo|Met|Safety|Security|Rescue|Fire|Health|Env|Transport|Infra|CBRNE|Other"
_URGENCIES = "Immediate|Expected|Future|Past|Unknown"
_CERTAINTIES = "Observed|Likely|Possible|Unlikely|Unknown"
_LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


B = TypeVar("B", bound=_Body)


class VariantIn(_Body):
    """The same message in another language."""

    language: str = Field(pattern=_LANGUAGE)
    headline: str
    text: str
    short_text: str | None = None


class MessageIn(_Body):
    """A message, as a caller sends it."""

    headline: str
    text: str
    severity: Severity
    short_text: str | None = None
    texts: dict[str, str] = Field(default_factory=dict)
    instruction: str | None = None
    area: str | None = None
    variants: list[VariantIn] = Field(default_factory=list)
    category: str = Field(default="Safety", pattern=f"^({_CATEGORIES})$")
    urgency: str | None = Field(default=None, pattern=f"^({_URGENCIES})$")
    certainty: str = Field(default="Observed", pattern=f"^({_CERTAINTIES})$")
    event: str | None = None
    tags: list[str] = Field(default_factory=list)
    language: str = Field(default="de", pattern=_LANGUAGE)
    link: str | None = Field(default=None, pattern=r"^https?://\S+$")
    image: str | None = None
    alt_text: str | None = None
    not_before: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    routine: bool = False
    exercise: bool = False
    channels: list[str] = Field(default_factory=list)

    def content(self, at: datetime) -> Content:
        """Return it as the domain sees it."""
        later = self.not_before is not None and self.not_before > at
        fields = self.model_dump(exclude={"variants", "tags", "channels", "urgency"})
        return Content(
            **fields,
            urgency=self.urgency or ("Expected" if later else "Immediate"),
            variants=tuple(Variant(**variant.model_dump()) for variant in self.variants),
            tags=tuple(self.tags),
            channels=tuple(self.channels),
        )


class FreezeIn(_Body):
    """Why a channel is taken out of service, and until when."""

    reason: str = ""
    until: AwareDatetime | None = None


class ReasonIn(_Body):
    """Why."""

    reason: str = ""


class TokenIn(_Body):
    """A new access token: whose it is, what it may do, and until when."""

    name: str = Field(pattern=r"^\S[^\x00-\x1f\x7f]{0,99}$")
    scopes: list[Scope] = Field(min_length=1)
    expires_at: AwareDatetime | None = None


async def read(request: web.Request, kind: type[B]) -> B:
    """Return the request's body.

    Raises:
        Problem: 400, it is not JSON.
        InputError: 422, a field is missing, unknown or wrong; it is named.
    """
    raw = await request.read()
    try:
        value: Any = await request.json() if raw.strip() else {}
    except ValueError as error:
        raise Problem(
            400, Phrase(de="Der Inhalt ist kein gültiges JSON", en="the body is not valid JSON")
        ) from error
    return parse(value, kind)


def parse(value: Any, kind: type[B]) -> B:
    """Return `value` as a body. Raises `InputError` naming the field."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InputError(_phrase(field, first), field=field) from None


def _phrase(field: str, error: Any) -> Phrase:
    name = field or "body"
    match error["type"]:
        case "missing":
            return Phrase(de=f"{name} fehlt", en=f"{name} is missing")
        case "extra_forbidden":
            return Phrase(de=f"{name} ist kein bekanntes Feld", en=f"{name} is no known field")
        case "enum":
            known = error["ctx"]["expected"]
            return Phrase(de=f"{name}: möglich sind {known}", en=f"{name}: one of {known}")
        case "timezone_aware":
            return Phrase(
                de=f"{name} braucht eine Zeitzone (z. B. Z oder +01:00)",
                en=f"{name} needs a time zone (such as Z or +01:00)",
            )
        case _:
            return Phrase(de=f"{name}: {error['msg']}", en=f"{name}: {error['msg']}")
