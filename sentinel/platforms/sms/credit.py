"""Prepaid credit as a quota: one use of it is one SMS to everybody on the list."""

from __future__ import annotations

import math

from sentinel.domain.observation import Window
from sentinel.platforms import Account

PRICE = "0.075"
"""What one SMS part costs where the channel states nothing, in the gateway's own currency."""


def credit(account: Account, amount: object, recipients: int) -> tuple[Window, ...]:
    """Return the credit as a window that only a payment fills; none if it is no amount."""
    left, price = number(amount), number(account.setting("price", PRICE))
    if left is None or not price or price < 0 or recipients <= 0:
        return ()
    left = max(left, 0.0)  # an account that pays afterwards may stand below zero
    return (Window(name="posts", limit=left, remaining=left, cost=recipients * price),)


def number(value: object) -> float | None:
    """Return a number, or a text that is one; None if it is neither."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and abs(found) < 1e12 else None  # noqa: PLR2004
