"""Who was told of an outage, who owns it, what is to stay quiet, and who is on call."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen outages and notifications, and make the new tables."""
    _outages()
    _notifications()
    op.create_table(
        "escalations",
        sa.Column("id", sa.Text(), primary_key=True),
        _text("key"),
        *(_moment(name, nullable=False) for name in ("opened_at", "begun_at", "climbs_from")),
        *(_moment(name) for name in ("due_at", "news_at", "acknowledged_at", "closed_at")),
        *(sa.Column(n, sa.BigInteger(), nullable=False) for n in ("level", "rounds", "worst")),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("held", "grave")),
        _text("told"),
        *(_text(name, nullable=True) for name in ("letter", "acknowledged_by", "comment")),
    )
    op.create_index("escalations_due", "escalations", ["due_at"])
    op.create_index("escalations_open", "escalations", ["closed_at", "key"])
    op.create_table(
        "silences",
        sa.Column("id", sa.Text(), primary_key=True),
        *(_text(name) for name in ("kind", "channels", "reason", "actor_kind", "actor_id")),
        *(_text(name, nullable=True) for name in ("channel", "operator")),
        *(_moment(name, nullable=False) for name in ("starts_at", "ends_at", "created_at")),
        *(_moment(name) for name in ("begun_at", "ended_at")),
    )
    op.create_index("silences_ended", "silences", ["ended_at", "starts_at"])
    op.create_table(
        "calendars",
        sa.Column("name", sa.Text(), primary_key=True),
        _moment("fetched_at"),
        *(_text(name, nullable=True) for name in ("text", "error")),
    )


def _outages() -> None:
    """What is open already was told in the old way: its telling is not made again."""
    for name in ("comment", "escalation_id"):
        op.add_column("outages", _text(name, nullable=True))
    for name in ("acknowledged_at", "told_at", "end_told_at"):
        op.add_column("outages", _moment(name))
    for name in ("entry", "told_entry", "end_entry"):
        op.add_column("outages", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_index("outages_of_channel", "outages", ["channel", "ability", "closed_at"])
    op.create_index("outages_of_escalation", "outages", ["escalation_id"])


def _notifications() -> None:
    for name in ("escalation_id", "html", "short"):
        op.add_column("notifications", _text(name, nullable=True))
    for name in ("grave", "exercise", "waits_for_line"):
        no: sa.Column[bool] = sa.Column(
            name, sa.Boolean(), nullable=False, server_default=sa.false()
        )
        op.add_column("notifications", no)
    op.create_index("notifications_of_escalation", "notifications", ["escalation_id"])


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    kind = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
    return sa.Column(name, kind, nullable=nullable)
