"""What staff are told about credentials that come to their end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sentinel.domain.news_item import News
from sentinel.errors import Phrase


def _unrenewed(payload: Mapping[str, Any]) -> News:
    channel, day = payload.get("channel"), datetime.fromisoformat(str(payload.get("expires_at")))
    return News(
        subject=Phrase(
            de=f"Zugang von {channel} läuft ab", en=f"The credential of {channel} is ending"
        ),
        text=Phrase(
            de=(
                f"Der Zugang von {channel} gilt noch bis {day:%d.%m.%Y} und lässt sich nicht von "
                f"selbst erneuern ({payload.get('cause')}). Bitte vorher einen neuen anlegen; "
                "wie, steht auf der Seite der Plattform in docs/platforms."
            ),
            en=(
                f"The credential of {channel} is good until {day:%Y-%m-%d}, and renewing it by "
                f"itself fails ({payload.get('cause')}). Please make a new one before; how is "
                "told on the platform's page in docs/platforms."
            ),
        ),
    )


CREDENTIALS: Mapping[str, Callable[[Mapping[str, Any]], News]] = {
    "credential.unrenewed": _unrenewed
}
