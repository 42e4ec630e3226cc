"""The second judgement of a drill: does what it names exist, and fit together?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from sentinel.domain.rules import Rules
from sentinel.drills.claims import (
    Delivered,
    Judged,
    Notified,
    Outages,
    Posts,
    Rerouted,
    Tries,
    Where,
    Wording,
)
from sentinel.drills.places import known_faces
from sentinel.drills.shape import DrillFile, Expectation, Fault
from sentinel.errors import InputError, Phrase, Problem
from sentinel.rules.document import Document, Path
from sentinel.rules.near import did_you_mean, quoted
from sentinel.simulator.faults import Board

LONGEST: Final = timedelta(minutes=30)
_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)  # a fault's duration is only read here


def meaning_problems(document: Document, drill: DrillFile, rules: Rules) -> Iterator[Problem]:
    """Yield what cannot be played, or could never hold."""
    yield from _steps(document, drill)
    yield from _headlines(document, drill)
    for number, step in enumerate(drill.steps):
        if step.fault is not None:
            yield from _fault(document, ("steps", number, "fault"), step.fault)
        yield from _by_a_person(document, number, drill, rules)
    for number, expectation in enumerate(drill.expect):
        yield from _named(document, ("expect", number), expectation, drill, rules)


def _steps(document: Document, drill: DrillFile) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, step in enumerate(drill.steps):
        here: Path = ("steps", number)
        if number and step.at < drill.steps[number - 1].at:
            yield document.problem(
                document.at(*here, "at"),
                "der Schritt liegt vor dem Schritt über ihm",
                "the step comes before the one above it",
                Phrase(de="der Zeit nach ordnen", en="put them in order of time"),
            )
        if step.at > LONGEST:
            yield document.problem(
                document.at(*here, "at"),
                "eine Übung dauert höchstens 30m",
                "a drill lasts 30m at most",
            )
        if step.name in seen:
            yield document.problem(
                document.at(*here, "name"),
                f"der Name {step.name!r} steht doppelt",
                f"the name {step.name!r} stands twice",
            )
        seen |= {step.name} if step.name else set()


def _headlines(document: Document, drill: DrillFile) -> Iterator[Problem]:
    """Posts are told apart by their headlines."""
    sent = [(number, step.send.headline) for number, step in enumerate(drill.steps) if step.send]
    for number, headline in sent:
        twins = [other for other, theirs in sent if other != number and headline in theirs]
        if twins:
            yield document.problem(
                document.at("steps", number, "send", "headline"),
                f"die Überschrift steht auch in Schritt {twins[0] + 1}",
                f"the headline stands in step {twins[0] + 1} too",
                Phrase(
                    de="an den Überschriften werden die Beiträge unterschieden",
                    en="posts are told apart by their headlines",
                ),
            )


def _fault(document: Document, here: Path, fault: Fault) -> Iterator[Problem]:
    board = Board(lambda: [face.target for face in known_faces().values()], lambda: _ANY_TIME)
    try:
        board.read(fault.body())
    except InputError as error:
        spot = document.at(*here, *(part for part in error.field.split(".") if part))
        yield Problem(line=spot.line, column=spot.column, what=error.phrase)


def _named(
    document: Document, here: Path, expectation: Expectation, drill: DrillFile, rules: Rules
) -> Iterator[Problem]:
    names = [step.name for step in drill.steps if step.name]
    messages = [step.name for step in drill.steps if step.name and step.send]
    if expectation.since is not None and expectation.since not in names:
        path: Path = (*here, "from")
        yield _unknown(document, path, Phrase("Schritt", "step"), expectation.since, names)
    for key, de, en, name, known in _mentions(expectation, messages, rules):
        if name is not None and name not in known:
            yield _unknown(document, (*here, expectation.kind, key), Phrase(de, en), name, known)


def _mentions(
    expectation: Expectation, messages: list[str], rules: Rules
) -> Iterator[tuple[str, str, str, str | None, Iterable[str]]]:
    """Yield key, word in both languages, name, and the names that there are."""
    match expectation.claim:
        case Rerouted(message=message, away_from=away_from, to=to):
            yield "message", "Meldung", "message", message, messages
            yield "away_from", "Kanal", "channel", away_from, rules.channels
            yield "to", "Kanal", "channel", to, rules.channels
        case (
            Where(message=message, channel=channel)
            | Delivered(message=message, channel=channel)
            | Wording(message=message, channel=channel)
        ):
            yield "message", "Meldung", "message", message, messages
            yield "channel", "Kanal", "channel", channel, rules.channels
        case Posts(message=message, platform=platform) | Tries(message=message, platform=platform):
            yield "message", "Meldung", "message", message, messages
            yield "platform", "Plattform", "platform", platform, known_faces()
        case Judged(channel=channel) | Outages(channel=channel):
            yield "channel", "Kanal", "channel", channel, rules.channels
        case Notified(contact=contact):
            yield "contact", "Kontakt", "contact", contact, rules.staff.contacts


def _by_a_person(
    document: Document, number: int, drill: DrillFile, rules: Rules
) -> Iterator[Problem]:
    """Yield the names that a confirmation or an acknowledgement uses, and nobody has."""
    step = drill.steps[number]
    said = step.confirm or step.acknowledge
    if said is None:
        return
    names: list[tuple[str, Phrase, Iterable[str]]] = [
        (
            "message",
            Phrase("Meldung", "message"),
            [s.name for s in drill.steps if s.name and s.send],
        ),
        ("channel", Phrase("Kanal", "channel"), rules.channels),
        ("contact", Phrase("Kontakt", "contact"), rules.staff.contacts),
    ]
    for key, what, known in names:
        name = getattr(said, key, None)
        if name is not None and name not in known:
            path: Path = ("steps", number, step.action, key)
            yield _unknown(document, path, what, name, known)


def _unknown(
    document: Document, path: Path, what: Phrase, name: str, known: Iterable[str]
) -> Problem:
    return document.problem(
        document.at(*path),
        f"unbekannt ({what.de}): {quoted(name)}",
        f"unknown {what.en}: {quoted(name)}",
        did_you_mean(name, known),
    )
