"""The keys of a channel: those of every channel, and each platform's own from its facts."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, create_model

from sentinel.domain.rules import Mode
from sentinel.platforms import Facts, Setting
from sentinel.rules.addresses import BaseAddress, WebAddress
from sentinel.rules.schema import Probing, Section
from sentinel.rules.values import (
    Choice,
    Interval,
    Name,
    Period,
    Secret,
    Text,
    in_words,
    refuse,
    stated,
)

QuotaName: TypeAlias = Literal["posts", "replies", "reads", "calls"]


class Quota(Section):
    """A limit that the city sets itself."""

    limit: int | None = stated("At most so many.", ge=1)
    per: Period | None = stated("In this time.", "24h")
    reserve: int | None = stated("Kept for extreme and severe, same unit.", 0, ge=0)


class ProbeChoice(Section):
    """One probe on one channel."""

    every: Interval | None = stated("Pause between checks.")
    on: bool = True


def _off_or_setting(value: object) -> object:
    """`off` is a word of its own beside `{every: D}`."""
    if value == "off":
        return ProbeChoice(on=False)
    if isinstance(value, dict) and "on" not in value:
        return value
    raise refuse(
        "das ist keine Einstellung einer Probe",
        "this is not a setting of a probe",
        "off oder {every: 2m}",
        "off or {every: 2m}",
    )


ProbeSwitch = Annotated[
    ProbeChoice,
    BeforeValidator(_off_or_setting),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": "off"},
                {
                    "type": "object",
                    "properties": {"every": {"type": "string"}},
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


def _not_null(value: object) -> object:
    if value is None:
        raise refuse(
            "uplink darf nicht null sein",
            "uplink may not be null",
            "none, wenn der Kanal die Leitung nicht braucht",
            "none if the channel does not need our line",
        )
    return value


class Channel(Section):
    """One account on one platform."""

    platform: Text = Field(description="Name of the platform.")
    base_url: BaseAddress | None = stated("The platform's API, without versions.")
    public_url: WebAddress | None = stated("Where citizens look without login.")
    mode: Choice[Mode] | None = stated("active, standby, frozen or off.", "active")
    reach: int | None = stated("Followers, for the risk page.", ge=0, le=10**10)
    depends_on: list[Name] | None = stated("Shared fates beside the operator.")
    uplink: Annotated[str | None, BeforeValidator(_not_null)] = stated(
        "none, default, or a name under uplinks.", "default"
    )
    exercises: Literal["refuse", "allow"] | None = stated(
        "Whether exercises may be posted here.", "refuse"
    )
    quota: dict[QuotaName, Quota] | None = stated("Limits that the city sets itself.")
    probes: dict[str, ProbeSwitch] | None = stated("Probes by name.")
    probing: Probing | None = stated("Overrides the defaults for this channel.")
    publish_within: Interval | None = stated("How long a post may take.")


def channel_model(platform: str, facts: Facts) -> type[Channel]:
    """Return the model of a channel on `platform`."""
    names = sorted(frozenset().union(*facts.credential_sets) | facts.optional_credentials)
    own: dict[str, Any] = {
        _attribute(name): _setting_field(name, setting)
        for name, setting in facts.settings.items()
        if name not in Channel.model_fields
    }
    if names:
        fields: dict[str, Any] = {
            _attribute(name): (Secret | None, Field(default=None, alias=name)) for name in names
        }
        credentials = create_model(f"{platform}_credentials", __base__=Section, **fields)
        own["credentials"] = (credentials | None, stated("Credentials, by reference."))
    own["platform"] = (Literal[platform], Field(description="Name of the platform."))
    model: type[Channel] = create_model(
        f"{platform}_channel",
        __base__=Channel,
        __doc__=f"A channel on {platform}.",
        **own,
    )
    return model


def stated_credentials(channel: Channel) -> dict[str, str]:
    """Return the credentials that the file states, as written."""
    section = getattr(channel, "credentials", None)
    return _stated(section) if isinstance(section, Section) else {}


def stated_settings(channel: Channel) -> dict[str, Any]:
    """Return the platform's own keys that the file states."""
    return _stated(channel)


def _stated(section: Section) -> dict[str, Any]:
    named = {
        field.alias: getattr(section, attribute)
        for attribute, field in type(section).model_fields.items()
        if field.alias
    }
    return {name: value for name, value in named.items() if value is not None}


def _attribute(name: str) -> str:
    """A key such as `from` or `copy` may not be an attribute's name as it is."""
    return f"own_{name}"


def _setting_field(name: str, setting: Setting) -> tuple[Any, Any]:
    kind = _kind(setting)
    about = f"The platform's own: {name}."
    if setting.required:
        return kind, Field(alias=name, description=about)
    return kind | None, stated(about, _shown(setting.default), alias=name)


def _kind(setting: Setting) -> Any:
    match setting.kind:
        case "choice":
            return Literal[setting.choices]
        case "list":
            return Annotated[list[Text], BeforeValidator(_as_list)]
        case "duration":
            return Interval
        case "url":
            return WebAddress
        case _:
            return Text


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _shown(default: object) -> object:
    return in_words(default) if isinstance(default, timedelta) else default
