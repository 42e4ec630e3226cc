"""The arguments that say what a message says: of `send`, `preview`, `update` and `all-clear`."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sentinel.app.clock import utc_now
from sentinel.cli.context import Context
from sentinel.cli.parser import Parser, duration, moment
from sentinel.domain.cause import Severity
from sentinel.errors import InputError, Phrase

Shape = dict[str, Any]

TEXT_BYTES: Final = 1024 * 1024  # the API's own limit for a whole body

_PLAIN: Final = {
    "headline": Phrase(de="Überschrift, höchstens 160 Zeichen", en="headline, at most 160"),
    "category": Phrase(de="CAP-Kategorie, etwa Met oder Fire", en="CAP category, such as Met"),
    "link": Phrase(de="Adresse mit mehr dazu", en="address with more"),
    "image": Phrase(de="Bilddatei", en="image file"),
    "alt-text": Phrase(de="was auf dem Bild zu sehen ist", en="what the image shows"),
    "short-text": Phrase(de="für enge Kanäle", en="for channels with little room"),
    "instruction": Phrase(de="was zu tun ist; wird nie gekürzt", en="what to do; never shortened"),
    "area": Phrase(de="für welches Gebiet", en="for which area"),
}


def content_arguments(parser: Parser, context: Context) -> None:
    """Add the arguments that say what a message says."""
    _arguments(parser, context, whole=True)


def stated_arguments(parser: Parser, context: Context) -> None:
    """Add the same, none of them required."""
    _arguments(parser, context, whole=False)


def _arguments(parser: Parser, context: Context, *, whole: bool) -> None:
    say = context.say
    for name, phrase in _PLAIN.items():
        required = whole and name == "headline"
        parser.add_argument(f"--{name}", help=say(phrase), required=required)
    text = parser.add_mutually_exclusive_group(required=whole)
    text.add_argument("--text", help=say(Phrase(de="der Text", en="the text")))
    text.add_argument(
        "--text-file",
        type=Path,
        metavar="F",
        help=say(Phrase(de="der Text, aus einer Datei", en="the text, from a file")),
    )
    text.add_argument(
        "stdin",
        nargs="?",
        choices=["-"],
        metavar="-",
        help=say(Phrase(de="der Text, von der Standardeingabe", en="the text, from stdin")),
    )
    parser.add_argument(
        "--severity",
        required=whole,
        choices=[severity.value for severity in Severity],
        help=say(Phrase(de="wie schwer", en="how grave")),
    )
    for name, phrase in _REPEATED.items():
        parser.add_argument(f"--{name}", action="append", default=[], help=say(phrase))
    for name, phrase in _SWITCHES.items():
        parser.add_argument(f"--{name}", action="store_true", help=say(phrase))
    _time_arguments(parser, context)


_REPEATED: Final = {
    "tag": Phrase(de="Schlagwort; mehrfach", en="tag; repeatable"),
    "channel": Phrase(de="nur auf diesen Kanälen; mehrfach", en="only there; repeatable"),
}
_SWITCHES: Final = {
    "routine": Phrase(de="nichts Dringendes", en="nothing urgent"),
    "exercise": Phrase(
        de="eine Übung: nur auf Kanälen, die das erlauben",
        en="an exercise: only on channels that allow it",
    ),
}


def _time_arguments(parser: Parser, context: Context) -> None:
    at = moment(context.language, context.peek.zone)
    parser.add_argument(
        "--not-before",
        type=at,
        metavar="T",
        help=context.say(Phrase(de="nicht früher", en="no earlier")),
    )
    end = parser.add_mutually_exclusive_group()
    end.add_argument(
        "--expires-at",
        type=at,
        metavar="T",
        help=context.say(Phrase(de="gilt bis", en="valid until")),
    )
    end.add_argument(
        "--expires-in",
        type=duration(context.language),
        metavar="D",
        help=context.say(Phrase(de="gilt so lange", en="valid so long")),
    )


def content_of(options: Namespace) -> Shape:
    """Return the body of `POST /api/v1/messages`; what was not stated is left out.

    Raises:
        InputError: A file cannot be read.
    """
    stated = {
        "headline": options.headline,
        "text": _text(options),
        "severity": options.severity,
        "short_text": options.short_text,
        "instruction": options.instruction,
        "area": options.area,
        "category": options.category,
        "link": options.link,
        "image": _image(options.image),
        "alt_text": options.alt_text,
        "tags": options.tag,
        "channels": options.channel,
        "not_before": _stamp(options.not_before),
        "expires_at": _stamp(_end(options)),
        "routine": options.routine,
        "exercise": options.exercise,
    }
    return {name: value for name, value in stated.items() if value not in (None, [], False)}


def _text(options: Namespace) -> str | None:
    if options.text is not None:
        return str(options.text)
    if options.text_file is None:
        if options.stdin is None:
            return None
        return _decoded(sys.stdin.buffer.read(TEXT_BYTES + 1), "-")
    try:
        with options.text_file.open("rb") as stream:
            return _decoded(stream.read(TEXT_BYTES + 1), str(options.text_file))
    except OSError as error:
        raise _unreadable("--text-file", str(options.text_file), error) from error


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            Phrase(de=f"{name} ist kein Text in UTF-8", en=f"{name} is not text in UTF-8"),
            field="text",
        ) from error


def _image(name: str | None) -> str | None:
    """Return the image's absolute path: the daemon works in another folder."""
    if name is None or "://" in name:
        return name
    try:
        with Path(name).open("rb"):
            return str(Path(name).absolute())
    except OSError as error:
        raise _unreadable("--image", name, error) from error


def _unreadable(option: str, name: str, error: OSError) -> InputError:
    return InputError(
        Phrase(
            de=f"{option}: {name} ist nicht lesbar: {error.strerror}",
            en=f"{option}: {name} cannot be read: {error.strerror}",
        ),
        field=option.strip("-"),
    )


def _end(options: Namespace) -> datetime | None:
    if options.expires_in is None:
        end: datetime | None = options.expires_at
        return end
    if options.not_before is not None:
        start: datetime = options.not_before
        return start + options.expires_in  # type: ignore[no-any-return] # argparse knows no types
    return utc_now() + options.expires_in  # type: ignore[no-any-return] # argparse knows no types


def _stamp(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
