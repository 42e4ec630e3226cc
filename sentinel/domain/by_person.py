"""What a person may decide about a message or a delivery, and what becomes of it then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sentinel.domain.delivery import Delivery, DeliveryState, Receipt, step
from sentinel.domain.message import Message
from sentinel.errors import InputError, Phrase

CONFIRMED = "confirmed by a person"
ROOT = "person:uid:0"  # on the socket; with sudo it is anybody

_OWN = Phrase(
    de="Niemand gibt die eigene Meldung frei; bitte eine zweite Person fragen",
    en="nobody approves their own message; please ask a second person",
)
_THEIR_TOKEN = Phrase(
    de="Das benutzte Token hat angelegt, wer die Meldung geschrieben hat: "
    "bitte eine zweite Person fragen",
    en="your token was made by the author of the message; please ask a second person",
)
_THEIR_MAKER = Phrase(
    de="Sie haben das Token angelegt, mit dem die Meldung geschrieben wurde: "
    "bitte eine zweite Person fragen",
    en="you made the author's token; please ask a second person",
)
_ROOT_ONLY = Phrase(
    de="Hinter root kann jeder stehen, auch wer die Meldung geschrieben hat: bitte als man "
    "selbst oder mit einem Token freigeben",
    en="root may be anybody, the author too: please approve as yourself or with a token",
)

_NOT_NOW: Mapping[DeliveryState, Phrase] = {
    DeliveryState.PUBLISHING: Phrase(
        de="Sie wird dort gerade gesendet; bitte abwarten, wie es ausgeht",
        en="it is being sent there right now; please wait for the outcome",
    ),
    DeliveryState.WITHDRAWN: Phrase(
        de="Sie ist dort zurückgezogen", en="it has been withdrawn there"
    ),
    DeliveryState.EXPIRED: Phrase(de="Sie ist dort abgelaufen", en="it has expired there"),
}


def approved(
    message: Message,
    *,
    author: tuple[str, ...],
    who: tuple[str, ...],
    emergency: bool,
    at: datetime,
) -> Message:
    """Return a message as `who` approved it at `at`.

    Args:
        message: What waits for a second person.
        author: Who wrote it, as KIND:ID, then who made that token, and so on; may be empty.
        who: Who approves it, likewise; never empty.
        emergency: Anybody may, the author too.
        at: When.

    Raises:
        InputError: 409 for one that needs no approval (any more), 403 for the author's
            own, also through a token that one of both made for the other, and for root.
    """
    if message.withdrawn_at is not None or at >= message.expires_at:
        raise _conflict(
            de=f"{message.label} ist zurückgezogen oder abgelaufen",
            en=f"{message.label} has been withdrawn or has expired",
        )
    if not message.awaits_approval:
        raise _conflict(
            de=f"{message.label} braucht keine Freigabe (mehr)",
            en=f"{message.label} needs no approval (any more)",
        )
    refuse_superseded(message)
    if not emergency and (refusal := _no_second(author, who)) is not None:
        raise InputError(refusal, field="emergency", status=403)
    return replace(message, approved_at=at, approved_by=who[0])


def refuse_superseded(message: Message) -> None:
    """Refuse to agree to what a later link of its chain took the place of: it would go nowhere.

    Raises:
        InputError: 409, if a later link did.
    """
    if message.superseded_at is not None:
        raise _conflict(
            de=f"{message.label} ist von einer späteren Meldung abgelöst und geht nicht mehr "
            "hinaus; bitte bei Bedarf neu aufgeben",
            en=f"a later message took the place of {message.label}, it goes out no more; "
            "please send it anew if it is needed",
        )


def _no_second(author: tuple[str, ...], who: tuple[str, ...]) -> Phrase | None:
    """Return why an approver is not known to be somebody else than the author."""
    if author and author[0] == who[0]:
        return _OWN
    if author and author[0] in who:
        return _THEIR_TOKEN
    if who[0] in author:
        return _THEIR_MAKER
    return _ROOT_ONLY if who[0] == ROOT else None


def confirmed(delivery: Delivery, *, who: str, permalink: str | None, at: datetime) -> Delivery:
    """Return a delivery that, by the word of `who`, is out; where it is already, with its address.

    When it went out, and under which id, the machine does not know: it says neither.

    Raises:
        InputError: 409 for one that is being sent right now, has expired or was withdrawn.
    """
    receipt = delivery.receipt or (Receipt(post_id="", permalink=permalink) if permalink else None)
    if receipt is not None and receipt.permalink is None:
        receipt = replace(receipt, permalink=permalink)
    if delivery.live:
        return replace(delivery, receipt=receipt)
    if (refusal := _NOT_NOW.get(delivery.state)) is not None:
        raise _conflict(de=refusal.de, en=refusal.en)
    return step(
        delivery,
        DeliveryState.PUBLISHED,
        at,
        receipt=receipt,
        confirmed_by=who,
        cause=None,
        evidence=CONFIRMED,
    )


def _conflict(*, de: str, en: str) -> InputError:
    return InputError(Phrase(de=de, en=en), status=409)
