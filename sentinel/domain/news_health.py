"""What staff are told of health: outages, certificates that end, our own clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sentinel.domain.edge_page import edge_name
from sentinel.domain.news_item import News
from sentinel.errors import Phrase


def _opened(outage: str, payload: Mapping[str, Any]) -> News:
    where = _where(payload)
    de, en = str(payload.get("sentence_de", "")), str(payload.get("sentence_en", ""))
    return News(
        subject=Phrase(de=f"Störung: {where}", en=f"Outage: {where}"),
        text=Phrase(de=de, en=en),
        outage=outage,
    )


def _closed(outage: str, payload: Mapping[str, Any]) -> News:
    where = _where(payload)
    return News(
        subject=Phrase(de=f"Wieder in Ordnung: {where}", en=f"Working again: {where}"),
        text=Phrase(
            de=f"{where}: Die Störung ist vorbei.",
            en=f"{where}: the outage is over.",
        ),
        outage=outage,
    )


def _where(payload: Mapping[str, Any]) -> str:
    edge = payload.get("edge")
    return edge_name(edge) if edge else payload.get("channel") or payload.get("uplink") or "?"


def _certificate_ending(channel: str, payload: Mapping[str, Any]) -> News:
    day = date.fromisoformat(str(payload.get("ends_on")))
    return News(
        subject=Phrase(
            de=f"Zertifikat läuft ab: {channel}", en=f"Certificate about to end: {channel}"
        ),
        text=Phrase(
            de=f"Das Zertifikat der Adresse von {channel} gilt nur bis zum {day:%d.%m.%Y}. "
            "Bitte erneuern: danach warnen Browser vor unserer Seite.",
            en=f"The certificate of the address of {channel} is good only until {day:%d %b %Y}. "
            "Please renew it: after that, browsers warn against our page.",
        ),
    )


def _clock_wrong(_: str, payload: Mapping[str, Any]) -> News:
    ahead = float(payload.get("ahead_s") or 0)
    way = Phrase(de="vor", en="ahead") if ahead > 0 else Phrase(de="nach", en="behind")
    return News(
        subject=Phrase(de="Die Uhr des Servers geht falsch", en="The server's clock is wrong"),
        text=Phrase(
            de=f"Sie geht {abs(ahead):.12g} s {way.de}. Signierte Anmeldungen können scheitern.",
            en=f"It is {abs(ahead):.12g} s {way.en}. Signed log-ins may fail.",
        ),
    )


HEALTH: Mapping[str, Callable[[str, Mapping[str, Any]], News]] = {
    "outage.opened": _opened,
    "outage.changed": _opened,
    "outage.closed": _closed,
    "certificate.ending": _certificate_ending,
    "clock.wrong": _clock_wrong,
}
"""By the journal entry's kind."""
