"""What staff are told: journal entries that are news, in words a sleepy person understands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sentinel.domain.cause import EFFECTS, Ability, Cause, State
from sentinel.domain.news_credentials import CREDENTIALS
from sentinel.domain.news_health import HEALTH
from sentinel.domain.news_item import News
from sentinel.domain.news_posts import POSTS
from sentinel.domain.news_posture import POSTURE
from sentinel.domain.news_quota import QUOTA
from sentinel.domain.plan import Reason
from sentinel.domain.wording import say
from sentinel.errors import Phrase


def news_of(kind: str, subject: str, payload: Mapping[str, Any]) -> News | None:
    """Return what a journal entry means for staff, or None if it is no news."""
    if (
        tell_other := POSTS.get(kind)
        or POSTURE.get(kind)
        or QUOTA.get(kind)
        or CREDENTIALS.get(kind)
    ) is not None:
        return tell_other(payload)
    tell = _NEWS.get(kind)
    return tell(subject, payload) if tell else None


def _stranded(_: str, payload: Mapping[str, Any]) -> News:
    number, routes = payload.get("number"), ", ".join(payload.get("stranded", ()))
    return News(
        subject=Phrase(
            de=f"ALARM: Meldung Nr. {number} steckt fest",
            en=f"ALARM: message no. {number} is stranded",
        ),
        text=Phrase(
            de=(
                f"Für Meldung Nr. {number} fehlt ein brauchbarer Kanal (Route: {routes}). "
                "Sentinel versucht den besten weiter. Bitte die Meldung von Hand veröffentlichen; "
                f"die fertigen Texte zeigt: sentinel message {number}"
            ),
            en=(
                f"Message no. {number} lacks a usable channel (route: {routes}). "
                "Sentinel keeps trying the best one. Please publish it by hand; "
                f"the ready texts: sentinel message {number}"
            ),
        ),
        alarm=True,
    )


def _carried_again(_: str, payload: Mapping[str, Any]) -> News:
    number, channels = payload.get("number"), ", ".join(payload.get("channels", ()))
    return News(
        subject=Phrase(
            de=f"Meldung Nr. {number} steckt nicht mehr fest",
            en=f"Message no. {number} is no longer stranded",
        ),
        text=Phrase(
            de=f"Nr. {number} steckt nicht mehr fest; steht auf {channels}.",
            en=f"No. {number} is no longer stranded; it stands on {channels}.",
        ),
    )


def _expired(_: str, payload: Mapping[str, Any]) -> News:
    """A message expires only while it is not live: it never appeared as its routes ask."""
    number = payload.get("number")
    return News(
        subject=Phrase(
            de=f"ALARM: Meldung Nr. {number} ist abgelaufen",
            en=f"ALARM: message no. {number} has expired",
        ),
        text=Phrase(
            de=(
                f"Die Zeit von Meldung Nr. {number} ist um, bevor sie überall erschien, wo sie "
                "sollte. Sentinel sendet sie nicht mehr. Gilt sie noch, bitte neu senden; "
                f"wo sie steht und woran es lag: sentinel message {number}"
            ),
            en=(
                f"Message no. {number} ran out of time before it appeared everywhere it should. "
                "Sentinel no longer sends it. If it still holds, please send it anew; "
                f"where it stands, and why: sentinel message {number}"
            ),
        ),
        alarm=True,
    )


def _rerouted(_: str, payload: Mapping[str, Any]) -> News:
    number, channel = payload.get("number"), str(payload.get("channel"))
    onto = ", ".join(payload.get("onto", ()))
    why = _why(channel, str(payload.get("why")))
    return News(
        subject=Phrase(de=f"Meldung Nr. {number} umgeleitet", en=f"Message no. {number} rerouted"),
        text=Phrase(
            de=f"Nr. {number} geht jetzt über {onto} statt über {channel}. {why.de}",
            en=f"No. {number} now goes over {onto} instead of {channel}. {why.en}",
        ),
    )


def _why(channel: str, word: str) -> Phrase:
    """Return one sentence for the reason, or cause, for which a message left a channel."""
    if word in _CAUSES:
        state = EFFECTS[Cause(word)].state or State.DOWN
        return say(channel, Ability.PUBLISH, state, Cause(word))
    return _REASONS.get(word, Phrase(de=f"Grund: {word}.", en=f"Reason: {word}."))


_CAUSES = frozenset(cause.value for cause in Cause)
_REASONS: Mapping[str, Phrase] = {
    Reason.OFF: Phrase(
        de="Der Kanal ist in den Regeln abgeschaltet.",
        en="The channel is switched off in the rules.",
    ),
    Reason.FROZEN: Phrase(
        de="Der Kanal ist außer Betrieb genommen.", en="The channel was taken out of service."
    ),
    Reason.REMOVED: Phrase(
        de="Der Kanal steht nicht mehr in den Regeln.",
        en="The channel is no longer in the rules.",
    ),
    Reason.WAITED: Phrase(
        de="Dort wurde sie nicht rechtzeitig gesendet.", en="There it was not sent in time."
    ),
    Reason.UNCLEAR: Phrase(
        de="Ob sie dort erschienen ist, ist nicht bekannt.",
        en="Whether it appeared there is not known.",
    ),
}


def _awaiting_approval(_: str, payload: Mapping[str, Any]) -> News:
    number = payload.get("number")
    return News(
        subject=Phrase(
            de=f"Meldung Nr. {number} wartet auf Freigabe",
            en=f"Message no. {number} awaits approval",
        ),
        text=Phrase(
            de=(
                f"Meldung Nr. {number} geht erst hinaus, wenn eine zweite Person sie freigibt: "
                f"sentinel approve {number}"
            ),
            en=(
                f"Message no. {number} goes out only when a second person approves it: "
                f"sentinel approve {number}"
            ),
        ),
    )


def _approval_overridden(_: str, payload: Mapping[str, Any]) -> News:
    number, comment = payload.get("number"), payload.get("comment")
    return News(
        subject=Phrase(
            de=f"Ohne zweite Person freigegeben: Meldung Nr. {number}",
            en=f"Approved without a second person: message no. {number}",
        ),
        text=Phrase(
            de=f"Meldung Nr. {number} wurde im Notfall freigegeben. Begründung: {comment}",
            en=f"Message no. {number} was approved in an emergency. Reason given: {comment}",
        ),
    )


def _file_refused(file: str, payload: Mapping[str, Any]) -> News:
    """Whoever put it there may be a machine that reads no answer."""
    return News(
        subject=Phrase(de=f"Datei abgelehnt: {file}", en=f"File refused: {file}"),
        text=Phrase(
            de=(
                f"Die Datei {file} im Eingang wurde nicht angenommen, nichts davon geht hinaus: "
                f"{payload.get('reason_de')}. Sie liegt mit der Begründung unter refused."
            ),
            en=(
                f"File {file} in the intake folder was not accepted, nothing in it goes out: "
                f"{payload.get('reason_en')}. It lies under refused, with the reason."
            ),
        ),
    )


def _file_blocked(file: str, payload: Mapping[str, Any]) -> News:
    why = payload.get("error")
    return News(
        subject=Phrase(de=f"Eingang: {file} steckt fest", en=f"Intake folder: {file} is stuck"),
        text=Phrase(
            de=(
                f"{file} lässt sich nicht lesen oder nicht verschieben ({why}). "
                "Bitte die Rechte prüfen; Sentinel versucht es weiter."
            ),
            en=(
                f"{file} cannot be read, or not be moved ({why}). "
                "Please check its permissions; Sentinel keeps trying."
            ),
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
    "message.stranded": _stranded,
    "message.carried_again": _carried_again,
    "message.expired": _expired,
    "message.awaiting_approval": _awaiting_approval,
    "message.approval_overridden": _approval_overridden,
    "message.rerouted": _rerouted,
    "intake.refused": _file_refused,
    "intake.blocked": _file_blocked,
    "rules.refused": _rules_refused,
    "publishing.held": _held,
    "publishing.resumed": _resumed,
}

STORAGE_LOST = News(
    subject=Phrase(
        de="ALARM: Sentinel kann nichts mehr speichern",
        en="ALARM: Sentinel cannot store anything any more",
    ),
    text=Phrase(
        de="Die Datenbank nimmt nichts an (Platte voll, nur lesbar oder weg). Solange wird keine "
        "Meldung angenommen oder gesendet. Bitte den Server prüfen und dringende Meldungen von "
        "Hand veröffentlichen.",
        en="The database takes nothing (disk full, read-only or gone). Until then no message is "
        "accepted or sent. Please look at the server, and publish urgent messages by hand.",
    ),
)
"""Told from memory: when this is so, nothing can be journalled."""

STORAGE_BACK = News(
    subject=Phrase(de="Sentinel kann wieder speichern", en="Sentinel can store again"),
    text=Phrase(
        de="Die Datenbank nimmt wieder an; wartende Meldungen gehen hinaus.",
        en="The database takes writes again; waiting messages go out.",
    ),
)
