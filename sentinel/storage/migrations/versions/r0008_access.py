"""Who may log in, and who is logged in."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), primary_key=True),
        *(_text(name) for name in ("name", "password", "may", "created_by")),
        sa.Column("key", sa.Text(), nullable=False, unique=True),
        *(_moment(name) for name in ("created_at", "changed_at")),
    )
    op.create_table(
        "logins",
        sa.Column("hash", sa.Text(), primary_key=True),
        _text("user_id"),
        *(_moment(name) for name in ("created_at", "expires_at")),
    )
    op.create_index("logins_of_user", "logins", ["user_id"])
    op.create_index("logins_expire", "logins", ["expires_at"])


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def _moment(name: str) -> sa.Column[Any]:
    kind = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
    return sa.Column(name, kind, nullable=False)
