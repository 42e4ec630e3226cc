"""What pydantic found wrong, in people's words and both languages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from pydantic_core import ErrorDetails

from sentinel.errors import Phrase
from sentinel.rules.near import did_you_mean, quoted

_KINDS: Final[dict[str, tuple[str, str]]] = {
    "string_type": ("ein Text", "text"),
    "int_type": ("eine ganze Zahl", "a whole number"),
    "int_from_float": ("eine ganze Zahl", "a whole number"),
    "bool_type": ("true oder false", "true or false"),
    "list_type": ("eine Liste", "a list"),
    "dict_type": ("eine Gruppe von Schlüsseln", "a group of keys"),
    "model_type": ("eine Gruppe von Schlüsseln", "a group of keys"),
    "model_attributes_type": ("eine Gruppe von Schlüsseln", "a group of keys"),
}
_BOUNDS: Final[dict[str, tuple[str, str, str]]] = {
    "greater_than_equal": ("ge", "mindestens", "at least"),
    "less_than_equal": ("le", "höchstens", "at most"),
}


def explain(error: ErrorDetails, known: Iterable[str]) -> tuple[Phrase, Phrase | None]:
    """Return what is wrong and what would be right; `known` are the keys that may stand there."""
    kind, limits = error["type"], error.get("ctx", {})
    match kind:
        case "said":
            return _said(limits)
        case "missing" | "extra_forbidden" | "too_short":
            return _about_key(kind, str(error["loc"][-1]), known)
        case "enum" | "literal_error":
            return _not_a_choice(error["input"], str(limits.get("expected", "")))
        case "greater_than_equal" | "less_than_equal":
            return _out_of_range(kind, error["input"], limits)
        case "string_pattern_mismatch":
            what = _named(error["input"], "{} hat nicht die nötige Form", "{} has the wrong form")
            return what, Phrase(de="etwa de oder de-DE", en="such as de or de-DE")
        case _:
            return _wrong_kind(kind, error["input"])


def _about_key(kind: str, name: str, known: Iterable[str]) -> tuple[Phrase, Phrase | None]:
    if kind == "missing":
        return _named(name, "die Angabe {} fehlt", "key {} is missing"), None
    if kind == "too_short":
        return _named(name, "{} ist leer", "{} is empty"), None
    what = _named(name, "unbekannter Schlüssel {}", "unknown key {}")
    return what, _merge_key() if name == "<<" else did_you_mean(name, known)


def _named(name: object, de: str, en: str) -> Phrase:
    return Phrase(de=de.format(quoted(name)), en=en.format(quoted(name)))


def _out_of_range(kind: str, value: object, limits: dict[str, Any]) -> tuple[Phrase, Phrase]:
    key, de, en = _BOUNDS[kind]
    what = _named(value, "{} liegt außerhalb der Grenzen", "{} is out of range")
    return what, Phrase(de=f"{de} {limits[key]}", en=f"{en} {limits[key]}")


def _said(said: dict[str, Any]) -> tuple[Phrase, Phrase | None]:
    hint = Phrase(de=said["hint_de"], en=said["hint_en"]) if said["hint_en"] else None
    return Phrase(de=said["de"], en=said["en"]), hint


def _not_a_choice(value: object, expected: str) -> tuple[Phrase, Phrase | None]:
    choices = [word for word in expected.replace(" or ", ", ").split(", ") if word]
    names = [word.strip("'") for word in choices]
    if not isinstance(value, str):
        shown = ", ".join(names)
        what = Phrase(
            de=f"{_kind_of(value).de} ist kein Wert", en=f"{_kind_of(value).en} is no value"
        )
        return what, Phrase(de=f"möglich: {shown}", en=f"known: {shown}")
    what = Phrase(de=f"unbekannter Wert {quoted(value)}", en=f"unknown value {quoted(value)}")
    return what, did_you_mean(value, names)


def _wrong_kind(kind: str, value: object) -> tuple[Phrase, Phrase | None]:
    right = _KINDS.get(kind, ("ein anderer Wert", "another value"))
    found = _kind_of(value)
    what = Phrase(de=f"{found.de} passt hier nicht", en=f"{found.en} does not fit here")
    return what, Phrase(de=f"{right[0]}", en=f"{right[1]}")


def _kind_of(value: object) -> Phrase:
    """Return what kind of value it is. The value itself may be secret and is not shown."""
    match value:
        case None:
            return Phrase(de="null", en="null")
        case bool():
            return Phrase(de="true oder false", en="true or false")
        case int() | float():
            return Phrase(de="eine Zahl", en="a number")
        case str():
            return Phrase(de="ein Text", en="text")
        case list():
            return Phrase(de="eine Liste", en="a list")
        case _:
            return Phrase(de="eine Gruppe von Schlüsseln", en="a group of keys")


def _merge_key() -> Phrase:
    return Phrase(
        de="YAML 1.2 kennt kein <<; die Schlüssel ausschreiben",
        en="YAML 1.2 has no <<; write out the keys",
    )
