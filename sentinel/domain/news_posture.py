"""What staff are told of calm and crisis, and of the messages that a crisis holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sentinel.domain.cause import Severity
from sentinel.domain.news_item import News
from sentinel.domain.posture import Why
from sentinel.errors import Phrase

Payload = Mapping[str, Any]


def _opened(payload: Payload) -> News:
    why = _why(payload)
    return News(
        subject=Phrase(de="Krise: Sentinel prüft dichter", en="Crisis: Sentinel checks more often"),
        text=Phrase(
            de=f"Die Lage ist jetzt Krise{why.de}.",
            en=f"The posture is crisis now{why.en}.",
        ),
        means=Phrase(
            de="Was vorher geplant oder als Routine gekennzeichnet ist, wartet bis zu ihrem Ende. "
            "Neue Meldungen gehen hinaus.",
            en="What was scheduled before, or is marked as routine, waits for its end. New "
            "messages go out.",
        ),
        please=Phrase(
            de="Ist die Krise vorbei: sentinel posture calm --reason …",
            en="When the crisis is over: sentinel posture calm --reason …",
        ),
    )


def _closed(payload: Payload) -> News:
    why = _why(payload)
    return News(
        subject=Phrase(de="Ende der Krise", en="The crisis is over"),
        text=Phrase(
            de=f"Die Lage ist wieder ruhig{why.de}. Was gewartet hat und noch gilt, geht hinaus.",
            en=f"The posture is calm again{why.en}. What waited and still holds goes out.",
        ),
    )


def _why(payload: Payload) -> Phrase:
    """Return what turned the posture, to be put behind a sentence."""
    number, reason = payload.get("message"), payload.get("reason")
    match payload.get("why"):
        case Why.MESSAGE:
            return Phrase(de=f", durch Meldung Nr. {number}", en=f", by message no. {number}")
        case Why.ALL_CLEAR:
            return Phrase(
                de=f", durch die Entwarnung Nr. {number}", en=f", by the all-clear no. {number}"
            )
        case Why.QUIET:
            return Phrase(
                de=", weil es lange nichts Neues gab", en=", for lack of news for a long time"
            )
        case _:
            return Phrase(de=f" (von Hand: {reason})", en=f" (by hand: {reason})")


def _held(payload: Payload) -> News:
    """Its author must hear of it, and the rest of the staff, who may know where they are."""
    number, author = payload.get("number"), payload.get("author") or "?"
    grave = payload.get("severity") in _GRAVE
    planned = payload.get("not_before") is not None
    why = _PLANNED if planned else _ROUTINE
    return News(
        subject=Phrase(
            de=f"{'ALARM: ' if grave else ''}Meldung Nr. {number} wird in der Krise zurückgehalten",
            en=f"{'ALARM: ' if grave else ''}Message no. {number} is held in the crisis",
        ),
        text=Phrase(
            de=f"An {author}: Ihre Meldung Nr. {number} wartet bis zum Ende der Krise, "
            f"weil sie {why.de}.",
            en=f"To {author}: your message no. {number} waits for the end of the crisis, "
            f"because it {why.en}.",
        ),
        please=Phrase(
            de=f"Soll sie jetzt hinaus: sentinel resume {number}. Gilt sie nicht mehr: sentinel "
            f"withdraw {number} --reason …",
            en=f"To send it now: sentinel resume {number}. If it no longer holds: sentinel "
            f"withdraw {number} --reason …",
        ),
        alarm=grave,
    )


_GRAVE = frozenset(severity.value for severity in Severity if severity.grave)
_PLANNED = Phrase(de="schon vorher geplant war", en="was scheduled before it opened")
_ROUTINE = Phrase(de="als Routine gekennzeichnet ist", en="is marked as routine")

POSTURE: Mapping[str, Callable[[Payload], News]] = {
    "posture.opened": _opened,
    "posture.closed": _closed,
    "message.held_in_crisis": _held,
}
