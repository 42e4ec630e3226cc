"""Did you mean …? One way to name what is known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from sentinel.errors import Phrase

_SHOWN = 60


def quoted(value: object) -> str:
    """Return a name from the file as it may be shown: quoted, cut, without control characters."""
    text = repr(str(value))
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 2]}…'"


def did_you_mean(name: object, known: Iterable[str]) -> Phrase:
    """Return the nearest known name as a question, or else the names that there are."""
    names = sorted(known)
    lower = {one.lower(): one for one in reversed(names)}
    near = get_close_matches(str(name).lower(), lower, n=1, cutoff=0.6)
    if near:
        best = lower[near[0]]
        return Phrase(de=f"meinten Sie {best!r}?", en=f"did you mean {best!r}?")
    if not names:
        return Phrase(de="es gibt noch keine", en="there are none yet")
    shown = ", ".join(names)
    return Phrase(de=f"möglich: {shown}", en=f"known: {shown}")
