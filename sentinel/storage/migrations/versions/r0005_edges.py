"""What an outage of an edge hits: several channels at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; outages that are there are of one channel or of none."""
    channels = sa.Column("channels", sa.Text(), nullable=False, server_default="[]")
    op.add_column("outages", channels)
