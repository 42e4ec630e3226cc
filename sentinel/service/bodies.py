"""A message as callers write it: over HTTP, on the command line, in drills, in a file.

Checked by pydantic; unknown fields are errors, and every error names its field.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from sentinel.domain.cause import Severity
from sentinel.domain.message import Content, Variant
from sentinel.errors import InputError, Phrase

_CATEGORIES = "Geo|Met|Safety|Security|Rescue|Fire|Health|Env|Transport|Infra|CBRNE|Other"
_URGENCIES = "Immediate|Expected|Future|Past|Unknown"
_CERTAINTIES = "Observed|Likely|Possible|Unlikely|Unknown"
_LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$"


class Body(BaseModel):
    """What a caller sends: nothing that we do not know."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


B = TypeVar("B", bound=Body)


class VariantIn(Body):
    """The same message in another language."""

    language: str = Field(pattern=_LANGUAGE)
    headline: str
    text: str
    short_text: str | None = None


class _Fields(Body):
    """What every message may state, the first and its follow-ups."""

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


class MessageIn(_Fields):
    """A message, as a caller sends it; an update too: that states a message's fields anew."""

    headline: str
    text: str
    severity: Severity

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


class AllClearIn(_Fields):
    """An all-clear, as a caller sends it: what is not stated is made or inherited."""

    headline: str | None = None
    text: str | None = None
    severity: Severity | None = None
    false_alarm: bool = False


def given(body: MessageIn | AllClearIn, at: datetime) -> dict[str, Any]:
    """Return what a follow-up states, by the names of `Content`'s fields."""
    stated: dict[str, Any] = body.model_dump(
        include=body.model_fields_set - {"variants", "false_alarm"}, exclude_none=True
    )
    for name in {"tags", "channels"} & stated.keys():
        stated[name] = tuple(stated[name])
    if body.variants:
        stated["variants"] = tuple(Variant(**variant.model_dump()) for variant in body.variants)
    if isinstance(body, MessageIn):
        stated["urgency"] = body.content(at).urgency
    return stated


def fingerprint(body: BaseModel, *, stated: bool = False) -> str:
    """Return what tells two bodies apart, whatever the order of their keys.

    `stated`: to say what holds anyway is another body than not to say it, as
    in a follow-up, where something else may hold.
    """
    return hashlib.sha256(body.model_dump_json(exclude_unset=stated).encode()).hexdigest()


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
