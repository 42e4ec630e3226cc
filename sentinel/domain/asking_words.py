"""What a person reads who is asked to post by hand, in their own language.

Whatever it comes as, the link is in it: a text message has no room for the text
to post, so there the page behind the link shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sentinel.domain.letter import EXERCISE
from sentinel.errors import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be posted, where, by when. `link`: where to say that it is done."""

    number: int
    channel: str
    text: str
    until: str  # on the city's clock
    link: str
    open_at: str | None = None  # opens the place with the text typed in
    owed: bool = False  # an earlier link of the chain stands there, or may
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A notification; `short` is for text messages."""

    subject: Phrase
    text: Phrase
    short: Phrase


def asking(task: Task) -> Words:
    """Return the request."""
    mark = _mark(exercise=task.exercise)
    number, channel, until, link = task.number, task.channel, task.until, task.link
    return Words(
        subject=Phrase(
            de=f"{mark.de}Bitte veröffentlichen: Meldung Nr. {number} auf {channel}",
            en=f"{mark.en}Please publish: message no. {number} on {channel}",
        ),
        text=Phrase(de=mark.de + _asking_de(task), en=mark.en + _asking_en(task)),
        short=Phrase(
            de=f"{mark.de}Bitte Nr. {number} bis {until} auf {channel} veröffentlichen. Text und "
            f"Bestätigung: {link}",
            en=f"{mark.en}Please publish no. {number} on {channel} by {until}. Text, and to "
            f"confirm: {link}",
        ),
    )


def reminding(task: Task) -> Words:
    """Return the one reminder."""
    first, mark = asking(task), _mark(exercise=task.exercise)
    bare = asking(replace(task, exercise=False))
    return Words(
        subject=Phrase(
            de=f"{mark.de}Erinnerung: {bare.subject.de}", en=f"{mark.en}Reminder: {bare.subject.en}"
        ),
        text=Phrase(
            de=f"{mark.de}Noch ist nicht bestätigt, dass diese Meldung erschienen ist. Ist sie es "
            f"schon, bitte nur bestätigen: {task.link}\n\n{first.text.de}",
            en=f"{mark.en}Nobody has confirmed yet that this message is out. If it is, please "
            f"just confirm it: {task.link}\n\n{first.text.en}",
        ),
        short=Phrase(
            de=f"{mark.de}Erinnerung: {bare.short.de}", en=f"{mark.en}Reminder: {bare.short.en}"
        ),
    )


def stopping(number: int, channel: str, *, exercise: bool = False) -> Words:
    """Return that what was asked for is to be posted no more."""
    mark = _mark(exercise=exercise)
    subject = Phrase(
        de=f"{mark.de}Bitte NICHT mehr veröffentlichen: Meldung Nr. {number} auf {channel}",
        en=f"{mark.en}Please do NOT publish any more: message no. {number} on {channel}",
    )
    return Words(
        subject=subject,
        text=Phrase(
            de=f"{mark.de}Meldung Nr. {number} ist zurückgezogen oder von einer späteren abgelöst. "
            f"Bitte auf {channel} nicht mehr veröffentlichen. Steht sie dort schon, bitte löschen, "
            "oder die spätere Meldung folgen lassen.",
            en=f"{mark.en}Message no. {number} has been withdrawn, or a later one took its place. "
            f"Please do not publish it on {channel} any more. If it stands there already, please "
            "delete it, or let the later message follow.",
        ),
        short=Phrase(
            de=f"{subject.de}. Steht sie dort schon, bitte löschen.",
            en=f"{subject.en}. If it stands there already, please delete it.",
        ),
    )


def _mark(*, exercise: bool) -> Phrase:
    return EXERCISE if exercise else Phrase(de="", en="")


def _asking_de(task: Task) -> str:
    owed = "Dort steht vielleicht eine frühere Meldung, auf die diese folgt.\n"
    lines = [
        f"{owed if task.owed else ''}Bitte bis {task.until} auf {task.channel} veröffentlichen:",
        "",
        task.text,
        "",
        *([f"Öffnen: {task.open_at}"] if task.open_at else []),
        f"Danach hier bestätigen: {task.link}",
        f"Ohne Bestätigung bis {task.until} geht die Meldung ohne diesen Kanal weiter.",
    ]
    return "\n".join(lines)


def _asking_en(task: Task) -> str:
    owed = "An earlier message, which this one follows, may stand there.\n"
    lines = [
        f"{owed if task.owed else ''}Please publish this text on {task.channel} by {task.until}:",
        "",
        task.text,
        "",
        *([f"Open: {task.open_at}"] if task.open_at else []),
        f"Then confirm it here: {task.link}",
        f"Without that by {task.until} the message goes on without this channel.",
    ]
    return "\n".join(lines)
