"""The words of the pages, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.domain.asking import asked, waits
from sentinel.domain.cause import Ability, Cause, Severity
from sentinel.domain.delivery import Delivery
from sentinel.domain.outage import OutageKind
from sentinel.errors import Phrase

ABILITIES = {
    Ability.PUBLISH: Phrase(de="Veröffentlichen", en="Publish"),
    Ability.READ_BACK: Phrase(de="Eigenes lesen", en="Read back"),
    Ability.PUBLIC: Phrase(de="Öffentlich sichtbar", en="Public"),
    Ability.LISTEN: Phrase(de="Mitlesen", en="Listen"),
}

MODES = {
    "active": Phrase(de="in Betrieb", en="active"),
    "standby": Phrase(de="Reserve", en="standby"),
    "frozen": Phrase(de="eingefroren", en="frozen"),
    "off": Phrase(de="aus", en="off"),
}

STATES = {
    "up": Phrase(de="in Ordnung", en="up"),
    "degraded": Phrase(de="eingeschränkt", en="degraded"),
    "down": Phrase(de="gestört", en="down"),
    "unknown": Phrase(de="unbekannt", en="unknown"),
    "accepted": Phrase(de="unterwegs", en="on its way"),
    "scheduled": Phrase(de="geplant", en="scheduled"),
    "held": Phrase(de="angehalten", en="held"),
    "awaiting_approval": Phrase(de="wartet auf Freigabe", en="awaiting approval"),
    "live": Phrase(de="veröffentlicht", en="live"),
    "stranded": Phrase(de="STECKT FEST", en="STRANDED"),
    "expired": Phrase(de="abgelaufen", en="expired"),
    "withdrawn": Phrase(de="zurückgezogen", en="withdrawn"),
    "planned": Phrase(de="geplant", en="planned"),
    "publishing": Phrase(de="wird gesendet", en="publishing"),
    "published": Phrase(de="gesendet", en="published"),
    "awaiting_person": Phrase(de="wartet auf eine Person", en="awaiting a person"),
    "refused": Phrase(de="abgelehnt", en="refused"),
    "moved": Phrase(de="umgeleitet", en="moved"),
}

GRAVITIES: Mapping[str, Phrase] = {
    Severity.EXTREME: Phrase(de="extrem", en="extreme"),
    Severity.SEVERE: Phrase(de="schwer", en="severe"),
    Severity.MODERATE: Phrase(de="mäßig", en="moderate"),
    Severity.MINOR: Phrase(de="gering", en="minor"),
}

UNITS: Mapping[str, Phrase] = {
    "characters": Phrase(de="Zeichen", en="characters"),
    "characters, emoji as bytes": Phrase(
        de="Zeichen, Emoji als Bytes", en="characters, emoji as bytes"
    ),
    "characters, links as 23": Phrase(de="Zeichen, Links als 23", en="characters, links as 23"),
    "code points": Phrase(de="Codepunkte", en="code points"),
    "bytes": Phrase(de="Bytes", en="bytes"),
    "weighted characters": Phrase(de="gewichtete Zeichen", en="weighted characters"),
    "UTF-16 units": Phrase(de="UTF-16-Einheiten", en="UTF-16 units"),
    "UTF-16 units without escapes": Phrase(
        de="UTF-16-Einheiten ohne Escapes", en="UTF-16 units without escapes"
    ),
    "septets or UTF-16 units": Phrase(
        de="Septette oder UTF-16-Einheiten", en="septets or UTF-16 units"
    ),
}
"""What a platform counts a text's length in: `Facts.unit`."""

BY_HAND = Phrase(de="von Hand", en="by hand")
"""Instead of a verdict, where no probe can look."""

CONFIRMED = Phrase(de="von einer Person bestätigt", en="confirmed by a person")


PARTLY = {
    True: Phrase(de="einige haben sie", en="some have it"),
    False: Phrase(de="vielleicht haben sie einige", en="some may have it"),
}
"""Of a delivery that is out in part: whether at least one recipient surely took it."""


def by_person(delivery: Delivery) -> bool:
    """Return whether that a delivery is out is a person's word, and nothing that was seen."""
    return delivery.live and delivery.confirmed_by is not None


def asked_in_words(delivery: Delivery, language: str, until: str) -> str:
    """Return who was asked to post by hand, and until when; nothing while nobody is."""
    if not waits(delivery):
        return ""
    who = ", ".join(asked(delivery))
    return Phrase(
        de=f"{who} soll von Hand veröffentlichen und bis {until} bestätigen",
        en=f"{who} is to publish by hand and to confirm by {until}",
    ).in_(language)


