"""Who made a token: somebody who agrees to their own message with it is no second person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of tokens that are there the journal knows who made them."""
    made_by = sa.Column("created_by", sa.Text(), nullable=False, server_default="")
    op.add_column("tokens", made_by)
    op.execute(
        "UPDATE tokens SET created_by = COALESCE("
        "(SELECT MIN(j.actor_kind || ':' || j.actor_id) FROM journal j"
        " WHERE j.kind = 'token.created' AND j.subject = tokens.id), '')"
    )
