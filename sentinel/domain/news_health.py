"""What staff are told of health: outages, certificates that end, our own clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sentinel.domain.news_item import News
from sentinel.domain.news_outage import outage_began, outage_ended
from sentinel.errors import Phrase


def _certificate_ending(channel: str, payload: Mapping[str, Any]) -> News:
    day = date.fromisoformat(str(payload.get("ends_on")))
    return News(
        subject=Phrase(
            de=f"Zertifikat läuft ab: {channel}", en=f"Certificate about to end: {channel}"
        ),
        text=Phrase(
            de=f"Das Zertifikat der Adresse von {channel} gilt nur bis zum {day:%d.%m.%Y}.",
            en=f"The certificate of the address of {channel} is good only until {day:%d %b %Y}.",
        ),
        means=Phrase(
            de="Danach warnen Browser vor unserer Seite.",
            en="After that, browsers warn against our page.",
        ),
        please=Phrase(de="Vorher erneuern.", en="Renew it before."),
    )


def _clock_wrong(_: str, payload: Mapping[str, Any]) -> News:
    ahead = float(payload.get("ahead_s") or 0)
    way = Phrase(de="vor", en="ahead") if ahead > 0 else Phrase(de="nach", en="behind")
    return News(
        subject=Phrase(de="Die Uhr des Servers geht falsch", en="The server's clock is wrong"),
        text=Phrase(
            de=f"Sie geht {abs(ahead):.12g} s {way.de}.", en=f"It is {abs(ahead):.12g} s {way.en}."
        ),
        means=Phrase(
            de="Signierte Anmeldungen können scheitern, und Seiten können zu spät erscheinen.",
            en="Signed log-ins may fail, and pages may appear too late.",
        ),
        please=Phrase(
            de="Die Zeit des Servers stellen lassen: timedatectl",
            en="Have the server's time set: timedatectl",
        ),
    )


HEALTH: Mapping[str, Callable[[str, Mapping[str, Any]], News]] = {
    "outage.opened": outage_began,
    "outage.changed": outage_began,
    "outage.closed": outage_ended,
    "certificate.ending": _certificate_ending,
    "clock.wrong": _clock_wrong,
}
"""By the journal entry's kind."""
