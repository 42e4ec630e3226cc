"""The words of the pages, in both languages."""

from __future__ import annotations

from sentinel.domain.cause import Ability
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

HEADINGS = {
    "title": Phrase(de="Lage", en="Situation"),
    "status_pass": Phrase(de="Alles in Ordnung", en="All is well"),
    "status_warn": Phrase(de="Es gibt Störungen", en="There are outages"),
    "status_fail": Phrase(de="Handeln nötig", en="Action needed"),
    "heard": Phrase(de="Stand", en="As of"),
    "hold": Phrase(
        de="Das Veröffentlichen ist angehalten. Nichts geht hinaus. Grund:",
        en="Publishing is on hold. Nothing goes out. Reason:",
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
