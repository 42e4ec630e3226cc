"""What may be accepted, and what is wrong with what may not."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sentinel.domain.message import HEADLINE_LIMIT, Content, Message
from sentinel.domain.routing import matching
from sentinel.domain.rules import Approval, Channel, Mode, Route
from sentinel.errors import InputError, Phrase

TEXT_LIMIT = 20_000
"""Longest text in characters: a notice page of under 50 kB holds it."""

FARTHEST = timedelta(days=3653)
"""Farthest a time may be from now: ten years. Beyond lie typing errors, and the calendar's end."""

_SHORT_LIMIT = 1_000
_LINE_BREAKS = "\n\r\t\u2028\u2029"
_MANY_LINES = frozenset({"text", "short_text", "instruction", "alt_text"})
_SHORT = frozenset(
    {
        "short_text",
        "instruction",
        "area",
        "link",
        "image",
        "alt_text",
        "event",
        "category",
        "urgency",
        "certainty",
        "language",
        "tags",
    }
)


def check(content: Content, channels: Mapping[str, object], at: datetime) -> None:
    """Raise `InputError` for the first thing that makes `content` unacceptable at `at`.

    Args:
        content: What a caller wants said.
        channels: The channels that exist; their names are looked up.
        at: Now.
    """
    for problem in _problems(content, channels, at):
        raise problem


def routes_for(
    content: Content, routes: Iterable[Route], channels: Mapping[str, Channel]
) -> tuple[Route, ...]:
    """Return the routes that a message takes.

    Raises:
        InputError: None matches, or on no channel of those the message may appear.
    """
    found = matching(tuple(routes), content)
    if not found:
        raise _wrong(
            "severity",
            de="Keine Route passt (Schweregrad, Kategorie, Tags oder Sprache)",
            en="no route matches (severity, category, tags or language)",
        )
    check_open(content, found, channels)
    return found


def check_open(content: Content, routes: Iterable[Route], channels: Mapping[str, Channel]) -> None:
    """Raise `InputError` if on no channel of some routes a message may appear."""
    if not open_channels(content, routes, channels):
        raise _wrong(
            "exercise" if content.exercise else "channels",
            de="Auf keinem Kanal der passenden Routen kann diese Meldung erscheinen",
            en="no channel of the matching routes may carry this message",
        )


def open_channels(
    content: Content, routes: Iterable[Route], channels: Mapping[str, Channel]
) -> tuple[str, ...]:
    """Return the channels of some routes on which a message may appear, each once, in order."""
    names = dict.fromkeys(name for route in routes for name in (*route.always, *route.priority))
    return tuple(name for name in names if name in channels and _open(channels[name], content))


def _open(channel: Channel, content: Content) -> bool:
    return (
        channel.mode not in {Mode.OFF, Mode.FROZEN}
        and (not content.channels or channel.name in content.channels)
        and (not content.exercise or channel.exercises)
    )


def message_of(
    content: Content,
    routes: Iterable[Route],
    *,
    message_id: str,
    number: int,
    at: datetime,
    approval: bool = False,
) -> Message:
    """Return the message that `content` becomes at `at`, with its routes and its end fixed.

    Where the caller states no end, the shortest of its routes' counts from its
    start, and a start in the past is now: nothing is accepted that is over already.
    A second person must agree if one of its routes asks for that, or `approval` does.
    """
    routes = tuple(routes)
    start = max(content.not_before or at, at)
    ends = content.expires_at or start + min(route.expires_after for route in routes)
    return Message(
        id=message_id,
        number=number,
        chain=message_id,
        content=replace(content, expires_at=ends),
        routes=tuple(route.name for route in routes),
        accepted_at=at,
        expires_at=ends,
        effective_severity=content.severity,
        needs_approval=approval or any(route.approval is Approval.FOUR_EYES for route in routes),
    )


