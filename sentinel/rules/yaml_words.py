"""What is wrong with broken YAML, in people's words.

The parser's own message is never passed on: it quotes the file, and what
stands there may be a password that begins with `*`.
"""

from __future__ import annotations

from typing import Final

from sentinel.errors import Phrase

_HINTS: Final[tuple[tuple[str, Phrase], ...]] = (
    (
        "character '\\t'",
        Phrase(de="mit Leerzeichen einrücken, nicht mit Tabulator", en="indent with spaces"),
    ),
    (
        "cannot start any token",
        Phrase(
            de="Werte, die mit @, % oder ` beginnen, in Anführungszeichen",
            en="quote a value that begins with @, % or `",
        ),
    ),
    (
        "undefined alias",
        Phrase(
            de="Werte, die mit * beginnen, in Anführungszeichen",
            en="quote a value that begins with *",
        ),
    ),
    (
        "mapping values are not allowed",
        Phrase(
            de="Einrückung prüfen; Werte mit Doppelpunkt in Anführungszeichen",
            en="check the indentation; quote a value with a colon",
        ),
    ),
    (
        "escape character",
        Phrase(
            de="einfache Anführungszeichen, wenn ein \\ vorkommt",
            en="use single quotes where there is a \\",
        ),
    ),
    (
        "quoted scalar",
        Phrase(de="ein Anführungszeichen fehlt", en="a closing quote is missing"),
    ),
    (
        "flow sequence",
        Phrase(de="ein Komma oder ] fehlt", en="a comma or ] is missing"),
    ),
    (
        "flow mapping",
        Phrase(de="ein Komma oder } fehlt", en="a comma or } is missing"),
    ),
    (
        "another document",
        Phrase(de="die Zeile --- entfernen", en="remove the line ---"),
    ),
    (
        "expected ':'",
        Phrase(de="ein Doppelpunkt fehlt", en="a colon is missing"),
    ),
)

_OTHERWISE: Final = Phrase(
    de="Einrückung und Klammern prüfen", en="check the indentation and the brackets"
)


def syntax_hint(problem: str, context: str) -> Phrase:
    """Return what would be right, judged by the parser's `problem` and `context`."""
    said = f"{problem} {context}"
    return next((hint for sign, hint in _HINTS if sign in said), _OTHERWISE)
