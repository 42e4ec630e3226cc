"""What may be accepted, and what is wrong with what may not."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime

from sentinel.domain.message import HEADLINE_LIMIT, Content
from sentinel.errors import InputError, Phrase

TEXT_LIMIT = 20_000
"""Longest text in characters: a notice page of under 50 kB holds it."""

_SHORT_LIMIT = 1_000
_LINE_BREAKS = "\n\r\t"
_ONE_LINE = frozenset({"headline", "link", "area", "event", "image", "tags"})


def check(content: Content, channels: Mapping[str, object], at: datetime) -> None:
    """Raise `InputError` for the first thing that makes `content` unacceptable at `at`.

    Args:
        content: What a caller wants said.
        channels: The channels that exist; their names are looked up.
        at: Now.
    """
    for problem in _problems(content, channels, at):
        raise problem


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
    for name, value, limit in (
        ("headline", content.headline, HEADLINE_LIMIT),
        ("text", content.text, TEXT_LIMIT),
    ):
        if not value.strip():
            yield _wrong(name, de=f"{name} darf nicht leer sein", en=f"{name} must not be empty")
        if len(value) > limit:
            yield _too_long(name, len(value), limit)
    for name, optional in (
        ("short_text", content.short_text),
        ("instruction", content.instruction),
        ("alt_text", content.alt_text),
        ("area", content.area),
    ):
        if optional is not None and len(optional) > _SHORT_LIMIT:
            yield _too_long(name, len(optional), _SHORT_LIMIT)


def _too_long(name: str, length: int, limit: int) -> InputError:
    return _wrong(
        name,
        de=f"{name} hat {length} Zeichen, erlaubt sind {limit}",
        en=f"{name} has {length} characters, {limit} are allowed",
    )


def _characters(content: Content) -> Iterator[InputError]:
    texts = {
        "headline": content.headline,
        "text": content.text,
        "short_text": content.short_text or "",
        "instruction": content.instruction or "",
        "area": content.area or "",
        "link": content.link or "",
        "event": content.event or "",
        "image": content.image or "",
        "alt_text": content.alt_text or "",
        "tags": "".join(content.tags),
        **{f"variants.{v.language}.headline": v.headline for v in content.variants},
        **{f"variants.{v.language}.text": v.text for v in content.variants},
        **{f"variants.{v.language}.short_text": v.short_text or "" for v in content.variants},
        **{f"texts.{name}": text for name, text in content.texts.items()},
    }
    for name, text in texts.items():
        allowed = "" if name.rpartition(".")[2] in _ONE_LINE else _LINE_BREAKS
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


def _forbidden(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"} or character in _OVERRIDES


def _times(content: Content, at: datetime) -> Iterator[InputError]:
    start = content.not_before or at
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
