"""Tables of who may log in, and of who is."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from sentinel.storage.columns import Json, Moment
from sentinel.storage.tables import METADATA, NAMES

USERS = Table(
    "users",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),  # the name without case
    Column("password", Text, nullable=False),  # hashed: a PHC string of Argon2id
    Column("may", Json(NAMES), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),  # when the password was last set
)

LOGINS = Table(
    "logins",
    METADATA,
    Column("hash", Text, primary_key=True),  # of the cookie, which is kept nowhere
    Column("user_id", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)
Index("logins_of_user", LOGINS.c.user_id)
Index("logins_expire", LOGINS.c.expires_at)
