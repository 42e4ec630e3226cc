"""The one place where the wall clock is read and identities are drawn."""

from __future__ import annotations

from datetime import UTC, datetime

import uuid_utils


def utc_now() -> datetime:
    """Return the wall clock's time, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a fresh UUIDv7: ids sort by age."""
    return str(uuid_utils.uuid7())
