"""From a checked channel to the domain's: its platform's defaults filled in."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sentinel.domain import rules as domain
from sentinel.platforms import Facts, Setting
from sentinel.rules import schema
from sentinel.rules.accounts import account_key
from sentinel.rules.channel_schema import (
    Channel,
    ProbeChoice,
    stated_credentials,
    stated_settings,
)
from sentinel.rules.meaning import NOTICE_BOARD
from sentinel.rules.overlay import over
from sentinel.rules.secrets import reference


def build_channel(
    name: str,
    section: Channel,
    *,
    base: Path,
    facts: Facts,
    server: domain.Server,
    above: domain.Probing,
) -> domain.Channel:
    """Return the channel; `above` is the probing that it takes over."""
    channel = domain.Channel(
        name=name,
        platform=section.platform,
        operator=_operator(section, facts),
        account=account_key(name, section, facts),
        base_url=section.base_url or facts.base_url,
        public_url=_public_url(section, facts, server),
        credentials={
            key: reference(text, base) for key, text in stated_credentials(section).items()
        },
        settings=_settings(section, facts, base),
        uplink=None if section.uplink == "none" else section.uplink or "default",
        exercises=section.exercises == "allow",
        quota={
            key: over(domain.QuotaRule(), quota) for key, quota in (section.quota or {}).items()
        },
        probes={key: _probe(choice) for key, choice in (section.probes or {}).items()},
        probing=build_probing(section.probing, above),
        publish_within=section.publish_within or facts.publish_within,
    )
    stated = {"mode": section.mode, "reach": section.reach, "depends_on": section.depends_on}
    return over(channel, stated)


def build_probing(section: schema.Probing | None, above: domain.Probing) -> domain.Probing:
    """Return `above` with what `section` states."""
    if section is None:
        return above
    stated: dict[str, object] = {
        key: getattr(section, key) for key in schema.Probing.model_fields if key != "flapping"
    }
    return over(above, {**stated, "flapping": over(above.flapping, section.flapping)})


def _operator(section: Channel, facts: Facts) -> str:
    host = urlsplit(section.base_url or "").hostname
    return host if facts.operator_is_host and host else facts.operator


def _probe(choice: ProbeChoice) -> domain.ProbeSetting:
    return domain.ProbeSetting(on=choice.on, every=choice.every)


def _public_url(section: Channel, facts: Facts, server: domain.Server) -> str | None:
    """Where citizens look: stated, the platform's usual place, or its API's own host."""
    if section.public_url or facts.public_url:
        return section.public_url or facts.public_url
    if section.platform == NOTICE_BOARD:
        return f"{server.public_url}/notices"
    api = section.base_url or facts.base_url or ""
    return api if api.startswith("http") else None  # nobody reads at a mail server


def _settings(section: Channel, facts: Facts, base: Path) -> dict[str, object]:
    stated = stated_settings(section)
    found: dict[str, object] = {}
    for key, setting in facts.settings.items():
        if key in Channel.model_fields:
            continue
        value = stated.get(key, setting.default)
        if value is not None:
            found[key] = _absolute(value, setting, base)
    return found


def _absolute(value: Any, setting: Setting, base: Path) -> object:
    """Files are relative to the rules; a recipient list may be an address or a CSV file."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, list | tuple):
        return tuple(_file(str(one), base) if _is_csv(str(one)) else str(one) for one in value)
    return _file(str(value), base) if setting.kind == "path" or _is_csv(str(value)) else value


def _is_csv(text: str) -> bool:
    return text.lower().endswith(".csv") and "@" not in text


def _file(text: str, base: Path) -> str:
    return text if "://" in text else str(base / text)
