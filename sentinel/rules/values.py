"""The kinds of values in the rules: durations, references, names, texts.

Each is a pydantic type; what is wrong with a value is said in both languages
through `refuse`, and never repeats a value that could be secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, Final, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, Strict, WithJsonSchema
from pydantic_core import PydanticCustomError

from sentinel.errors import Phrase
from sentinel.rules.document import Numeral
from sentinel.rules.near import did_you_mean, quoted

T = TypeVar("T")

Choice = Annotated[T, Strict(False)]  # noqa: FBT003 (pydantic's own signature)
"""An enumeration, stated by its word."""

REFERENCE: Final = re.compile(r"\$\{(env|file):([^{}]+)\}")
_DURATION: Final = re.compile(r"(\d{1,9})(ms|s|m|h|d|y)")
_UNITS: Final = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "y": timedelta(days=365, hours=6),
}
_LONGEST: Final = timedelta(days=36525)
_NAME: Final = re.compile(r"\w[\w.-]{0,63}")


def refuse(de: str, en: str, hint_de: str = "", hint_en: str = "") -> PydanticCustomError:
    """Return the error that says in both languages what is wrong, and what would be right."""
    return PydanticCustomError(
        "said", "said", {"de": de, "en": en, "hint_de": hint_de, "hint_en": hint_en}
    )


def in_words(span: timedelta) -> str:
    """Return a duration as the rules write it: `500ms`, `30s`, `5m`, `24h`, `7d`."""
    milliseconds = round(span / _UNITS["ms"])
    if milliseconds == 0:
        return "0s"
    for unit in ("d", "h", "m", "s"):
        size = round(_UNITS[unit] / _UNITS["ms"])
        if milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"


def read_duration(text: str) -> timedelta | None:
    """Return the duration that `text` writes, or None if it writes none."""
    match = _DURATION.fullmatch(text)
    if not match or (span := _safe(int(match[1]), _UNITS[match[2]])) is None:
        return None
    # Ten years are whole days: nobody wants to see a quarter of an hour in a retention time.
    return timedelta(days=span.days) if match[2] == "y" else span


def _safe(count: int, unit: timedelta) -> timedelta | None:
    return count * unit if count <= _LONGEST / unit else None


def _duration(least: timedelta, most: timedelta) -> Callable[[object], timedelta]:
    def check(value: object) -> timedelta:
        span = read_duration(value) if isinstance(value, str) else None
        if span is None:
            raise refuse(
                f"{quoted(value)} ist keine Dauer",
                f"{quoted(value)} is not a duration",
                "etwa 500ms, 30s, 5m, 24h, 7d",
                "such as 500ms, 30s, 5m, 24h, 7d",
            )
        if not least <= span <= most:
            bounds = in_words(least), in_words(most)
            raise refuse(
                f"die Dauer {value} liegt außerhalb der Grenzen",
                f"the duration {value} is out of range",
                f"von {bounds[0]} bis {bounds[1]}",
                f"from {bounds[0]} to {bounds[1]}",
            )
        return span

    return check


_DURATION_SCHEMA: Final = WithJsonSchema(
    {"type": "string", "pattern": r"^\d{1,9}(ms|s|m|h|d|y)$", "examples": ["30s", "5m", "24h"]}
)
Delay = Annotated[
    timedelta, BeforeValidator(_duration(timedelta(0), timedelta(days=30))), _DURATION_SCHEMA
]
"""A wait that may be none: 0s to 30d."""
Interval = Annotated[
    timedelta,
    BeforeValidator(_duration(timedelta(milliseconds=10), timedelta(days=30))),
    _DURATION_SCHEMA,
]
"""A repetition or a limit on one step: 10ms to 30d."""
Period = Annotated[
    timedelta, BeforeValidator(_duration(timedelta(seconds=1), _LONGEST)), _DURATION_SCHEMA
]
"""How long something holds: 1s to a hundred years."""


def _no_reference(value: str) -> str:
    if "${" in value:
        raise refuse(
            "ein Verweis ${…} ist hier nicht möglich",
            "a reference ${…} is not possible here",
            "nur bei Zugangsdaten, Proxy, Adressen der Mitarbeiter und Heartbeat",
            "only for credentials, proxy, staff addresses and heartbeat",
        )
    if any(ord(sign) < ord(" ") for sign in value):
        raise refuse(
            "der Text enthält Steuerzeichen",
            "the text holds control characters",
            "ein einzeiliger Text",
            "text on one line",
        )
    if not value.strip():
        raise refuse("der Text ist leer", "the text is empty")
    return value


def _number_as_written(value: object) -> object:
    """An account number is a name: keep its zeros and its plus."""
    return value.raw if isinstance(value, Numeral) else value


Text = Annotated[str, BeforeValidator(_number_as_written), AfterValidator(_no_reference)]
"""Plain text on one line; a number is taken as it is written."""


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise refuse(
            f"{quoted(value)} ist kein Name",
            f"{quoted(value)} is not a name",
            "Buchstaben, Ziffern, - _ und Punkt, höchstens 64",
            "letters, digits, - _ and dot, at most 64",
        )
    return value


Name = Annotated[str, AfterValidator(_name)]
"""A name that the city gives, such as a channel's or a route's."""


def _secret(value: str) -> str:
    if "${" in value and not REFERENCE.fullmatch(value):
        raise refuse(
            "der Verweis ist nicht lesbar",
            "the reference cannot be read",
            "der ganze Wert ist ${env:NAME} oder ${file:PFAD}",
            "the whole value is ${env:NAME} or ${file:PATH}",
        )
    if not value:
        raise refuse(
            "der Wert ist leer",
            "the value is empty",
            "${env:NAME} oder ${file:PFAD}",
            "${env:NAME} or ${file:PATH}",
        )
    return value


Secret = Annotated[str, BeforeValidator(_number_as_written), AfterValidator(_secret)]
"""A value that may be secret: `${env:NAME}`, `${file:PATH}`, or the value itself."""


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        hint = did_you_mean(value, available_timezones())
        if hint.en.startswith("known"):  # six hundred names help nobody
            hint = Phrase(de="etwa Europe/Berlin", en="such as Europe/Berlin")
        de, en = f"unbekannte Zeitzone {quoted(value)}", f"unknown time zone {quoted(value)}"
        raise refuse(de, en, hint.de, hint.en) from error
    return value


Zone = Annotated[str, AfterValidator(_zone)]
"""An IANA name of a time zone."""


def stated(description: str, default: Any = None, **limits: Any) -> Any:
    """Return a key that need not be stated.

    Its value is None where the file states none: so the domain's defaults stand
    in one place, and a warning can tell what the city really wrote. `default`
    is what the JSON Schema shows to editors.
    """
    extra = None if default is None else {"default": default}
    return Field(default=None, description=description, json_schema_extra=extra, **limits)
