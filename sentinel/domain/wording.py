"""Verdicts in plain words: one sentence for a press officer, in German and English."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.edge_page import edge_name
from sentinel.errors import Phrase

_UP = {
    Ability.PUBLISH: Phrase(
        de="Über {channel} kann veröffentlicht werden", en="{channel} can publish"
    ),
    Ability.READ_BACK: Phrase(
        de="Eigene Beiträge auf {channel} lassen sich zurücklesen",
        en="Our own posts on {channel} can be read back",
    ),
    Ability.PUBLIC: Phrase(
        de="{channel} ist ohne Anmeldung lesbar", en="{channel} can be read without a login"
    ),
    Ability.LISTEN: Phrase(
        de="Erwähnungen und Antworten auf {channel} sind für uns lesbar",
        en="We can read mentions and replies on {channel}",
    ),
}
_DOWN = {
    Ability.PUBLISH: Phrase(
        de="Über {channel} kann gerade nicht veröffentlicht werden",
        en="{channel} cannot publish at the moment",
    ),
    Ability.READ_BACK: Phrase(
        de="Eigene Beiträge auf {channel} lassen sich gerade nicht zurücklesen",
        en="Our own posts on {channel} cannot be read back at the moment",
    ),
    Ability.PUBLIC: Phrase(
        de="Ohne Anmeldung ist {channel} gerade nicht lesbar",
        en="{channel} cannot be read without a login at the moment",
    ),
    Ability.LISTEN: Phrase(
        de="Erwähnungen und Antworten auf {channel} sind für uns gerade nicht lesbar",
        en="We cannot read mentions and replies on {channel} at the moment",
    ),
}
_DEGRADED = {
    Ability.PUBLISH: Phrase(
        de="Über {channel} kann nur eingeschränkt veröffentlicht werden",
        en="{channel} can publish only with limits",
    ),
    Ability.READ_BACK: Phrase(
        de="Eigene Beiträge auf {channel} lassen sich nur eingeschränkt zurücklesen",
        en="Our own posts on {channel} can be read back only with limits",
    ),
    Ability.PUBLIC: Phrase(
        de="Ohne Anmeldung ist {channel} nur eingeschränkt lesbar",
        en="{channel} can be read without a login only with limits",
    ),
    Ability.LISTEN: Phrase(
        de="Erwähnungen und Antworten auf {channel} sind für uns nur eingeschränkt lesbar",
        en="We can read mentions and replies on {channel} only with limits",
    ),
}
_UNKNOWN = {
    Ability.PUBLISH: Phrase(
        de="Ob über {channel} veröffentlicht werden kann, ist nicht bekannt",
        en="Whether {channel} can publish is not known",
    ),
    Ability.READ_BACK: Phrase(
        de="Ob sich eigene Beiträge auf {channel} zurücklesen lassen, ist nicht bekannt",
        en="Whether our own posts on {channel} can be read back is not known",
    ),
    Ability.PUBLIC: Phrase(
        de="Ob {channel} ohne Anmeldung lesbar ist, ist nicht bekannt",
        en="Whether {channel} can be read without a login is not known",
    ),
    Ability.LISTEN: Phrase(
        de="Ob Erwähnungen und Antworten auf {channel} für uns lesbar sind, ist nicht bekannt",
        en="Whether we can read mentions and replies on {channel} is not known",
    ),
}
_CLAIMS = {
    State.UP: _UP,
    State.DOWN: _DOWN,
    State.DEGRADED: _DEGRADED,
    State.UNKNOWN: _UNKNOWN,
}

_BECAUSE = {
    Cause.UNREACHABLE: Phrase(
        de="die Server der Plattform nicht antworten", en="the platform's servers do not answer"
    ),
    Cause.NAME_RESOLUTION: Phrase(
        de="der Name der Plattform im Internet nicht zu finden ist",
        en="the platform's name cannot be found on the internet",
    ),
    Cause.TLS: Phrase(
        de="keine sichere Verbindung zur Plattform zustande kommt",
        en="no secure connection to the platform can be made",
    ),
    Cause.PLATFORM_FAULT: Phrase(
        de="die Plattform eine Störung hat", en="the platform itself is failing"
    ),
    Cause.PLATFORM_DEFENDING: Phrase(
        de="die Plattform unter Last ist und Anfragen abweist, obwohl wir wenig senden",
        en="the platform is under load and turns requests away although we send little",
    ),
    Cause.RATE_LIMITED: Phrase(
        de="wir in kurzer Zeit zu viele Anfragen gestellt haben",
        en="we made too many requests in a short time",
    ),
    Cause.QUOTA_EXHAUSTED: Phrase(
        de="unser Kontingent aufgebraucht ist", en="our quota is used up"
    ),
    Cause.QUOTA_LOW: Phrase(
        de="der Rest unseres Kontingents für schwere Warnungen zurückgehalten wird",
        en="what is left of our quota is kept for grave warnings",
    ),
    Cause.SLOW: Phrase(
        de="die Plattform sehr langsam antwortet", en="the platform answers very slowly"
    ),
    Cause.CREDENTIAL_REJECTED: Phrase(
        de="die Plattform unsere Zugangsdaten ablehnt",
        en="the platform rejects our credentials",
    ),
    Cause.CREDENTIAL_EXPIRED: Phrase(
        de="unsere Zugangsdaten abgelaufen sind", en="our credentials have expired"
    ),
    Cause.CREDENTIAL_EXPIRING: Phrase(
        de="unsere Zugangsdaten bald ablaufen", en="our credentials expire soon"
    ),
    Cause.PERMISSION_MISSING: Phrase(
        de="unserem Zugang die Berechtigung dafür fehlt",
        en="our access lacks the permission for it",
    ),
    Cause.PLAN_REFUSED: Phrase(
        de="unser Tarif bei der Plattform das nicht zulässt",
        en="our plan with the platform does not allow it",
    ),
    Cause.PAYMENT_REQUIRED: Phrase(
        de="die Plattform eine Zahlung verlangt", en="the platform asks for a payment"
    ),
    Cause.API_VERSION_ENDED: Phrase(
        de="die Plattform die von uns genutzte Schnittstelle abgeschaltet hat",
        en="the platform has switched off the interface that we use",
    ),
    Cause.ACCOUNT_LOCKED: Phrase(
        de="unser Konto gesperrt ist und jemand es freischalten lassen muss",
        en="our account is locked and somebody has to get it unlocked",
    ),
    Cause.CONTENT_REJECTED: Phrase(
        de="die Plattform diesen Inhalt ablehnt", en="the platform refuses this content"
    ),
    Cause.READER_RESTRICTED: Phrase(
        de="die Plattform den Zugang beschränkt, etwa auf Angemeldete",
        en="the platform restricts who may read, for instance to people with a login",
    ),
    Cause.NOT_VISIBLE: Phrase(
        de="unsere Beiträge öffentlich nicht zu sehen sind",
        en="our posts are not publicly visible",
    ),
    Cause.BAD_CONFIGURATION: Phrase(
        de="der Kanal nicht richtig eingerichtet ist", en="the channel is not set up correctly"
    ),
    Cause.UPLINK_LOST: Phrase(
        de="unsere eigene Internetverbindung ausgefallen ist",
        en="our own internet line is down",
    ),
    Cause.STALE: Phrase(
        de="seit einiger Zeit keine Prüfung mehr gelungen ist",
        en="no check has come through for some time",
    ),
    Cause.NOT_OBSERVED: Phrase(de="das noch nicht geprüft wurde", en="it has not been checked yet"),
    Cause.TRUNCATED: Phrase(
        de="die Plattform unseren Text gekürzt hat", en="the platform has cut our text"
    ),
}

_TRIAL = Phrase(
    de="nach Störungen; die nächste Meldung geht zur Probe allein hinaus",
    en="after failures; the next message goes out alone as a trial",
)
_CHANGED = Phrase(
    de="das zuletzt mehrmals ausgefallen und wiedergekommen ist",
    en="it failed and came back several times lately",
)


def say(
    channel: str,
    ability: Ability,
    state: State,
    cause: Cause | None,
    *,
    until: datetime | None = None,
    half_open: bool = False,
    flaps: bool = False,
    grounds: Phrase | None = None,
    edge: str = "",
    zone: tzinfo = UTC,
) -> Phrase:
    """Return one sentence: what works on a channel or does not, why, until when (in `zone`).

    `grounds` says at its end who saw it (`sentinel.domain.evidence.grounds`);
    `edge` answered with its own error page instead of the platform.
    """
    until = until.astimezone(zone) if until else None
    claim, why = _CLAIMS[state][ability], _BECAUSE[cause] if cause else None
    if flaps:
        why = _CHANGED
    elif edge and cause is Cause.PLATFORM_FAULT:
        why = _edge_fails(edge_name(edge))
    de, en = claim.de.format(channel=channel), claim.en.format(channel=channel)
    if why:
        de, en = f"{de}, weil {why.de}", f"{en} because {why.en}"
    if flaps and until:
        de = f"{de}; die letzte Prüfung war gut und zählt, wenn es bis {_de(until)} so bleibt"
        en = f"{en}; the last check was good, and counts if it stays so until {_en(until)}"
    elif until:
        de, en = f"{de} (voraussichtlich bis {_de(until)})", f"{en} (until about {_en(until)})"
    if half_open and state is State.UP:
        de, en = f"{de}, {_TRIAL.de}", f"{en}, {_TRIAL.en}"
    if grounds:
        de, en = f"{de}; {grounds.de}", f"{en}; {grounds.en}"
    return Phrase(de=_sentence(de), en=_sentence(en))


def _edge_fails(edge: str) -> Phrase:
    return Phrase(
        de=f"der vorgeschaltete Dienst {edge} statt der Plattform mit einer Fehlerseite antwortet",
        en=f"{edge}, a service in front of the platform, answers with an error page instead",
    )


def because(cause: Cause) -> Phrase:
    """Return the cause as the end of a sentence, after "weil" or "because"."""
    return _BECAUSE[cause]


def zone_de(moment: datetime) -> str:
    """Return the short name of a moment's zone as German readers know it."""
    name = f"{moment:%Z}"
    return {"CET": "MEZ", "CEST": "MESZ"}.get(name, name)


def _de(moment: datetime) -> str:
    return f"{moment:%d.%m. %H:%M} {zone_de(moment)}"


def _en(moment: datetime) -> str:
    return f"{moment:%d %b %H:%M %Z}"


def _sentence(text: str) -> str:
    return f"{text}."
