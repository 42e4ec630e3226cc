"""Which account a channel is, whether it is complete, and whether two are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from sentinel.domain.rules import Mode
from sentinel.errors import Phrase, Problem
from sentinel.platforms import Facts
from sentinel.rules.channel_schema import Channel, stated_credentials, stated_settings
from sentinel.rules.document import Document, Path
from sentinel.rules.families import Families
from sentinel.rules.near import quoted
from sentinel.rules.shape import Pieces
from sentinel.rules.values import REFERENCE


def account_problems(document: Document, pieces: Pieces, families: Families) -> Iterator[Problem]:
    """Find channels that lack something, and channels that share one account.

    A channel that is off may share: only one live channel may stand for an account.
    """
    owners: dict[str, str] = {}
    for name, channel in pieces.channels.items():
        if channel is None:
            continue
        facts = families.facts(channel.platform)
        yield from _missing(document, ("channels", name), channel, facts)
        if channel.mode is Mode.OFF:
            continue
        first = owners.setdefault(account_key(name, channel, facts), name)
        if first != name:
            line = document.at_key("channels", first).line
            yield document.problem(
                document.at_key("channels", name),
                f"die Kanäle {quoted(first)} und {quoted(name)} sind ein und dasselbe Konto",
                f"channels {quoted(first)} and {quoted(name)} are one account",
                Phrase(
                    de=f"ein Konto, ein Kanal; der erste in Zeile {line}",
                    en=f"one account, one channel; the first in line {line}",
                ),
            )


def account_key(name: str, channel: Channel, facts: Facts) -> str:
    """Return `platform|base_url|identity`: what "at most once" counts by.

    The identity is the first of the platform's identity keys that the file
    states, as written, or else all credentials. A credential counts by its
    reference; one that stands literally by a short digest, for the key is
    stored and shown.
    """
    base_url = channel.base_url or facts.base_url or ""
    return f"{channel.platform}|{base_url}|{_identity(channel, facts) or name}"


def _identity(channel: Channel, facts: Facts) -> str:
    settings, credentials = stated_settings(channel), stated_credentials(channel)
    for key in facts.identity:
        value: Any = settings.get(key) or (
            getattr(channel, key, None) if key in type(channel).model_fields else None
        )
        if value:
            return ",".join(map(str, value)) if isinstance(value, list) else str(value)
        if key in credentials:
            return _label(credentials[key])
    if credentials:
        return ",".join(_label(credentials[key]) for key in sorted(credentials))
    return ""


def _label(text: str) -> str:
    if REFERENCE.fullmatch(text):
        return text
    return f"literal:{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _fits(base_url: str, facts: Facts) -> bool:
    """A platform with a usual address of the web cannot be spoken to by mail."""
    web = (facts.base_url or "").startswith("http")
    return not web or base_url.startswith("http")


def _missing(document: Document, path: Path, channel: Channel, facts: Facts) -> Iterator[Problem]:
    platform = channel.platform
    if facts.needs_base_url and not (channel.base_url or facts.base_url):
        yield document.problem(
            document.at_key(*path),
            f"{platform} braucht base_url",
            f"{platform} needs base_url",
            Phrase(de="die Adresse des Servers", en="the server's address"),
        )
    if channel.base_url and not _fits(channel.base_url, facts):
        yield document.problem(
            document.at(*path, "base_url"),
            "das ist keine Adresse dieser Art",
            "this is not an address of that kind",
            Phrase(de="https://…", en="https://…"),
        )
    for key, setting in facts.settings.items():
        shared = key in Channel.model_fields
        if setting.required and shared and getattr(channel, key) is None:
            yield document.problem(
                document.at_key(*path), f"{platform} braucht {key}", f"{platform} needs {key}"
            )
    stated = frozenset(stated_credentials(channel))
    if any(stated >= one for one in facts.credential_sets):
        return
    # The set that is nearest to being complete is what the city probably means.
    nearest = min(facts.credential_sets, key=lambda one: (len(one - stated), sorted(one)))
    lacking = ", ".join(sorted(nearest - stated))
    others = [", ".join(sorted(one)) for one in facts.credential_sets if one != nearest]
    yield document.problem(
        document.at_key(*path, "credentials"),
        f"{platform} fehlt unter credentials: {lacking}",
        f"{platform} lacks under credentials: {lacking}",
        Phrase(de=f"oder: {'; oder: '.join(others)}", en=f"or: {'; or: '.join(others)}")
        if others
        else None,
    )
