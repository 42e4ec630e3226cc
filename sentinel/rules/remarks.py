"""What is odd about rules that can be followed: the warnings of `check-rules`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from sentinel.domain.rules import Mode, Rules
from sentinel.domain.secret import SecretKind, SecretRef
from sentinel.errors import Phrase, Problem, SecretError
from sentinel.rules.channel_schema import stated_credentials
from sentinel.rules.document import Document, Path
from sentinel.rules.families import Families
from sentinel.rules.intake_remarks import intake_remarks
from sentinel.rules.later import NOT_YET_IN_USE, NotYet
from sentinel.rules.near import quoted
from sentinel.rules.secrets import resolve_secret
from sentinel.rules.shape import Pieces
from sentinel.rules.values import REFERENCE

_TOKEN_FREE: Final = frozenset({"mailto", "mailtos", "json", "jsons", "xml", "xmls", "syslog"})
"""Apprise schemes whose address holds no token unless it names a password."""

_ITEMS: Final = {"[]": slice(None), "[0]": slice(1), "[1:]": slice(1, None)}

_BY_REFERENCE: Final = Phrase(de="${env:NAME} oder ${file:PFAD}", en="${env:NAME} or ${file:PATH}")


def remarks(
    document: Document,
    pieces: Pieces,
    rules: Rules,
    *,
    env: Mapping[str, str],
    families: Families,
) -> Iterator[Problem]:
    """Find what a person should know although it stops nothing."""
    for row in NOT_YET_IN_USE:
        yield from _not_yet(document, row)
    for name, channel in pieces.channels.items():
        if channel is None:
            continue
        path: Path = ("channels", name)
        if not families.in_use(channel.platform):
            yield _platform_not_yet(document, (*path, "platform"), channel.platform)
        for key, text in stated_credentials(channel).items():
            if not REFERENCE.fullmatch(text):
                yield _literal(document, (*path, "credentials", key))
    for name, built in rules.channels.items():
        for key, ref in built.credentials.items():
            yield from _missing(document, ("channels", name, "credentials", key), ref, env, name)
    yield from _ways(document, rules, env)
    yield from _nobody(document, rules)
    yield from _silent_always(document, rules)
    yield from _proxied_controls(document, rules)
    yield from intake_remarks(document, rules)
    if urlsplit(rules.storage_url).password:
        yield _literal(document, ("storage", "url"), by="~/.pgpass")


def _not_yet(document: Document, row: NotYet) -> Iterator[Problem]:
    for path, _ in _stated(document.tree, row.path.split("."), ()):
        shown = ".".join(str(part) for part in path if isinstance(part, str))
        yield document.problem(
            document.at_key(*path),
            f"{shown} ist noch nicht in Gebrauch",
            f"{shown} is not yet in use",
            Phrase(de="gelesen und geprüft, sonst nichts", en="read and checked, nothing more"),
        )


def _stated(value: Any, steps: list[str], path: Path) -> Iterator[tuple[Path, object]]:
    """Yield every value at a path of the table; null and empty values are not stated."""
    if not steps:
        if value not in (None, [], {}, ""):
            yield path, value
        return
    step, rest = steps[0], steps[1:]
    for part, inner in _inside(value, step):
        yield from _stated(inner, rest, (*path, part))


def _inside(value: Any, step: str) -> Sequence[tuple[str | int, Any]]:
    """Return what one step of a path leads to."""
    match value:
        case list() if step in _ITEMS:
            return list(enumerate(value))[_ITEMS[step]]
        case dict() if step == "*":
            return list(value.items())
        case dict() if step in value:
            return [(step, value[step])]
        case _:
            return []


def _platform_not_yet(document: Document, path: Path, platform: str) -> Problem:
    return document.problem(
        document.at(*path),
        f"die Plattform {platform!r} ist noch nicht in Gebrauch",
        f"platform {platform!r} is not yet in use",
        Phrase(
            de="der Kanal bleibt außen vor, auch in den Routen",
            en="the channel is left out, of routes too",
        ),
    )


def _literal(document: Document, path: Path, by: str | None = None) -> Problem:
    return document.problem(
        document.at(*path),
        "hier steht ein Geheimnis im Klartext",
        "a secret stands here literally",
        Phrase(de=by, en=by) if by else _BY_REFERENCE,
    )


def _missing(
    document: Document, path: Path, ref: SecretRef, env: Mapping[str, str], whose: str
) -> Iterator[Problem]:
    try:
        resolve_secret(ref, env)
    except SecretError as error:
        said = error.phrase
        channel = path[0] == "channels"
        yield document.problem(
            document.at(*path),
            f"{whose}: {said.de}",
            f"{whose}: {said.en}",
            Phrase(
                de="der Kanal beginnt als down (bad_configuration)",
                en="the channel starts as down (bad_configuration)",
            )
            if channel
            else None,
        )


def _ways(document: Document, rules: Rules, env: Mapping[str, str]) -> Iterator[Problem]:
    """Check the addresses of staff, of other machines and of the proxy."""
    for name, contact in rules.staff.contacts.items():
        for number, address in enumerate(contact.addresses):
            path: Path = ("staff", "contacts", name, "addresses", number, "url")
            yield from _missing(document, path, address.url, env, name)
            if _holds_secret(address.url):
                yield _literal(document, path)
    if rules.staff.heartbeat:
        beat: Path = ("staff", "heartbeat", "url")
        yield from _missing(document, beat, rules.staff.heartbeat.url, env, "heartbeat")
    yield from _machines(document, rules, env)
    for name, rota in rules.staff.rotas.items():
        ref = rota.calendar
        if ref is not None and ref.kind is SecretKind.LITERAL and _password(ref.name):
            yield _literal(document, ("staff", "rotas", name, "calendar"))
    proxy = rules.network.proxy
    if proxy:
        yield from _missing(document, ("network", "proxy"), proxy, env, "proxy")
        if proxy.kind is SecretKind.LITERAL and _password(proxy.name):
            yield _literal(document, ("network", "proxy"))


def _machines(document: Document, rules: Rules, env: Mapping[str, str]) -> Iterator[Problem]:
    for number, output in enumerate(rules.staff.outputs):
        path: Path = ("staff", "outputs", number)
        yield from _missing(document, (*path, "url"), output.url, env, output.name)
        for key, ref in (("secret", output.secret), ("authorization", output.authorization)):
            if ref is None:
                continue
            yield from _missing(document, (*path, key), ref, env, output.name)
            if ref.kind is SecretKind.LITERAL:
                yield _literal(document, (*path, key))


def _nobody(document: Document, rules: Rules) -> Iterator[Problem]:
    if not rules.staff.contacts:
        yield document.problem(
            document.at_key("staff"),
            "niemand erfährt von Störungen",
            "nobody will be told of trouble",
            Phrase(de="Kontakte unter staff.contacts", en="contacts under staff.contacts"),
        )


def _holds_secret(ref: SecretRef) -> bool:
    if ref.kind is not SecretKind.LITERAL:
        return False
    return ref.name.partition(":")[0] not in _TOKEN_FREE or _password(ref.name)


def _password(url: str) -> bool:
    try:
        return bool(urlsplit(url).password)
    except ValueError:
        return True  # not an address we can read: rather warn


def _silent_always(document: Document, rules: Rules) -> Iterator[Problem]:
    for name, channel in rules.channels.items():
        routes = [one.name for one in rules.routes if name in one.always]
        if routes and channel.mode in {Mode.FROZEN, Mode.OFF}:
            yield document.problem(
                document.at("channels", name, "mode"),
                f"der Kanal {quoted(name)} kann nicht senden und steht unter always von "
                f"{', '.join(routes)}",
                f"channel {quoted(name)} cannot publish and stands under always of "
                f"{', '.join(routes)}",
                Phrase(
                    de="jede Nachricht dieser Route bliebe liegen",
                    en="every message of that route would be stranded",
                ),
            )


def _proxied_controls(document: Document, rules: Rules) -> Iterator[Problem]:
    """A proxy passes https only: other controls would look like a lost line."""
    if rules.network.proxy is None:
        return
    for name, uplink in rules.uplinks.items():
        passing = [one for one in uplink.controls if one.startswith("https://")]
        if len(passing) < len(uplink.controls):
            yield document.problem(
                document.at_key("uplinks", name, "controls"),
                f"hinter einem Proxy taugen für die Leitung {quoted(name)} nur https-Adressen",
                f"behind a proxy only https controls count for uplink {quoted(name)}",
                Phrase(de="controls unter uplinks angeben", en="state controls under uplinks"),
            )