def _problems(
    content: Content, channels: Mapping[str, object], at: datetime
) -> Iterator[InputError]:
    yield from _lengths(content)
    yield from _characters(content)
    yield from _times(content, at)
    yield from _names(content, channels)
    if content.image and not (content.alt_text or "").strip():
        yield _wrong(
            "alt_text",
            de="Ein Bild braucht einen Alternativtext (alt_text)",
            en="an image needs an alternative text (alt_text)",
        )


def _wrong(field: str, *, de: str, en: str) -> InputError:
    return InputError(Phrase(de=de, en=en), field=field)


def _lengths(content: Content) -> Iterator[InputError]:
    for name, value in _all_texts(content):
        field = name.rpartition(".")[2]
        if field in {"headline", "text"} and not value.strip():
            yield _wrong(name, de=f"{name} darf nicht leer sein", en=f"{name} must not be empty")
        limit = HEADLINE_LIMIT if field == "headline" else TEXT_LIMIT
        limit = _SHORT_LIMIT if field in _SHORT else limit
        if len(value) > limit:
            yield _too_long(name, len(value), limit)


def _all_texts(content: Content) -> Iterator[tuple[str, str]]:
    """Yield everything that a caller wrote, by the name of its field."""
    for name in ("headline", "text", *sorted(_SHORT - {"tags"})):
        yield name, getattr(content, name) or ""
    for channel, text in content.texts.items():
        yield f"texts.{channel}", text
    for tag in content.tags:
        yield "tags", tag
    for number, variant in enumerate(content.variants):
        for field in ("language", "headline", "text", "short_text"):
            yield f"variants.{number}.{field}", getattr(variant, field) or ""


def _too_long(name: str, length: int, limit: int) -> InputError:
    return _wrong(
        name,
        de=f"{name} hat {length} Zeichen, erlaubt sind {limit}",
        en=f"{name} has {length} characters, {limit} are allowed",
    )


def _characters(content: Content) -> Iterator[InputError]:
    for name, text in _all_texts(content):
        if text.isprintable():
            continue  # the usual case: nothing that is forbidden is printable
        many_lines = name.rpartition(".")[2] in _MANY_LINES or name.startswith("texts.")
        allowed = _LINE_BREAKS if many_lines else ""
        bad = next((c for c in text if _forbidden(c) and c not in allowed), None)
        if bad is not None:
            point = f"U+{ord(bad):04X}"
            yield _wrong(
                name,
                de=f"{name} enthält das Steuerzeichen {point}; bitte entfernen",
                en=f"{name} holds the control character {point}; please remove it",
            )


_OVERRIDES = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
"""Bidirectional overrides: they can turn a warning's words around on a citizen's screen."""


_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's control characters, half surrogate pairs, line and paragraph separators."""


def _forbidden(character: str) -> bool:
    return unicodedata.category(character) in _CONTROLS or character in _OVERRIDES


def _times(content: Content, at: datetime) -> Iterator[InputError]:
    for name, moment in (("not_before", content.not_before), ("expires_at", content.expires_at)):
        if moment is None:
            continue
        if moment.tzinfo is None:
            yield _wrong(
                name,
                de=f"{name} braucht eine Zeitzone (z. B. Z oder +01:00)",
                en=f"{name} needs a time zone (such as Z or +01:00)",
            )
        elif abs(moment - at) > FARTHEST:
            yield _wrong(
                name,
                de=f"{name} ist mehr als zehn Jahre entfernt",
                en=f"{name} is more than ten years away",
            )
    start = max(content.not_before or at, at)
    if content.expires_at is not None and content.expires_at <= start:
        yield _wrong(
            "expires_at",
            de="expires_at liegt vor dem Beginn: die Meldung wäre nie gültig",
            en="expires_at is before the start: the message would never be valid",
        )


def _names(content: Content, channels: Mapping[str, object]) -> Iterator[InputError]:
    for field, names in (("channels", content.channels), ("texts", tuple(content.texts))):
        for name in names:
            if name not in channels:
                known = ", ".join(sorted(channels))
                yield _wrong(
                    field,
                    de=f"unbekannter Kanal {name!r}; es gibt: {known}",
                    en=f"unknown channel {name!r}; known: {known}",
                )
