"""Which messages have not ended yet: asked every second, for the posture."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_messages_expires_at", "messages", ["expires_at"])
