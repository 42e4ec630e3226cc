"""What staff are told about credentials that come to their end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sentinel.domain.cause import Cause
from sentinel.domain.news_item import News
from sentinel.domain.wording import because
from sentinel.errors import Phrase


def _unrenewed(payload: Mapping[str, Any]) -> News:
    channel, day = payload.get("channel"), datetime.fromisoformat(str(payload.get("expires_at")))
    why = _because(payload.get("cause"))
    return News(
        subject=Phrase(
            de=f"Zugang von {channel} läuft ab", en=f"The credential of {channel} is ending"
        ),
        text=Phrase(
            de=f"Der Zugang von {channel} gilt noch bis {day:%d.%m.%Y} und lässt sich nicht von "
            f"selbst erneuern{why.de}.",
            en=f"The credential of {channel} is good until {day:%d %b %Y}, and renewing it by "
            f"itself fails{why.en}.",
        ),
        means=Phrase(
            de="Danach kann dort nicht mehr veröffentlicht werden.",
            en="After that nothing can be published there.",
        ),
        please=Phrase(
            de="Vorher einen neuen Zugang anlegen. Wie, steht auf der Seite der Plattform in "
            "docs/platforms.",
            en="Make a new one before. How is told on the platform's page in docs/platforms.",
        ),
    )


def _because(cause: object) -> Phrase:
    if cause not in set(Cause):
        return Phrase(de="", en="")
    why = because(Cause(str(cause)))
    return Phrase(de=f", weil {why.de}", en=f" because {why.en}")


CREDENTIALS: Mapping[str, Callable[[Mapping[str, Any]], News]] = {
    "credential.unrenewed": _unrenewed
}
