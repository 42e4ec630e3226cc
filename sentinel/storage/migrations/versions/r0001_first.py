"""The first tables.

A migration says what was true when it was written, so it names no table and no
type of today's code. Points in time are `timestamptz` on PostgreSQL and text of
fixed width on SQLite.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make everything."""
    _messages()
    _journal()
    _health()
    _switches()
    _staff()


def _messages() -> None:
    op.create_table(
        "messages",
        _text("id", key=True),
        _number("number"),
        _text("chain"),
        _text("kind"),
        _text("content"),
        _text("routes"),
        _moment("accepted_at"),
        _moment("expires_at"),
        _text("effective_severity"),
        _text("earlier"),
        _moment("withdrawn_at", null=True),
        _text("state"),
        _boolean("open"),
        _text("key", null=True),
        _text("body_hash"),
        _text("actor_kind"),
        _text("actor_id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_messages_chain", "messages", ["chain"])
    op.create_index("messages_open", "messages", ["open"])
    op.create_table(
        "deliveries",
        _text("id", key=True),
        _text("message_id", of="messages.id"),
        _text("channel"),
        _text("account"),
        _text("routes"),
        _text("state"),
        _text("rendered"),
        _text("without_link", null=True),
        _moment("planned_at"),
        _moment("due_at"),
        _moment("since"),
        _text("cause", null=True),
        _text("evidence"),
        _number("attempts"),
        _number("finds"),
        _text("memory"),
        _text("receipt", null=True),
        _moment("posted_at", null=True),
        _moment("read_back_at", null=True),
        _moment("public_at", null=True),
        _text("confirmed_by", null=True),
        _text("note", null=True),
        _number("gravity"),
        _number("lease_token"),
        _moment("lease_until", null=True),
        _text("lease_generation", null=True),
        sa.UniqueConstraint("message_id", "account", name="deliveries_once"),
    )
    op.create_index("deliveries_due", "deliveries", ["state", "due_at"])
    op.create_index("deliveries_posted", "deliveries", ["account", "posted_at"])
    op.create_table(
        "attempts",
        _text("id", key=True),
        _text("delivery_id", of="deliveries.id"),
        _moment("started_at"),
        _moment("ended_at", null=True),
        _text("outcome", null=True),
        _text("cause", null=True),
        _text("evidence"),
        _text("node"),
    )
    op.create_index("attempts_of_delivery", "attempts", ["delivery_id", "started_at"])
    op.create_table(
        "explanations",
        _text("message_id", key=True, of="messages.id"),
        _text("route", key=True),
        _text("channel", key=True),
        _text("reason"),
        _text("detail"),
        _text("cause", null=True),
        _moment("at"),
    )
    op.create_table(
        "counters",
        _text("name", key=True),
        _number("value"),
    )


def _journal() -> None:
    op.create_table(
        "journal",
        _number("number", key=True),
        _moment("at"),
        _text("kind"),
        _text("actor_kind"),
        _text("actor_id"),
        _text("subject"),
        _text("payload", null=True),
        _text("digest"),
        _text("previous"),
        _text("hash"),
    )
    op.create_index("ix_journal_kind", "journal", ["kind"])
    op.create_index("journal_at", "journal", ["at"])
    op.create_table(
        "journal_head",
        _number("id", key=True),
        _number("number"),
        _text("hash"),
    )
    op.create_table(
        "cursors",
        _text("reader", key=True),
        _number("number"),
    )
    op.create_table(
        "people",
        _text("id", key=True),
        _text("name"),
    )
    op.execute(
        sa.text("INSERT INTO journal_head (id, number, hash) VALUES (1, 0, :beginning)").bindparams(
            beginning="0" * 64
        )
    )


def _health() -> None:
    op.create_table(
        "health",
        _text("channel", key=True),
        _text("health"),
    )
    op.create_table(
        "observations",
        _counting("id"),
        _text("channel"),
        _text("probe"),
        _moment("at"),
        _text("observation"),
    )
    op.create_index("observations_at", "observations", ["at"])
    op.create_index("observations_of_channel", "observations", ["channel", "at"])
    op.create_table(
        "checks",
        _text("channel", key=True),
        _text("probe", key=True),
        _moment("at"),
    )
    op.create_table(
        "windows",
        _text("account", key=True),
        _text("name", key=True),
        _text("window"),
        _moment("at"),
    )


def _switches() -> None:
    op.create_table(
        "credentials",
        _text("account", key=True),
        _moment("expires_at", null=True),
    )
    op.create_table(
        "sessions",
        _text("account", key=True),
        _text("config_digest"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _moment("expires_at", null=True),
    )
    op.create_table(
        "flags",
        _text("name", key=True),
        _text("value"),
    )
    op.create_table(
        "freezes",
        _text("channel", key=True),
        _text("reason"),
        _text("by"),
        _moment("until", null=True),
    )
    op.create_table(
        "leases",
        _text("name", key=True),
        _text("holder"),
        _moment("until"),
    )


def _staff() -> None:
    op.create_table(
        "outages",
        _text("id", key=True),
        _text("kind"),
        _text("channel", null=True),
        _text("ability", null=True),
        _text("operator", null=True),
        _text("cause", null=True),
        _moment("opened_at"),
        _moment("closed_at", null=True),
        _text("acknowledged_by", null=True),
        _number("waves"),
        _text("messages"),
    )
    op.create_index("outages_closed", "outages", ["closed_at"])
    op.create_index("outages_opened", "outages", ["opened_at", "id"])
    op.create_table(
        "notifications",
        _text("id", key=True),
        _text("outage_id", null=True),
        _number("journal_number"),
        _text("contact"),
        _number("level"),
        _number("address"),
        _text("state"),
        _moment("due_at"),
        _number("attempts"),
        _text("subject"),
        _text("text"),
        _boolean("repeat"),
        _moment("created_at"),
        _moment("sent_at", null=True),
        _moment("claim_until", null=True),
        _text("claim_generation", null=True),
    )
    op.create_index("notifications_due", "notifications", ["state", "due_at"])
    op.create_index("notifications_of_outage", "notifications", ["outage_id"])
    op.create_table(
        "tokens",
        _text("id", key=True),
        _text("name"),
        _text("hash"),
        _text("scopes"),
        _moment("expires_at", null=True),
        _moment("created_at"),
        _moment("revoked_at", null=True),
        sa.UniqueConstraint("hash"),
    )


def _text(name: str, **options: Any) -> sa.Column[Any]:
    return _column(name, sa.Text(), **options)


def _number(name: str, **options: Any) -> sa.Column[Any]:
    return _column(name, sa.BigInteger(), **options)


def _boolean(name: str) -> sa.Column[Any]:
    return _column(name, sa.Boolean())


def _moment(name: str, **options: Any) -> sa.Column[Any]:
    return _column(name, sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), **options)


def _counting(name: str) -> sa.Column[Any]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, primary_key=True, autoincrement=True)


def _column(
    name: str,
    kind: sa.types.TypeEngine[Any],
    *,
    key: bool = False,
    null: bool = False,
    of: str | None = None,
) -> sa.Column[Any]:
    parent = [sa.ForeignKey(of, ondelete="CASCADE")] if of else []
    return sa.Column(name, kind, *parent, primary_key=key, nullable=null, autoincrement=False)
