"""When a credential that ends is renewed: long before, in calm, and not again and again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

TRY_AGAIN: Final = timedelta(hours=6)
"""After a renewal that failed. There is time: it began long before the end."""


def renewal_due(
    before: timedelta | None,
    expires_at: datetime | None,
    tried_at: datetime | None,
    at: datetime,
) -> bool:
    """Return whether to renew a credential at `at`.

    Args:
        before: How long before its end the platform wants it renewed; None: never by itself.
        expires_at: When it ends, as far as that is known. Not known: it may end
            any day, so it is renewed, and then it is known.
        tried_at: When it was last tried in vain.
        at: Now.
    """
    if before is None:
        return False
    if tried_at is not None and tried_at <= at < tried_at + TRY_AGAIN:
        return False
    return expires_at is None or at >= expires_at - before
