"""What staff are told of rate limits: that one may soon be used up, and what that will mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sentinel.domain.news_item import News
from sentinel.errors import Phrase

Payload = Mapping[str, Any]


def _endangered(payload: Payload) -> News:
    channels = ", ".join(payload.get("channels", ()))
    reserve = payload.get("reserve") or 0
    kept = Phrase(
        de=f"Die letzten {reserve:g} bleiben extremen und schweren Meldungen; alles andere geht "
        "dann über den nächsten Kanal.",
        en=f"The last {reserve:g} are kept for extreme and severe messages; everything else then "
        "goes over the next channel.",
    )
    none = Phrase(
        de="Eine Reserve für extreme und schwere Meldungen ist nicht gesetzt (quota, reserve); "
        "danach geht alles über den nächsten Kanal.",
        en="No reserve is set for extreme and severe messages (quota, reserve); after that "
        "everything goes over the next channel.",
    )
    what = kept if reserve else none
    return News(
        subject=Phrase(
            de=f"Kontingent wird knapp: {channels}", en=f"Quota is running out: {channels}"
        ),
        text=Phrase(de=str(payload.get("sentence_de", "")), en=str(payload.get("sentence_en", ""))),
        means=what,
        please=Phrase(
            de="Weniger Wichtiges dort weglassen, oder den Betreiber um mehr bitten.",
            en="Leave what matters less off it, or ask the operator for more.",
        ),
    )


QUOTA: Mapping[str, Callable[[Payload], News | None]] = {"quota.endangered": _endangered}
"""What each journal kind about a rate limit means for staff."""
