"""The words on public pages and in feeds, in German and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sentinel.domain.cause import Severity
from sentinel.domain.message import Kind
from sentinel.errors import Phrase
from sentinel.notices.notice import Notice

WORDS: Mapping[str, Phrase] = MappingProxyType(
    {
        "all": Phrase(de="Alle Meldungen", en="All notices"),
        "area": Phrase(de="Gebiet", en="Area"),
        "board": Phrase(de="Warnungen und Meldungen", en="Warnings and notices"),
        "current": Phrase(de="Aktuell", en="Current"),
        "earlier": Phrase(de="Frühere Meldungen", en="Earlier notices"),
        "ended": Phrase(de="Aufgehoben", en="Ended"),
        "ended_by": Phrase(de="Diese Meldung ist aufgehoben.", en="This notice has ended."),
        "exercise": Phrase(de="ÜBUNG", en="EXERCISE"),
        "exercise_note": Phrase(
            de="Dies ist eine Übung. Es besteht keine Gefahr.",
            en="This is an exercise. There is no danger.",
        ),
        "feeds": Phrase(de="Als Feed", en="As a feed"),
        "instruction": Phrase(de="Was Sie tun sollen", en="What to do"),
        "languages": Phrase(de="Andere Sprachen", en="Other languages"),
        "more": Phrase(de="Weitere Informationen", en="More information"),
        "nothing": Phrase(de="Zurzeit gibt es keine Meldung.", en="There is no notice at present."),
        "number": Phrase(de="Nr.", en="No."),
        "published": Phrase(de="Veröffentlicht", en="Published"),
        "read_instead": Phrase(de="Bitte lesen Sie", en="Please read"),
        "replaced": Phrase(de="Ersetzt", en="Replaced"),
        "replaced_by": Phrase(de="Diese Meldung ist ersetzt.", en="This notice has been replaced."),
        "replaces": Phrase(de="Ersetzt", en="Replaces"),
        "ends": Phrase(de="Hebt auf", en="Ends"),
        "withdrawn": Phrase(de="Meldung zurückgezogen", en="Notice withdrawn"),
        "withdrawn_note": Phrase(
            de="Die Meldung, die hier stand, ist zurückgezogen.",
            en="The notice that stood here has been withdrawn.",
        ),
        "valid_until": Phrase(de="Gültig bis", en="Valid until"),
        "machine": Phrase(de="Für Maschinen", en="For machines"),
    }
)

KINDS: Mapping[Kind, Phrase] = MappingProxyType(
    {
        Kind.ALERT: Phrase(de="Meldung", en="Notice"),
        Kind.UPDATE: Phrase(de="Aktualisierung", en="Update"),
        Kind.ALL_CLEAR: Phrase(de="Entwarnung", en="All-clear"),
    }
)

SEVERITIES: Mapping[Severity, Phrase] = MappingProxyType(
    {
        Severity.EXTREME: Phrase(de="Extreme Gefahr", en="Extreme danger"),
        Severity.SEVERE: Phrase(de="Große Gefahr", en="Severe danger"),
        Severity.MODERATE: Phrase(de="Mäßige Gefahr", en="Moderate danger"),
        Severity.MINOR: Phrase(de="Information", en="Information"),
    }
)

_LANGUAGES = MappingProxyType(
    {
        "ar": "العربية",
        "de": "Deutsch",
        "de-x-ls": "Leichte Sprache",
        "en": "English",
        "es": "Español",
        "fa": "فارسی",
        "fr": "Français",
        "it": "Italiano",
        "pl": "Polski",
        "ro": "Română",
        "ru": "Русский",
        "tr": "Türkçe",
        "uk": "Українська",
    }
)
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


def say(key: str, language: str) -> str:
    """Return the word `key` in German for any `de…`, otherwise in English."""
    return WORDS[key].in_(language)


def language_name(language: str) -> str:
    """Return what speakers of `language` call it; the code itself where we do not know."""
    code = language.lower()
    return _LANGUAGES.get(code) or _LANGUAGES.get(code.partition("-")[0]) or language


def direction(language: str) -> str:
    """Return `rtl` for languages written from the right, else `ltr`."""
    return "rtl" if language.lower().partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


def label(notice: Notice) -> str:
    """Return what kind of notice it is, in its own language: an end, or how grave."""
    if notice.kind is Kind.ALL_CLEAR:
        return KINDS[notice.kind].in_(notice.language)
    return SEVERITIES[notice.severity].in_(notice.language)


def fate(successor: Notice | None, language: str) -> str:
    """Return "ersetzt" or "aufgehoben" for a notice with a successor, else nothing."""
    if successor is None:
        return ""
    return say("ended" if successor.kind is Kind.ALL_CLEAR else "replaced", language)


def board_language(notices: list[Notice]) -> str:
    """Return the language of a board: German, unless none of its notices is."""
    german = not notices or any(notice.language.lower().startswith("de") for notice in notices)
    return "de" if german else "en"
