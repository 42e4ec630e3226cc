"""Asking a person to post: until when they may say so, and when they are reminded.

A delivery on a channel without an interface waits in `awaiting_person`. Its
`due_at` is then the limit (`confirm_within` after it was asked). Half-way there
the same contacts are reminded once. What is not confirmed by the limit moves on
and is never asked for again: somebody may have posted it without saying so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sentinel.domain.chain import HANDED
from sentinel.domain.delivery import Delivery, DeliveryState, step

ASKED: Final = "sentinel.asked:"
"""Names that begin so hold when a contact was asked to post the delivery."""

REMINDED: Final = "sentinel.reminded"
"""When its contacts were reminded."""


def ask(delivery: Delivery, within: timedelta, at: datetime) -> Delivery:
    """Return a planned delivery that a person is asked for at `at`."""
    return step(
        delivery, DeliveryState.AWAITING_PERSON, at, due_at=at + within, cause=None, evidence=""
    )


def marks(contacts: Sequence[str], at: datetime) -> Mapping[str, str]:
    """Return what a delivery remembers once these contacts are asked."""
    return {HANDED: at.isoformat()} | {f"{ASKED}{name}": at.isoformat() for name in contacts}


def asked(delivery: Delivery) -> tuple[str, ...]:
    """Return who was asked to post a delivery."""
    names = (name for name in delivery.memory if name.startswith(ASKED))
    return tuple(sorted(name.removeprefix(ASKED) for name in names))


def waits(delivery: Delivery) -> bool:
    """Return whether a person is asked for it now."""
    return delivery.state is DeliveryState.AWAITING_PERSON


def over(delivery: Delivery, at: datetime) -> bool:
    """Return whether the limit of one that waits has passed."""
    return at >= delivery.due_at


def given_up(delivery: Delivery) -> bool:
    """Return whether a person had it, and it waits no more: it is not asked for again."""
    return delivery.state is DeliveryState.MOVED and HANDED in delivery.memory


def half_way(delivery: Delivery) -> datetime:
    """Return when the contacts of one that waits are reminded."""
    return delivery.since + (delivery.due_at - delivery.since) / 2


def to_remind(delivery: Delivery, at: datetime) -> bool:
    """Return whether its contacts are to be reminded now."""
    due = waits(delivery) and half_way(delivery) <= at and not over(delivery, at)
    return due and REMINDED not in delivery.memory


def wake_at(delivery: Delivery, at: datetime) -> datetime:
    """Return when one that waits has to be looked at again."""
    reminded = REMINDED in delivery.memory or half_way(delivery) <= at
    return delivery.due_at if reminded else half_way(delivery)
