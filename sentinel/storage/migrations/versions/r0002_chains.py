"""Chains of messages: what supersedes what, who agreed, and live posts that a person wants gone."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a message of before needs nobody's approval."""
    op.add_column("messages", _moment("superseded_at"))
    op.add_column(
        "messages",
        sa.Column("needs_approval", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("messages", _moment("approved_at"))
    op.add_column("messages", sa.Column("approved_by", sa.Text(), nullable=True))
    op.add_column("deliveries", _moment("take_down_at"))
    following = ["state", "channel", "gravity", "due_at"]
    op.create_index("deliveries_next", "deliveries", following)
    leaving = sa.text("take_down_at IS NOT NULL")
    op.create_index(
        "deliveries_leaving",
        "deliveries",
        ["take_down_at"],
        sqlite_where=leaving,
        postgresql_where=leaving,
    )


def _moment(name: str) -> sa.Column[Any]:
    kind = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
    return sa.Column(name, kind, nullable=True)
