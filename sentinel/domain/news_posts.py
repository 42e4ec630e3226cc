"""What staff are told of single posts: refused, not as they were sent, taken down or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import DeliveryState
from sentinel.domain.news_item import News
from sentinel.domain.takedown import Obstacle
from sentinel.domain.wording import because
from sentinel.errors import Phrase

Payload = Mapping[str, Any]


def _refused(payload: Payload) -> News | None:
    """A refused channel is an outage or a rerouting; a refused text is news of its own."""
    if payload.get("state") != DeliveryState.REFUSED:
        return None
    channel, message = payload.get("channel"), payload.get("message")
    return News(
        subject=Phrase(de=f"Text abgelehnt: {channel}", en=f"Text refused: {channel}"),
        text=Phrase(
            de=f"{channel} nimmt den Text einer Meldung nicht an; dort erscheint sie nicht.",
            en=f"{channel} does not take the text of a message; it will not appear there.",
        ),
        please=Phrase(
            de=f"Nachsehen, wo die Meldung sonst steht: sentinel message {message}",
            en=f"Look where else the message stands: sentinel message {message}",
        ),
    )


def _dead_link(payload: Payload) -> News:
    number, host = payload.get("number"), payload.get("host")
    return News(
        subject=Phrase(
            de=f"Toter Link in Meldung Nr. {number}", en=f"Dead link in message no. {number}"
        ),
        text=Phrase(
            de=f"Der Link auf {host} in Meldung Nr. {number}, die veröffentlicht ist, "
            f"{payload.get('what_de')}.",
            en=f"The link to {host} in message no. {number}, which is live, "
            f"{payload.get('what_en')}.",
        ),
        please=Phrase(
            de=f"Die Seite prüfen, oder die Meldung aktualisieren: sentinel update {number}",
            en=f"Look at the page, or update the message: sentinel update {number}",
        ),
    )


def _link_works(payload: Payload) -> News:
    number, host = payload.get("number"), payload.get("host")
    return News(
        subject=Phrase(
            de=f"Link in Meldung Nr. {number} geht wieder",
            en=f"Link in message no. {number} works again",
        ),
        text=Phrase(
            de=f"Der Link auf {host} in Meldung Nr. {number} geht wieder.",
            en=f"The link to {host} in message no. {number} works again.",
        ),
    )


_NOTES: Mapping[str, Phrase] = {
    Cause.TRUNCATED: Phrase(
        de="dort steht ein anderer Text als gesendet wurde, meist ein gekürzter",
        en="the text there is not the one that was sent, most often it is cut",
    ),
    Cause.NOT_VISIBLE: Phrase(
        de="er ist dort nicht zu sehen, obwohl die Plattform ihn angenommen hat",
        en="it cannot be seen there although the platform took it",
    ),
    Cause.READER_RESTRICTED: Phrase(
        de="dort können ihn nicht alle lesen, etwa nur mit Anmeldung",
        en="not everybody can read it there, for instance only after a login",
    ),
}


def _doubted(payload: Payload) -> News | None:
    """A live post that is not as it was sent: only a person can mend it."""
    note = _NOTES.get(str(payload.get("note")))
    if note is None:
        return None
    channel, message = payload.get("channel"), payload.get("message")
    return News(
        subject=Phrase(
            de=f"Beitrag bitte ansehen: {channel}", en=f"Please look at a post: {channel}"
        ),
        text=Phrase(
            de=f"Mit einem Beitrag auf {channel} stimmt etwas nicht: {note.de}.",
            en=f"Something is wrong with a post on {channel}: {note.en}.",
        ),
        done=Phrase(
            de="Sentinel löscht und wiederholt dort nichts von selbst.",
            en="Sentinel neither deletes nor repeats anything there by itself.",
        ),
        please=Phrase(
            de=f"Den Beitrag ansehen. Seine Adresse zeigt: sentinel message {message}",
            en=f"Look at the post. Its address: sentinel message {message}",
        ),
    )


def _still_there(payload: Payload) -> News:
    number, channel = payload.get("number"), payload.get("channel")
    why = _because(payload.get("cause"))
    return News(
        subject=Phrase(
            de=f"Noch nicht gelöscht: Meldung Nr. {number} auf {channel}",
            en=f"Not deleted yet: message no. {number} on {channel}",
        ),
        text=Phrase(
            de=f"Meldung Nr. {number} steht noch auf {channel}{why.de}. {_where(payload).de}",
            en=f"Message no. {number} still stands on {channel}{why.en}. {_where(payload).en}",
        ),
        done=Phrase(
            de="Sentinel versucht das Löschen eine Stunde lang weiter.",
            en="Sentinel keeps trying to delete it for an hour.",
        ),
    )


_OBSTACLES: Mapping[str, Phrase] = {
    Obstacle.PLATFORM: Phrase(
        de="Was dort veröffentlicht ist, kann Sentinel nicht löschen.",
        en="Sentinel cannot delete what was published there.",
    ),
    Obstacle.BY_PERSON: Phrase(
        de="Ein Mensch hat sie dort veröffentlicht; Sentinel kennt den Beitrag nicht.",
        en="A person published it there; Sentinel does not know the post.",
    ),
    Obstacle.RULES: Phrase(
        de="Das Konto steht nicht mehr in den Regeln.", en="The account is no longer in the rules."
    ),
    Obstacle.GAVE_UP: Phrase(
        de="Eine Stunde lang ist es nicht gelungen, sie zu löschen.",
        en="For an hour it could not be deleted.",
    ),
}


def _left_standing(payload: Payload) -> News:
    number, channel = payload.get("number"), payload.get("channel")
    unknown = Phrase(de="Sentinel kann sie nicht löschen.", en="Sentinel cannot delete it.")
    why = _OBSTACLES.get(str(payload.get("obstacle")), unknown)
    return News(
        subject=Phrase(
            de=f"Bitte von Hand löschen: Meldung Nr. {number} auf {channel}",
            en=f"Please delete by hand: message no. {number} on {channel}",
        ),
        text=Phrase(
            de=f"Meldung Nr. {number} soll weg, steht aber noch auf {channel}. {why.de} "
            f"{_where(payload).de}",
            en=f"Message no. {number} is to go but still stands on {channel}. {why.en} "
            f"{_where(payload).en}",
        ),
        please=Phrase(de="Dort von Hand löschen.", en="Delete it there by hand."),
    )


def _withdrawn(payload: Payload) -> News | None:
    """That a post is gone is news only where staff had heard that it would not go."""
    if not payload.get("told"):
        return None
    number, channel = payload.get("number"), payload.get("channel")
    return News(
        subject=Phrase(
            de=f"Jetzt gelöscht: Meldung Nr. {number} auf {channel}",
            en=f"Deleted now: message no. {number} on {channel}",
        ),
        text=Phrase(
            de=f"Meldung Nr. {number} steht nicht mehr auf {channel}.",
            en=f"Message no. {number} no longer stands on {channel}.",
        ),
    )


def _because(cause: object) -> Phrase:
    if cause not in set(Cause):
        return Phrase(de="", en="")
    why = because(Cause(str(cause)))
    return Phrase(de=f", weil {why.de}", en=f" because {why.en}")


def _where(payload: Payload) -> Phrase:
    if permalink := payload.get("permalink"):
        return Phrase(de=f"Adresse: {permalink}", en=f"Address: {permalink}")
    message = payload.get("message")
    return Phrase(
        de=f"Wo sie steht: sentinel message {message}",
        en=f"Where it stands: sentinel message {message}",
    )


POSTS: Mapping[str, Callable[[Payload], News | None]] = {
    "delivery.refused": _refused,
    "delivery.doubted": _doubted,
    "delivery.still_there": _still_there,
    "delivery.left_standing": _left_standing,
    "delivery.withdrawn": _withdrawn,
    "link.dead": _dead_link,
    "link.works": _link_works,
}
"""What each journal kind about a single post means for staff."""
