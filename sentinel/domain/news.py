"""What staff are told: journal entries that are news, in words a sleepy person understands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sentinel.errors import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One thing that staff should hear of."""

    subject: Phrase
    text: Phrase
    outage: str | None = None


def news_of(kind: str, subject: str, payload: Mapping[str, Any]) -> News | None:
    """Return what a journal entry means for staff, or None if it is no news."""
    tell = _NEWS.get(kind)
    return tell(subject, payload) if tell else None


def _opened(outage: str, payload: Mapping[str, Any]) -> News:
    where = payload.get("channel") or payload.get("uplink") or "?"
    de, en = str(payload.get("sentence_de", "")), str(payload.get("sentence_en", ""))
    return News(
        subject=Phrase(de=f"Störung: {where}", en=f"Outage: {where}"),
        text=Phrase(de=de, en=en),
        outage=outage,
    )


def _closed(outage: str, payload: Mapping[str, Any]) -> News:
    where = payload.get("channel") or payload.get("uplink") or "?"
    return News(
        subject=Phrase(de=f"Wieder in Ordnung: {where}", en=f"Working again: {where}"),
        text=Phrase(
            de=f"{where}: Die Störung ist vorbei.",
            en=f"{where}: the outage is over.",
        ),
        outage=outage,
    )


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
    )


def _rerouted(_: str, payload: Mapping[str, Any]) -> News:
    number, channel, why = payload.get("number"), payload.get("channel"), payload.get("why")
    onto = ", ".join(payload.get("onto", ()))
    return News(
        subject=Phrase(de=f"Meldung Nr. {number} umgeleitet", en=f"Message no. {number} rerouted"),
        text=Phrase(
            de=f"Nr. {number}: nicht über {channel} ({why}), sondern über {onto or 'keinen Kanal'}.",
            en=f"No. {number}: not over {channel} ({why}) but over {onto or 'no channel'}.",
        ),
    )


def _rules_refused(_: str, payload: Mapping[str, Any]) -> News:
    return News(
        subject=Phrase(de="Neue Regeln abgelehnt", en="New rules refused"),
        text=Phrase(
            de=f"Die bisherigen Regeln gelten weiter. Fehler: {payload.get('problems_de')}",
            en=f"The old rules stay in force. Errors: {payload.get('problems_en')}",
        ),
    )


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


def _clock_wrong(_: str, payload: Mapping[str, Any]) -> News:
    ahead = payload.get("ahead_s")
    return News(
        subject=Phrase(de="Die Uhr des Servers geht falsch", en="The server's clock is wrong"),
        text=Phrase(
            de=f"Sie geht {ahead} s vor (negativ: nach). Signierte Anmeldungen können scheitern.",
            en=f"It is {ahead} s ahead (negative: behind). Signed log-ins may fail.",
        ),
    )


_NEWS: Mapping[str, Callable[[str, Mapping[str, Any]], News]] = {
    "outage.opened": _opened,
    "outage.changed": _opened,
    "outage.closed": _closed,
    "message.stranded": _stranded,
    "message.rerouted": _rerouted,
    "rules.refused": _rules_refused,
    "clock.wrong": _clock_wrong,
    "publishing.held": _held,
    "publishing.resumed": _resumed,
}
