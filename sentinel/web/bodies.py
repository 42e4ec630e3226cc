"""What callers may send, checked by pydantic; unknown fields are errors."""

from __future__ import annotations

import hashlib
import json
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
        value: Any = json.loads(raw.decode("utf-8")) if raw.strip() else {}
    except (ValueError, RecursionError):
        # From None: what json complains of quotes the body.
        raise Problem(
            400, Phrase(de="Der Inhalt ist kein gültiges JSON", en="the body is not valid JSON")
        ) from None
    return parse(value, kind)


def fingerprint(body: BaseModel) -> str:
    """Return what tells two bodies apart, whatever the order of their keys."""
    return hashlib.sha256(body.model_dump_json().encode()).hexdigest()


def parse(value: Any, kind: type[B]) -> B:
    """Return `value` as a body. Raises `InputError` naming the field."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InputError(_phrase(field, first), field=field) from None


def _phrase(field: str, error: Any) -> Phrase:
    name, kind = field or "body", str(error["type"])
    if kind == "enum":
        known = error["ctx"]["expected"]
        return Phrase(de=f"{name}: möglich sind {known}", en=f"{name}: one of {known}")
    said = _KINDS.get(kind)
    if said is None:
        hint = error["msg"]
        said = Phrase(de=f"hat keinen erlaubten Wert ({hint})", en=f"has no allowed value ({hint})")
    return Phrase(de=f"{name} {said.de}", en=f"{name} {said.en}")


_KINDS = {
    "missing": Phrase(de="fehlt", en="is missing"),
    "extra_forbidden": Phrase(de="ist kein bekanntes Feld", en="is no known field"),
    "string_unicode": Phrase(
        de="enthält Zeichen, die es nicht gibt", en="holds characters that do not exist"
    ),
    "string_pattern_mismatch": Phrase(
        de="hat nicht die erwartete Form", en="does not have the expected form"
    ),
    "timezone_aware": Phrase(
        de="braucht eine Zeitzone (z. B. Z oder +01:00)",
        en="needs a time zone (such as Z or +01:00)",
    ),
    "string_type": Phrase(de="muss ein Text sein", en="must be a text"),
    "list_type": Phrase(de="muss eine Liste sein", en="must be a list"),
    "dict_type": Phrase(de="muss ein Objekt sein", en="must be an object"),
    "model_type": Phrase(de="muss ein Objekt sein", en="must be an object"),
    "bool_type": Phrase(de="muss true oder false sein", en="must be true or false"),
    "bool_parsing": Phrase(de="muss true oder false sein", en="must be true or false"),
    "datetime_type": Phrase(de="muss ein Zeitpunkt sein", en="must be a time"),
    "datetime_from_date_parsing": Phrase(
        de="ist kein Zeitpunkt (z. B. 2026-03-01T12:00:00Z)",
        en="is no time (such as 2026-03-01T12:00:00Z)",
    ),
    "datetime_parsing": Phrase(
        de="ist kein Zeitpunkt (z. B. 2026-03-01T12:00:00Z)",
        en="is no time (such as 2026-03-01T12:00:00Z)",
    ),
}
