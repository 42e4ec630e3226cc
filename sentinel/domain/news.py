"""What staff are told: journal entries that are news, in words a sleepy person understands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from typing import Any

from sentinel.domain.news_credentials import CREDENTIALS
from sentinel.domain.news_health import HEALTH
from sentinel.domain.news_item import News
from sentinel.domain.news_messages import MESSAGES
from sentinel.domain.news_posts import POSTS
from sentinel.domain.news_posture import POSTURE
from sentinel.domain.news_quota import QUOTA
from sentinel.domain.news_staff import STAFF
from sentinel.errors import Phrase


def news_of(kind: str, subject: str, payload: Mapping[str, Any], zone: tzinfo = UTC) -> News | None:
    """Return what a journal entry means for staff, or None if it is no news. Times are `zone`'s."""
    if (of_staff := STAFF.get(kind)) is not None:
        return of_staff(payload, zone)
    if (tell := _OF_PAYLOAD.get(kind)) is not None:
        return tell(payload)
    with_subject = _NEWS.get(kind)
    return with_subject(subject, payload) if with_subject else None


_OF_PAYLOAD: Mapping[str, Callable[[Mapping[str, Any]], News | None]] = {
    **MESSAGES,
    **POSTS,
    **POSTURE,
    **QUOTA,
    **CREDENTIALS,
}


def _file_refused(file: str, payload: Mapping[str, Any]) -> News:
    """Whoever put it there may be a machine that reads no answer."""
    return News(
        subject=Phrase(de=f"Datei abgelehnt: {file}", en=f"File refused: {file}"),
        text=Phrase(
            de=f"Die Datei {file} im Eingang wurde nicht angenommen, nichts davon geht hinaus: "
            f"{payload.get('reason_de')}.",
            en=f"File {file} in the intake folder was not accepted, nothing in it goes out: "
            f"{payload.get('reason_en')}.",
        ),
        done=Phrase(
            de="Sie liegt mit der Begründung unter refused.",
            en="It lies under refused, with the reason.",
        ),
        please=Phrase(
            de="Gilt die Meldung noch, berichtigen und neu in den Eingang legen.",
            en="If the message still holds, correct it and put it into the intake folder again.",
        ),
    )


def _file_blocked(file: str, payload: Mapping[str, Any]) -> News:
    why = payload.get("error")
    return News(
        subject=Phrase(de=f"Eingang: {file} steckt fest", en=f"Intake folder: {file} is stuck"),
        text=Phrase(
            de=f"{file} lässt sich nicht lesen oder nicht verschieben ({why}).",
            en=f"{file} cannot be read, or not be moved ({why}).",
        ),
        done=Phrase(de="Sentinel versucht es weiter.", en="Sentinel keeps trying."),
        please=Phrase(
            de="Die Rechte von Datei und Ordner prüfen.",
            en="Check the permissions of file and folder.",
        ),
    )


def _rules_refused(_: str, payload: Mapping[str, Any]) -> News:
    first = _first_problems(payload)
    return News(
        subject=Phrase(de="Neue Regeln abgelehnt", en="New rules refused"),
        text=Phrase(
            de=f"Die bisherigen Regeln gelten weiter. Fehler: {first.de}",
            en=f"The old rules stay in force. Errors: {first.en}",
        ),
        please=Phrase(
            de="Die Datei berichtigen und neu laden.", en="Correct the file and load it anew."
        ),
    )


_PROBLEMS = 5
"""Of refused rules, as many are told; whoever mends the file sees all."""


def _first_problems(payload: Mapping[str, Any]) -> Phrase:
    """Return the first problems, each in a line of its own, and how many more there are."""
    de, en = (str(payload.get(name) or "?").split("\n") for name in ("problems_de", "problems_en"))
    more = len(en) - _PROBLEMS
    if more > 0:
        de = [*de[:_PROBLEMS], f"und {more} weitere: sentinel check-rules"]
        en = [*en[:_PROBLEMS], f"and {more} more: sentinel check-rules"]
    return Phrase(de="\n".join(de), en="\n".join(en))


def _held(_: str, payload: Mapping[str, Any]) -> News:
    return News(
        subject=Phrase(de="Veröffentlichen angehalten", en="Publishing is on hold"),
        text=Phrase(
            de=f"Nichts geht hinaus, bis jemand fortsetzt. Grund: {payload.get('reason')}",
            en=f"Nothing goes out until somebody resumes. Reason: {payload.get('reason')}",
        ),
        means=Phrase(
            de="Auch extreme und schwere Meldungen warten.",
            en="Extreme and severe messages wait as well.",
        ),
        please=Phrase(
            de="Ist der Grund vorbei, fortsetzen: sentinel resume",
            en="When the reason is gone, resume: sentinel resume",
        ),
    )


def _resumed(_: str, payload: Mapping[str, Any]) -> News:
    by = payload.get("by", "?")
    return News(
        subject=Phrase(de="Veröffentlichen läuft wieder", en="Publishing resumed"),
        text=Phrase(
            de=f"Fortgesetzt von {by}. Wartende Meldungen gehen jetzt hinaus.",
            en=f"Resumed by {by}. Waiting messages go out now.",
        ),
    )


_NEWS: Mapping[str, Callable[[str, Mapping[str, Any]], News | None]] = {
    **HEALTH,
    "intake.refused": _file_refused,
    "intake.blocked": _file_blocked,
    "rules.refused": _rules_refused,
    "publishing.held": _held,
    "publishing.resumed": _resumed,
}

KINDS: frozenset[str] = frozenset({*STAFF, *_OF_PAYLOAD, *_NEWS})
"""Every journal kind that may be news."""

STORAGE_LOST = News(
    subject=Phrase(
        de="ALARM: Sentinel kann nichts mehr speichern",
        en="ALARM: Sentinel cannot store anything any more",
    ),
    text=Phrase(
        de="Die Datenbank nimmt nichts an (Platte voll, nur lesbar oder weg).",
        en="The database takes nothing (disk full, read-only or gone).",
    ),
    means=Phrase(
        de="Solange wird keine Meldung angenommen oder gesendet.",
        en="Until then no message is accepted or sent.",
    ),
    please=Phrase(
        de="Den Server prüfen. Dringende Meldungen von Hand veröffentlichen.",
        en="Look at the server. Publish urgent messages by hand.",
    ),
    alarm=True,
)
"""Told from memory: when this is so, nothing can be journalled."""

STORAGE_BACK = News(
    subject=Phrase(de="Sentinel kann wieder speichern", en="Sentinel can store again"),
    text=Phrase(
        de="Die Datenbank nimmt wieder an; wartende Meldungen gehen hinaus.",
        en="The database takes writes again; waiting messages go out.",
    ),
)
