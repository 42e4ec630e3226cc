"""Can each route carry anything, and does it say what it means?"""

from __future__ import annotations

from collections.abc import Iterator

from sentinel.domain.rules import Mode
from sentinel.errors import Phrase, Problem
from sentinel.rules.document import Document, Path
from sentinel.rules.families import Families
from sentinel.rules.near import did_you_mean, quoted
from sentinel.rules.schema import Route
from sentinel.rules.shape import Pieces

_SILENT = frozenset({Mode.FROZEN, Mode.OFF})


def route_problems(document: Document, pieces: Pieces, families: Families) -> Iterator[Problem]:
    """Find what is wrong in each route, and between them."""
    first: dict[str, int] = {}
    for number, route in enumerate(pieces.routes):
        if route is None:
            continue
        path: Path = ("routes", number)
        if route.name in first:
            line = document.at(*("routes", first[route.name]), "name").line
            yield document.problem(
                document.at(*path, "name"),
                f"die Route {quoted(route.name)} gibt es doppelt",
                f"duplicate route {quoted(route.name)}",
                Phrase(de=f"zuerst in Zeile {line}", en=f"first in line {line}"),
            )
        first.setdefault(route.name, number)
        yield from _names(document, pieces, route, path)
        yield from _numbers(document, route, path)
        yield from _silence(document, pieces, families, route, path)


def _names(document: Document, pieces: Pieces, route: Route, path: Path) -> Iterator[Problem]:
    seen: set[str] = set()
    for key, names in (("always", route.always or []), ("priority", route.priority or [])):
        for place, name in enumerate(names):
            spot = document.at(*path, key, place)
            if name not in pieces.channels:
                yield document.problem(
                    spot,
                    f"den Kanal {quoted(name)} gibt es nicht",
                    f"no channel {quoted(name)}",
                    did_you_mean(name, pieces.channels),
                )
            elif name in seen:
                yield document.problem(
                    spot,
                    f"der Kanal {quoted(name)} steht doppelt in der Route",
                    f"channel {quoted(name)} stands twice in the route",
                    Phrase(de="einmal genügt", en="once is enough"),
                )
            seen.add(name)


def _numbers(document: Document, route: Route, path: Path) -> Iterator[Problem]:
    listed = len(route.priority or ())
    if not listed and not route.always:
        yield document.problem(
            document.at_key(*path),
            f"die Route {quoted(route.name)} hat keine Kanäle",
            f"route {quoted(route.name)} has no channels",
            Phrase(de="always oder priority angeben", en="state always or priority"),
        )
    elif route.copies is not None and route.copies > listed:
        yield document.problem(
            document.at(*path, "copies"),
            "copies ist größer als die Liste unter priority",
            "copies is larger than the priority list",
            Phrase(de=f"höchstens {listed}", en=f"at most {listed}"),
        )


def _silence(
    document: Document, pieces: Pieces, families: Families, route: Route, path: Path
) -> Iterator[Problem]:
    """A list in which nothing speaks is a promise that cannot be kept."""
    for key, names in (("always", route.always or []), ("priority", route.priority or [])):
        known = [pieces.channels.get(name) for name in names]
        if not known or None in known:
            continue
        there = [one for one in known if one and families.in_use(one.platform)]
        spot = document.at(*path, key)
        if not there:
            yield document.problem(
                spot,
                f"kein Kanal unter {key} ist schon in Gebrauch",
                f"no channel under {key} is in use yet",
                Phrase(
                    de="einen Kanal auf einer fertigen Plattform dazunehmen",
                    en="add a channel on a platform that is ready",
                ),
            )
            continue
        if key == "always":
            continue
        speaking = [one for one in there if one.mode not in _SILENT]
        if not speaking:
            yield document.problem(
                spot,
                "hier könnte nie etwas veröffentlicht werden",
                "nothing could ever be published here",
                Phrase(
                    de="mindestens ein Kanal mit mode active oder standby",
                    en="at least one channel with mode active or standby",
                ),
            )
        elif len(there) < min(route.copies or 1, len(known)):
            yield document.problem(
                spot,
                "zu wenige dieser Kanäle sind schon in Gebrauch",
                "too few of these channels are in use yet",
                Phrase(de=f"copies höchstens {len(there)}", en=f"copies at most {len(there)}"),
            )