CAUSES: Mapping[str, Phrase] = {
    Cause.UNREACHABLE: Phrase(de="nicht erreichbar", en="unreachable"),
    Cause.NAME_RESOLUTION: Phrase(de="Name nicht auflösbar", en="name cannot be resolved"),
    Cause.TLS: Phrase(de="Verschlüsselung gestört", en="encryption fails"),
    Cause.PLATFORM_FAULT: Phrase(de="Störung der Plattform", en="platform outage"),
    Cause.PLATFORM_DEFENDING: Phrase(de="Plattform wehrt ab", en="platform turns us away"),
    Cause.RATE_LIMITED: Phrase(de="Anfragegrenze erreicht", en="rate limit reached"),
    Cause.QUOTA_EXHAUSTED: Phrase(de="Kontingent verbraucht", en="quota used up"),
    Cause.QUOTA_LOW: Phrase(de="Kontingent fast verbraucht", en="quota nearly used up"),
    Cause.SLOW: Phrase(de="langsam", en="slow"),
    Cause.CREDENTIAL_REJECTED: Phrase(de="Zugang abgelehnt", en="credential rejected"),
    Cause.CREDENTIAL_EXPIRED: Phrase(de="Zugang abgelaufen", en="credential expired"),
    Cause.CREDENTIAL_EXPIRING: Phrase(de="Zugang läuft bald ab", en="credential expires soon"),
    Cause.PERMISSION_MISSING: Phrase(de="Berechtigung fehlt", en="permission missing"),
    Cause.PLAN_REFUSED: Phrase(de="Vertrag erlaubt es nicht", en="plan does not allow it"),
    Cause.PAYMENT_REQUIRED: Phrase(de="Zahlung nötig", en="payment required"),
    Cause.API_VERSION_ENDED: Phrase(de="Schnittstelle abgeschaltet", en="interface switched off"),
    Cause.ACCOUNT_LOCKED: Phrase(de="Konto gesperrt", en="account locked"),
    Cause.CONTENT_REJECTED: Phrase(de="Inhalt abgelehnt", en="content rejected"),
    Cause.READER_RESTRICTED: Phrase(de="nicht für alle lesbar", en="not readable for everybody"),
    Cause.NOT_VISIBLE: Phrase(de="nicht sichtbar", en="not visible"),
    Cause.BAD_CONFIGURATION: Phrase(de="falsch eingerichtet", en="set up wrongly"),
    Cause.UPLINK_LOST: Phrase(de="eigene Leitung unterbrochen", en="our own line is down"),
    Cause.STALE: Phrase(de="lange nicht geprüft", en="not checked for long"),
    Cause.NOT_OBSERVED: Phrase(de="noch nicht geprüft", en="not checked yet"),
    Cause.TRUNCATED: Phrase(de="abgeschnitten", en="cut off"),
}

KINDS: Mapping[str, Phrase] = {
    OutageKind.CHANNEL: Phrase(de="Kanal", en="Channel"),
    OutageKind.UPLINK: Phrase(de="Eigene Leitung", en="Our own line"),
    OutageKind.EDGE: Phrase(de="Vorgeschalteter Dienst", en="Service in front"),
    OutageKind.STRANDED: Phrase(de="Meldung steckt fest", en="Message stranded"),
}

HEADINGS = {
    "title": Phrase(de="Lage", en="Situation"),
    "status_pass": Phrase(de="Alles in Ordnung", en="All is well"),
    "status_warn": Phrase(de="Es gibt Störungen", en="There are outages"),
    "status_fail": Phrase(de="Handeln nötig", en="Action needed"),
    "heard": Phrase(de="Stand", en="As of"),
    "evidence": Phrase(de="Belege", en="Evidence"),
    "hold": Phrase(
        de="Das Veröffentlichen ist angehalten. Nichts geht hinaus. Grund:",
        en="Publishing is on hold. Nothing goes out. Reason:",
    ),
    "crisis": Phrase(de="Krise", en="Crisis"),
    "crisis_means": Phrase(
        de="Vorher Geplantes und Routine warten; Neues geht hinaus.",
        en="What was scheduled before, and routine, waits; what is new goes out.",
    ),
    "uplink": Phrase(de="Eigene Leitung", en="Our own line"),
    "uplink_ok": Phrase(de="in Ordnung", en="works"),
    "uplink_lost": Phrase(de="unterbrochen", en="is down"),
    "channels": Phrase(de="Kanäle", en="Channels"),
    "channel": Phrase(de="Kanal", en="Channel"),
    "pending": Phrase(de="Wartend", en="Pending"),
    "checked": Phrase(de="Zuletzt geprüft", en="Last checked"),
    "since": Phrase(de="seit", en="since"),
    "outages": Phrase(de="Offene Störungen", en="Open outages"),
    "none": Phrase(de="keine", en="none"),
    "messages": Phrase(de="Meldungen", en="Messages"),
    "posted": Phrase(de="gesendet", en="posted"),
    "read_back": Phrase(de="zurückgelesen", en="read back"),
    "public": Phrase(de="öffentlich gesehen", en="seen in public"),
    "refresh": Phrase(
        de="Die Seite lädt sich alle 10 Sekunden neu.", en="This page reloads every 10 seconds."
    ),
    "other": Phrase(de="English", en="Deutsch"),
}
