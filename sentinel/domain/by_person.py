"""What a person may decide about a message or a delivery, and what becomes of it then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sentinel.domain.delivery import Delivery, DeliveryState, Receipt, step
from sentinel.domain.message import Message
from sentinel.errors import InputError, Phrase

CONFIRMED = "confirmed by a person"

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


def approved(message: Message, *, author: str, who: str, emergency: bool, at: datetime) -> Message:
    """Return a message as `who` approved it at `at`. Actors are written as KIND:ID.

    Raises:
        InputError: 409 for one that needs no approval (any more), 403 for the author's own.
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
    if author == who and not emergency:
        raise InputError(
            Phrase(
                de="Niemand gibt die eigene Meldung frei; im Notfall mit Begründung "
                "(emergency, comment)",
                en="nobody approves their own message; in an emergency say why "
                "(emergency, comment)",
            ),
            status=403,
        )
    return replace(message, approved_at=at, approved_by=who)


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
