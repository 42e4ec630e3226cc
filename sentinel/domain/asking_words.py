"""What a person reads who is asked to post by hand, in their own language."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A notification."""

    subject: Phrase
    text: Phrase


def asking(task: Task) -> Words:
    """Return the request."""
    return Words(
        subject=Phrase(
            de=f"Bitte veröffentlichen: Meldung Nr. {task.number} auf {task.channel}",
            en=f"Please publish: message no. {task.number} on {task.channel}",
        ),
        text=Phrase(de=_asking_de(task), en=_asking_en(task)),
    )


def reminding(task: Task) -> Words:
    """Return the one reminder."""
    first = asking(task)
    return Words(
        subject=Phrase(de=f"Erinnerung: {first.subject.de}", en=f"Reminder: {first.subject.en}"),
        text=Phrase(
            de="Noch ist nicht bestätigt, dass diese Meldung erschienen ist. Ist sie es schon, "
            f"bitte nur bestätigen: {task.link}\n\n{first.text.de}",
            en="Nobody has confirmed yet that this message is out. If it is, please just "
            f"confirm it: {task.link}\n\n{first.text.en}",
        ),
    )


def stopping(number: int, channel: str) -> Words:
    """Return that what was asked for is to be posted no more."""
    return Words(
        subject=Phrase(
            de=f"Bitte NICHT mehr veröffentlichen: Meldung Nr. {number} auf {channel}",
            en=f"Please do NOT publish any more: message no. {number} on {channel}",
        ),
        text=Phrase(
            de=f"Meldung Nr. {number} ist zurückgezogen oder von einer späteren abgelöst. Bitte "
            f"auf {channel} nicht mehr veröffentlichen. Steht sie dort schon, bitte löschen, "
            "oder die spätere Meldung folgen lassen.",
            en=f"Message no. {number} has been withdrawn, or a later one took its place. Please "
            f"do not publish it on {channel} any more. If it stands there already, please "
            "delete it, or let the later message follow.",
        ),
    )


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
